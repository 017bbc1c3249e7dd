"""Signals: a folder of WAV recordings, or an .npz with one long signal.

digits/0_anna_1.wav, digits/1_anna_1.wav, ...   --dataset ./digits        field "signal"; labels 0 and 1
birds/robin/1.wav, birds/wren/1.wav, ...        --dataset ./birds         field "signal"; labels robin and wren
ecg.npz: signal [T] or [T, C], rate []          --dataset signal:ecg.npz  field "signal", windows of --length
"""

import os
import wave
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from jaxgen.data import depth
from jaxgen.data.arrays import archive
from jaxgen.data.fields import Field, Fields
from jaxgen.data.part import part
from jaxgen.data.source import Batch, Source, decoded
from jaxgen.errors import InputError


@dataclass(frozen=True)
class Recording:
    """A signal that is read when it is asked for."""

    where: str
    length: int
    channels: int
    rate: int | None
    stored: str
    read: Callable[[int, int], np.ndarray]  # from, to -> [up to that many, channels] as stored


def open_signals(
    path: Path,
    split: str = "train",
    *,
    length: int | None = None,
    every: int | None = None,
    value_range: depth.Bounds | None = None,
) -> Source:
    """Windows of one length as the field "signal", float32 [T, C] in [-1, 1], zeros after the end of shorter ones.

    Integers are divided by the largest of their type (24 and 32 bits keep float32's 24), so that silence is 0.

    Args:
      path: of a folder of WAV files (PCM of 8, 16, 24 or 32 bits), whose labels are its subfolders, or what stands
        before the first _ in their names; or of an .npz with `signal` [T] or [T, C], perhaps `rate` [].
      split: "train" is all; slices, "train[500:]", are as `jaxgen.data.part` says.
      length: of a window, in numbers; None is the longest recording.
      every: how far a window begins after the one before it. None: of a recording in a folder only the beginning is
        read, and windows of an .npz lie beside each other. Ends that fill no window are left out.
      value_range: what -1 and 1 stand for, where it is not the type's own range; floats need it.

    Raises:
      InputError: there are no recordings, one cannot be read (named), or they differ in rate, channels or type.
    """
    if any(told is not None and told < 1 for told in (length, every)) or (every and not length):
        raise InputError("windows have a --length of at least 1, and begin every so many numbers from 1 on")
    file = path.suffix.lower() == ".npz"
    recordings, labels = ([_array(path)], []) if file else _folder(path)
    length = length or max(each.length for each in recordings)
    starts = [_starts(each.length, length, every or (length if file else each.length)) for each in recordings]
    windows = [(each, start) for each, found in zip(recordings, starts) for start in found]
    first = recordings[0]
    some = [windows[i] for i in np.unique(np.linspace(0, len(windows) - 1, 64).astype(int))]
    limits = np.array([(found.min(), found.max()) for found in (each.read(t, t + length) for each, t in some)])
    agreed = depth.agreed("signal", limits, value_range, str(path))
    field = Field("signal", (length, first.channels), stored=first.stored, range=agreed, rate=first.rate)
    classes = tuple(sorted(set(labels)))
    numbers = np.array([classes.index(label) for label, found in zip(labels, starts) for _ in found], np.int32)

    def read(indices: np.ndarray) -> Batch:
        signals = np.zeros((len(indices), *field.shape), np.float32)
        for signal, i in zip(signals, indices):
            recording, start = windows[i]
            found = depth.scaled(recording.read(start, start + length), field)
            signal[: len(found)] = found
        return {"signal": signals} | ({"label": numbers[indices]} if classes else {})

    fields = Fields({"signal": field} | ({"label": Field("label", (), classes)} if classes else {}))
    source = decoded(Source(path.name, len(windows), fields, read))
    return source if split == "train" else part(source, split)


def _starts(whole: int, length: int, every: int) -> range:
    return range(0, max(1, whole - length + 1), every)


