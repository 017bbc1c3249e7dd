"""Streams and sources: counted, and compared with themselves from another side; what a name means."""

import shutil
import time
from collections import Counter
from itertools import islice, pairwise
from pathlib import Path

import numpy as np
import pytest

from jaxgen.data import Source, Stream, open_source, source
from jaxgen.data.source import Batch, images_and, in_memory
from jaxgen.errors import InputError
from unit.data.made import NOISE, equal, refusal, save

pytestmark = pytest.mark.lowest


def numbered(length: int) -> Source:
    """A source whose labels are the record numbers."""
    labels = np.arange(length, dtype=np.int32)
    return in_memory("numbered", {"image": np.uint8(labels % 256).reshape(-1, 1, 1, 1), "label": labels})


# The stream


@pytest.mark.parametrize(("length", "batch"), [(10, 4), (10, 10), (7, 3), (12, 5), (9, 1)])
def test_every_record_comes_once_an_epoch_and_in_another_order(length: int, batch: int):
    stream = Stream(numbered(length), batch=batch, seed=3)
    batches = [stream.whole(n) for n in range(6 * length)]
    assert all(b["image"].shape == (batch, 1, 1, 1) for b in batches)
    assert all((b["image"].ravel() == b["label"]).all() for b in batches)
    epochs = np.concatenate([b["label"] for b in batches]).reshape(-1, length)  # 6 * batch of them
    np.testing.assert_array_equal(np.sort(epochs), np.tile(np.arange(length), (6 * batch, 1)))
    assert len({tuple(epoch) for epoch in epochs[:6]}) == 6


def test_a_batch_is_a_function_of_seed_and_number():
    there = [Stream(numbered(50), batch=7, seed=1).whole(n) for n in range(40)]
    back = Stream(numbered(50), batch=7, seed=1)
    for n in reversed(range(40)):  # another order of asking, another stream
        assert equal(back.whole(n), there[n])
    first, second = (
        np.concatenate([Stream(numbered(50), batch=50, seed=seed).whole(n)["label"] for n in range(8)]).reshape(8, 50)
        for seed in (1, 2)
    )
    assert len({tuple(order) for order in [*first, *second]}) == 16  # seeds do not share epochs


def test_orders_are_uniform():
    stream = Stream(numbered(5), batch=5, seed=0)
    orders = [tuple(stream.indices(n)) for n in range(6000)]
    counts = Counter(orders)  # each of 5! = 120 orders is expected 50 times
    assert len(counts) == 120
    assert sum((count - 50) ** 2 / 50 for count in counts.values()) < 119 + 5 * (2 * 119) ** 0.5  # chi-squared, 5 sigma
    pairs = Counter((order[0], following[0]) for order, following in pairwise(orders))
    assert all(abs(pairs[a, b] - 240) < 5 * 240**0.5 for a in range(5) for b in range(5))  # epochs are independent


