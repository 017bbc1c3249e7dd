"""Signals: beside scipy's reader of WAV files, and arithmetic by hand."""

import wave
from pathlib import Path

import numpy as np
import pytest
from scipy.io import wavfile

from jaxgen.data import Field, Source, source
from jaxgen.data.openers.signals import open_signals
from jaxgen.errors import InputError

RNG = np.random.default_rng(0)


def save(path: Path, signal: np.ndarray, rate: int = 8000, width: int | None = None) -> Path:
    """Integers [T] or [T, C] as WAV; of `width` bytes the upper ones of 32."""
    path.parent.mkdir(parents=True, exist_ok=True)
    signal = signal[:, None] if signal.ndim == 1 else signal
    raw = signal.tobytes()
    if width == 3:
        raw = signal.astype("<i4").view(np.uint8).reshape(*signal.shape, 4)[..., 1:].tobytes()
    with wave.open(str(path), "wb") as file:
        file.setparams((signal.shape[1], width or signal.itemsize, rate, 0, "NONE", ""))
        file.writeframes(raw)
    return path


def noise(kind: str, *shape: int) -> np.ndarray:
    limits = np.iinfo(kind)
    return RNG.integers(limits.min, limits.max, shape, kind, endpoint=True)


def everything(opened: Source) -> dict[str, np.ndarray]:
    return opened.read(np.arange(opened.length))


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize(("kind", "width", "half"), [("uint8", 1, 2**7), ("int16", 2, 2**15), ("int32", 4, 2**31)])
def test_integers_of_every_width(tmp_path: Path, kind: str, width: int, half: int, channels: int):
    path = save(tmp_path / "a.wav", noise(kind, 50, channels), 16000)
    opened = open_signals(tmp_path)
    field = opened.fields["signal"]
    assert (field.kind, field.shape, field.rate, field.stored) == ("signal", (50, channels), 16000, kind)
    assert Field.build(field.describe()) == field
    told = wavfile.read(path)[1].reshape(50, channels).astype(np.float64)
    got = everything(opened)["signal"]
    assert got.dtype == np.float32
    np.testing.assert_allclose(got[0], (told - 128 if kind == "uint8" else told) / half, rtol=0, atol=6e-8)
    assert np.abs(got).max() <= 1


def test_24_bits(tmp_path: Path):
    whole = noise("int32", 40, 2) >> 8 << 8
    path = save(tmp_path / "a.wav", whole, width=3)
    np.testing.assert_array_equal(wavfile.read(path)[1], whole)  # scipy too has them in the upper bits
    np.testing.assert_array_equal(everything(open_signals(tmp_path))["signal"][0], whole / 2**31)


@pytest.mark.parametrize("memory", [1 << 30, 0])
def test_windows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, memory: int):
    monkeypatch.setattr(source, "MEMORY", memory)
    long, short = np.arange(1, 11, dtype=np.int16) * 1000, np.full(3, -(2**15), np.int16)
    save(tmp_path / "a.wav", long)
    save(tmp_path / "b.wav", short)
    padded = np.array([-1, -1, -1, 0], np.float32)
    whole = everything(open_signals(tmp_path))["signal"][..., 0]
    np.testing.assert_array_equal(whole[0] * 2**15, long)
    np.testing.assert_array_equal(whole[1], [*padded, *[0] * 6])
    first = everything(open_signals(tmp_path, length=4))["signal"][..., 0]
    np.testing.assert_array_equal(first * 2**15, [long[:4], padded * 2**15])
    cut = everything(open_signals(tmp_path, length=4, every=3))["signal"][..., 0]
    np.testing.assert_array_equal(cut * 2**15, [long[:4], long[3:7], long[6:10], padded * 2**15])


@pytest.mark.parametrize(
    ("names", "classes", "labels"),
    [
        (["b/1.wav", "a/deep/2.wav", "a/1.wav"], ("a", "b"), [0, 0, 1]),
        (["7_x_1.wav", "3_x_2.wav", "7_y_0.wav"], ("3", "7"), [0, 1, 1]),
        (["rec_1.wav", "rec_2.wav"], (), None),
        (["1_rec.wav", "2_rec.wav"], (), None),
        (["a_1.wav", "a_2.wav", "b.wav"], (), None),
        (["only/a.wav", "only/b.wav"], (), None),
    ],
)
def test_labels(tmp_path: Path, names: list[str], classes: tuple, labels: list | None):
    for name in names:
        save(tmp_path / name, noise("int16", 5))
    (tmp_path / ".hidden.wav").write_text("no")
    (tmp_path / "notes.txt").write_text("no")
    opened = open_signals(tmp_path, length=2, every=2)
    found = everything(opened)
    assert (opened.classes, opened.length) == (classes, 2 * len(names))
    assert ("label" in found) == bool(classes)
    if labels:
        assert found["label"].tolist() == np.repeat(labels, 2).tolist()
        assert found["label"].dtype == np.int32