def _array(path: Path) -> Recording:
    with archive(path) as file:
        if "signal" not in file:
            raise InputError(f"{path} has no array named signal; it has {', '.join(file) or 'none'}")
        signal = np.asarray(file["signal"])
        rate = np.asarray(file["rate"]) if "rate" in file else None
    signal = signal[:, None] if signal.ndim == 1 else signal
    if signal.ndim != 2 or 0 in signal.shape:
        raise InputError(f"{path}: the shape of signal is {signal.shape}; a signal is [T] or [T, channels]")
    if rate is not None and (rate.size != 1 or rate.dtype.kind not in "iuf" or not rate.item() >= 1):
        raise InputError(f"{path}: rate is {rate}; it is one number, how many there are in a second")
    told = None if rate is None else round(rate.item())
    stored = depth.stored(signal, str(path))
    return Recording(str(path), *signal.shape, told, stored, lambda start, stop: signal[start:stop])


def _folder(folder: Path) -> tuple[list[Recording], list[str]]:
    if not folder.is_dir():
        raise InputError(f"there is no folder {folder}")
    files = list(_files(folder))
    if not files:
        raise InputError(f"no recordings in the folder {folder} (looked for .wav)")
    recordings = [_wav(file) for file in files]
    first = recordings[0]
    for each in recordings:
        for told in ("rate", "channels", "stored"):
            if getattr(each, told) != getattr(first, told):
                raise InputError(
                    f"recordings in {folder} differ: {told} of {each.where} is {getattr(each, told)}, "
                    f"of {first.where} {getattr(first, told)}"
                )
    return recordings, _labels(folder, files)


def _files(folder: Path) -> Iterator[Path]:
    for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
        if entry.is_dir() and not entry.name.startswith("."):
            yield from _files(folder / entry.name)
        elif entry.name.lower().endswith(".wav") and not entry.name.startswith("."):
            yield folder / entry.name


def _labels(folder: Path, files: Sequence[Path]) -> list[str]:
    """One a file, by subfolders or by what their names begin with; [] where these tell one class, or every file."""
    apart = all(file.parent != folder for file in files)
    found = [file.relative_to(folder).parts[0] if apart else file.name.partition("_")[0] for file in files]
    named = apart or all("_" in file.name for file in files)
    return found if named and len(set(found)) > 1 and (apart or len(set(found)) < len(files)) else []


def _wav(path: Path) -> Recording:
    with _opened(path) as file:
        told = file.getparams()
    if told.sampwidth > 4 or not told.nframes:
        raise InputError(f"{path} is empty, or has more than 32 bits")
    kind = {1: "uint8", 2: "int16"}.get(told.sampwidth, "int32")

    def read(start: int, stop: int) -> np.ndarray:
        wanted = min(stop, told.nframes) - start
        with _opened(path) as file:
            file.setpos(start)
            sound = file.readframes(wanted)
        if len(sound) != wanted * told.nchannels * told.sampwidth:
            raise InputError(f"{path} is cut off: it is shorter than its header says")
        return _integers(sound, told.sampwidth, told.nchannels)

    return Recording(str(path), told.nframes, told.nchannels, told.framerate, kind, read)


@contextmanager
def _opened(path: Path) -> Iterator[wave.Wave_read]:
    try:
        with wave.open(str(path), "rb") as file:
            yield file
    except (wave.Error, EOFError, OSError, RuntimeError) as error:
        reason = str(error) or "it ends too early"
        raise InputError(f"{path} cannot be read as a WAV file of integers ({reason}): write it as PCM") from None


def _integers(sound: bytes, width: int, channels: int) -> np.ndarray:
    """Little-endian integers [T, channels]; those of 24 bits in the upper ones of 32."""
    if width == 3:
        whole = np.zeros((len(sound) // 3, 4), np.uint8)
        whole[:, 1:] = np.frombuffer(sound, np.uint8).reshape(-1, 3)
        return whole.view("<i4").reshape(-1, channels)
    return np.frombuffer(sound, {1: "u1", 2: "<i2", 4: "<i4"}[width]).reshape(-1, channels)