@pytest.mark.parametrize("parts", [1, 2, 4, 8])
def test_slices_of_the_processes_make_the_global_batch(parts: int):
    asked = []

    def read(indices: np.ndarray) -> Batch:
        asked.append(len(indices))
        return numbered(21).read(indices)

    source = Source("counted", 21, images_and((1, 1, 1)), read)
    streams = [Stream(source, batch=8, seed=5, part=part, parts=parts) for part in range(parts)]
    for number in range(0, 12, 3):
        slices = [stream.block(number, 3) for stream in streams]
        assert asked == [3 * 8 // parts] * parts  # a process reads no more than its own
        joined = {key: np.concatenate([s[key] for s in slices], axis=1) for key in slices[0]}
        whole = [streams[-1].whole(n) for n in range(number, number + 3)]
        assert equal(joined, {key: np.stack([w[key] for w in whole]) for key in whole[0]})
        asked.clear()


@pytest.mark.parametrize(("size", "start"), [(1, 0), (1, 17), (3, 0), (3, 12)])
def test_blocks_from_any_position_are_the_same_sequence(size: int, start: int):
    def read(indices: np.ndarray) -> Batch:
        time.sleep(0.02 * (indices[0] % 3 == 0))  # some blocks are ready before the ones ahead of them
        return numbered(20).read(indices)

    stream = Stream(Source("slow", 20, images_and((1, 1, 1)), read), batch=6, seed=5, part=1, parts=2)
    blocks = list(islice(stream.blocks(size, start, threads=4, ahead=8), 12))
    assert all(block["label"].shape == (size, 3) for block in blocks)
    for i, block in enumerate(blocks):
        assert equal(block, stream.block(start + i * size, size))
    flat = np.concatenate([block["label"] for block in blocks])
    batches = list(islice(stream.batches(start), 12 * size))
    np.testing.assert_array_equal([batch["label"] for batch in batches], flat)
    np.testing.assert_array_equal(flat, [stream.whole(n)["label"][3:] for n in range(start, start + 12 * size)])


def test_streams_that_cannot_be():
    refusal(lambda: Stream(numbered(10), batch=11, seed=0), "a batch of 11", "numbered", "10 images")
    refusal(lambda: Stream(numbered(10), batch=9, seed=0, parts=2), "a batch of 9", "2 processes")
    with pytest.raises(ValueError, match="cannot start at batch 4"):
        Stream(numbered(10), batch=2, seed=0).blocks(3, 4)


def test_an_error_in_a_reading_thread_is_one_line():
    def read(indices: np.ndarray) -> Batch:
        raise InputError("x.png cannot be read")

    stream = Stream(Source("bad", 10, images_and((1, 1, 1)), read), batch=2, seed=0)
    for blocks in (stream.blocks(2), stream.batches()):
        with pytest.raises(InputError, match=r"^x.png cannot be read$") as caught:
            next(blocks)
        assert getattr(caught.value, "__notes__", []) == []  # the command line would print them


# Sources


def test_the_same_stream_from_memory_and_on_demand(tmp_path: Path, tfds_dir: Path, monkeypatch: pytest.MonkeyPatch):
    for i, image in enumerate(NOISE):
        save(tmp_path / "faces" / "ab"[i % 2] / f"{i}.png", image)
    np.savez(tmp_path / "set.npz", NOISE, np.arange(6))
    sets = [(f"{tmp_path}/faces/", {"channels": 1}), (f"{tmp_path}/set.npz", {"size": 9}), ("digits", {"size": 6})]
    kept = [open_source(name, data_dir=tfds_dir, **how) for name, how in sets]
    monkeypatch.setattr(source, "MEMORY", 0)
    on_demand = [open_source(name, data_dir=tfds_dir, **how) for name, how in sets]
    for a, b in zip(kept, on_demand):
        assert (a.name, a.length, a.shape, a.classes) == (b.name, b.length, b.shape, b.classes)
        assert a.read is not b.read
        assert a.fingerprint_of_some() == b.fingerprint_of_some()
        streams = [Stream(s, batch=4, seed=2).blocks(2) for s in (a, b)]
        assert all(equal(x, y) for x, y in islice(zip(*streams), 10))


def test_a_fingerprint_tells_data_apart(tmp_path: Path):
    def fingerprint(**arrays: np.ndarray) -> str:
        np.savez(tmp_path / "set.npz", **arrays)
        return open_source(f"{tmp_path}/set.npz").fingerprint()

    labels = np.arange(6)
    pixel, other = NOISE.copy(), labels.copy()
    pixel[4, 15, 0, 2] ^= 1
    other[5] = 0
    same = fingerprint(images=NOISE, labels=labels)
    assert same == fingerprint(x=NOISE.copy(), y=labels.astype(np.uint8))
    different = [
        fingerprint(images=pixel, labels=labels),
        fingerprint(images=NOISE, labels=other),
        fingerprint(images=NOISE),
        fingerprint(images=NOISE[:5], labels=labels[:5]),
        fingerprint(images=NOISE[[1, 0, 2, 3, 4, 5]], labels=labels),
        fingerprint(images=NOISE.reshape(6, 8, 32, 3), labels=labels),
    ]
    assert len({same, *different}) == 7
    black = [in_memory("black", {"image": np.zeros((n, 1, 1, 1), np.uint8)}) for n in (999, 1000)]
    assert black[0].fingerprint() != black[1].fingerprint()


# What a name means


def test_what_is_a_path_and_what_a_name(tmp_path: Path, tfds_dir: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    for folder in ("digits", "faces/x", "emnist/letters"):
        save(tmp_path / folder / "1.png")
    np.savez("set.npz", NOISE)
    shutil.copy("set.npz", "SET.NPZ")
    (tmp_path / "notes.txt").touch()
    for dataset in ("./digits", "digits/", "emnist/letters", str(tmp_path / "digits"), "~/digits", "faces/../digits"):
        assert open_source(dataset).length == 1
    for dataset in (".", "~", "./"):
        assert open_source(dataset, size=8).length == 3
    for dataset in ("set.npz", "./set.npz", "~/set.npz", "SET.NPZ"):
        assert open_source(dataset).length == 6
    assert open_source("digits", data_dir=tfds_dir).length == 1500  # a bare name is a name
    assert open_source("faces", data_dir=tmp_path).length == 1  # where no data set is called so, but a folder is
    refusal(lambda: open_source("nothere", data_dir=tmp_path), "'nothere'", "./nothere")
    refusal(lambda: open_source("./nowhere"), "no folder nowhere")
    refusal(lambda: open_source("mnist/"), "no folder mnist")
    refusal(lambda: open_source("/no/where"), "no folder /no/where")
    refusal(lambda: open_source("~nobody-of-this-name/x"), "~nobody-of-this-name")
    refusal(lambda: open_source("none.npz"), "no file none.npz")
    refusal(lambda: open_source("./notes.txt"), "notes.txt", "neither a folder of images nor an .npz file")
    for dataset in ("./digits", "set.npz"):
        refusal(lambda dataset=dataset: open_source(dataset, split="test"), "'test'", "slices")
        refusal(lambda dataset=dataset: open_source(dataset, size=0), "0 pixels")
        refusal(lambda dataset=dataset: open_source(dataset, channels=2), "1 or 3 channels, not 2")


# Parts of folders and files


def test_slices_of_a_file_divide_it(tmp_path: Path):
    np.savez(tmp_path / "set.npz", images=np.zeros((40, 2, 2), np.uint8), labels=np.arange(40))
    whole, rest, few, tenth = (
        open_source(str(tmp_path / "set.npz"), split=split).read
        for split in ("train", "train[10:]", "train[:10]", "train[:10%]")
    )
    labels = [read(np.arange(n))["label"] for read, n in ((whole, 40), (rest, 30), (few, 10), (tenth, 4))]
    assert sorted([*labels[1], *labels[2]]) == list(labels[0])
    np.testing.assert_array_equal(labels[3], labels[2][:4])  # the same order however it is cut
    assert 20 > np.abs(np.diff(labels[2])).mean() > 2  # and not the file's
    with pytest.raises(InputError, match=r"train\[40:\] is empty: .* has 40 images"):
        open_source(str(tmp_path / "set.npz"), split="train[40:]")