def test_an_array(tmp_path: Path, capsys: pytest.CaptureFixture):
    path = tmp_path / "set.npz"
    signal = np.array([[0, 16], [8, 4], [12, 4], [1, 2], [3, 3]], np.int16)
    np.savez(path, signal=signal, rate=360)
    opened = open_signals(path, length=2, value_range=(0, 16))
    assert opened.fields["signal"] == Field("signal", (2, 2), stored="int16", range=(0, 16), rate=360)
    np.testing.assert_array_equal(everything(opened)["signal"], [[[-1, 1], [0, -0.5]], [[0.5, -0.5], [-0.875, -0.75]]])
    assert capsys.readouterr().err == ""
    np.testing.assert_array_equal(everything(open_signals(path))["signal"], signal[None] / 2**15)
    assert "values from 0 to 16 are only 0.024 per cent" in capsys.readouterr().err
    np.savez(path, signal=np.linspace(-2, 2, 9))
    opened = open_signals(path, length=3, every=6, value_range=(-1, 1))
    assert opened.fields["signal"] == Field("signal", (3, 1), stored="float32", range=(-1, 1))
    np.testing.assert_array_equal(everything(opened)["signal"][..., 0], [[-1, -1, -1], [1, 1, 1]])
    assert "values from -2 to 2 are cut off" in capsys.readouterr().err
    with pytest.raises(InputError, match=r"float64 from -2 to 2; say .* --value-range -2 2"):
        open_signals(path)


def damaged(folder: Path) -> None:
    path = save(folder / "a.wav", noise("int16", 50))
    path.write_bytes(path.read_bytes()[:-20])


REFUSED = {
    "no folder": (lambda folder: None, "there is no folder"),
    "nothing": (lambda folder: folder.mkdir(), "no recordings"),
    "floats": (lambda folder: (folder.mkdir(), wavfile.write(folder / "a.wav", 8000, np.zeros(9, "f4"))), "as PCM"),
    "empty": (lambda folder: save(folder / "a.wav", noise("int16", 0)), "a.wav is empty"),
    "no WAV": (lambda folder: (folder.mkdir(), (folder / "a.wav").write_bytes(b"hello")), "a.wav cannot be read"),
    "cut off": (damaged, "a.wav is cut off"),
    "rates": (
        lambda folder: [save(folder / f"{rate}.wav", noise("int16", 9), rate) for rate in (8000, 44100)],
        "rate of .*8000.wav is 8000, of .*44100.wav 44100",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_folders_that_are_refused(tmp_path: Path, case: str):
    make, said = REFUSED[case]
    make(tmp_path / "set")
    with pytest.raises(InputError, match=said) as refused:
        open_signals(tmp_path / "set")
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("arrays", "said"),
    [
        ({"x": np.zeros(9)}, "no array named signal; it has x"),
        ({"signal": np.zeros((2, 2, 2), np.int16)}, r"the shape of signal is \(2, 2, 2\)"),
        ({"signal": np.zeros(9, bool)}, "bool"),
        ({"signal": np.full(9, np.nan)}, "not numbers"),
        ({"signal": np.zeros(9, np.int16), "rate": [1, 2]}, "rate is"),
    ],
)
def test_arrays_that_are_refused(tmp_path: Path, arrays: dict, said: str):
    np.savez(tmp_path / "set.npz", **arrays)
    with pytest.raises(InputError, match=said):
        open_signals(tmp_path / "set.npz")


def test_windows_that_cannot_be(tmp_path: Path):
    save(tmp_path / "a.wav", noise("int16", 9))
    for options in ({"length": 0}, {"every": 3}, {"length": 3, "every": 0}):
        with pytest.raises(InputError, match="--length"):
            open_signals(tmp_path, **options)


def test_spoken_digits(shared: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(source, "MEMORY", 0)
    opened = open_signals(shared / "fsdd", length=4000)
    assert (opened.length, opened.classes) == (3000, tuple("0123456789"))
    assert opened.fields["signal"] == Field("signal", (4000, 1), stored="int16", rate=8000)
    files = sorted((shared / "fsdd").glob("*.wav"))[::500]
    found = opened.read(np.arange(0, 3000, 500))
    assert found["label"].tolist() == [int(file.name[0]) for file in files]
    for file, signal in zip(files, found["signal"]):
        told = wavfile.read(file)[1][:4000] / 2**15
        np.testing.assert_array_equal(signal[: len(told), 0], told)
        assert not signal[len(told) :].any()


def test_an_electrocardiogram(shared: Path):
    opened = open_signals(shared / "ecg.npz", length=1024, value_range=(0, 2048))
    assert (opened.length, opened.fields["signal"].shape, opened.fields["signal"].rate) == (634, (1024, 2), 360)
    told = np.load(shared / "ecg.npz")["signal"][1024:2048]
    np.testing.assert_array_equal(opened.read(np.array([1]))["signal"][0], told / 1024 - 1)
