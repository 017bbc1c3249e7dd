"""Signals: a folder of WAV recordings, or an .npz with one long signal.

digits/0_anna_1.wav, digits/1_anna_1.wav, ...   --dataset signals:digits  field "signal"; labels 0 and 1
birds/robin/1.wav, birds/wren/1.wav, ...        --dataset ./birds         field "signal"; labels robin and wren
ecg.npz: signal [T] or [T, C], rate []          --dataset signals:ecg.npz field "signal", windows of --length
"""

import os
import wave
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from jaxgen.data.fields import Field, Fields
from jaxgen.data.part import chosen, no_split, splits
from jaxgen.data.reading import depth
from jaxgen.data.reading.arrays import archive
from jaxgen.data.reading.names import natural
from jaxgen.data.source import Batch, Source, decoded
from jaxgen.errors import InputError

SOME = 64  # windows that speak for the range of values of all


@dataclass(frozen=True)
class Recording:
    """A signal that is read when it is asked for."""

    where: str
    length: int
    channels: int
    rate: int | None
    stored: str
    read: Callable[[int, int], np.ndarray]  # from, to -> [up to that many, channels] as stored
    label: str = ""


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
      split: "train", or one of the split folders at the top of a folder.
      length: of a window, in numbers; None is the longest recording.
      every: how far a window begins after the one before it. None: of a recording in a folder only the beginning is
        read, and windows of an .npz lie beside each other. Ends that fill no window are left out.
      value_range: what -1 and 1 stand for, where it is not the type's own range; floats need it.

    Raises:
      NoSplit: there is no such split.
      InputError: there are no recordings, one cannot be read (named), or they differ in rate, channels or type.
    """
    if any(told is not None and told < 1 for told in (length, every)) or (every and not length):
        raise InputError("windows have a --length of at least 1, and begin every so many numbers from 1 on")
    long = path.suffix.lower() == ".npz"
    recordings, whole = _array(path, split) if long else _folder(path, split)
    length = length or max(each.length for each in whole)
    windows = [
        (each, start)
        for each in recordings
        for start in range(0, max(1, each.length - length + 1), every or (length if long else each.length))
    ]
    field = _field(path, windows, length, value_range)
    classes = tuple(
        sorted({each.label for each in whole} - {""}, key=natural)
    )  # the whole set's, whichever split is read
    labels = np.array([classes.index(each.label) for each, _ in windows] if classes else [], np.int32)

    def read(indices: np.ndarray) -> Batch:
        signals = np.zeros((len(indices), *field.shape), np.float32)
        for signal, i in zip(signals, indices):
            recording, start = windows[i]
            found = depth.scaled(recording.read(start, start + length), field)
            signal[: len(found)] = found
        return {"signal": signals} | ({"label": labels[indices]} if classes else {})

    fields = Fields({"signal": field} | ({"label": Field("label", (), classes)} if classes else {}))
    return decoded(Source(path.name, len(windows), fields, read))


def _field(
    path: Path, windows: Sequence[tuple[Recording, int]], length: int, value_range: depth.Bounds | None
) -> Field:
    first, _ = windows[0]
    some = [windows[i] for i in np.unique(np.linspace(0, len(windows) - 1, SOME).astype(int))]
    signals = [recording.read(start, start + length) for recording, start in some]
    limits = np.array([(signal.min(), signal.max()) for signal in signals])
    agreed = depth.agreed("signal", limits, value_range, str(path))
    return Field("signal", (length, first.channels), stored=first.stored, range=agreed, rate=first.rate)


def _array(path: Path, split: str) -> tuple[list[Recording], list[Recording]]:
    if split != "train":
        raise no_split(path, split)
    if not path.is_file():
        raise InputError(f"there is no file {path}")
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
    only = [Recording(str(path), len(signal), signal.shape[1], told, stored, lambda start, stop: signal[start:stop])]
    return only, only


def _folder(path: Path, split: str) -> tuple[list[Recording], list[Recording]]:
    """The recordings of a split, and those of all splits, which are of one kind."""
    folder = chosen(path, split)
    found = {each: _labelled(each) for each in (folder, *splits(path).values())}
    whole = [recording for each in found.values() for recording in each]
    for told in ("rate", "channels", "stored"):
        for each in whole:
            if getattr(each, told) != (first := getattr(whole[0], told)):
                one, other = f"of {each.where} is {getattr(each, told)}", f"of {whole[0].where} {first}"
                raise InputError(f"recordings in {path} differ: {told} {one}, {other}")
    return found[folder], whole


def _labelled(folder: Path) -> list[Recording]:
    """What a folder has, with labels by subfolders or by what names begin with; none where that tells one class, or
    every file."""
    files = list(_files(folder))
    if not files:
        raise InputError(f"no recordings in the folder {folder} (looked for .wav)")
    apart = all(file.parent != folder for file in files)
    found = [file.relative_to(folder).parts[0] if apart else file.name.partition("_")[0] for file in files]
    classes, named = len(set(found)), apart or all("_" in file.name for file in files)
    labels = found if named and classes > 1 and (apart or classes < len(files)) else [""] * len(files)
    return [replace(_wav(file), label=label) for file, label in zip(files, labels)]


def _files(folder: Path) -> Iterator[Path]:
    for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
        if entry.is_dir() and not entry.name.startswith("."):
            yield from _files(folder / entry.name)
        elif entry.name.lower().endswith(".wav") and not entry.name.startswith("."):
            yield folder / entry.name


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
