"""Several sources in one stream: each in an order and with epochs of its own, all by one integer."""

from collections import Counter

import numpy as np

from jaxgen.data import Source, Stream, describe, several
from jaxgen.data.part import part
from jaxgen.data.source import in_memory
from unit.data.made import equal, refusal


def counting(length: int, name: str = "counting") -> Source:
    """Images of one pixel, which is the record's number."""
    return in_memory(name, {"image": np.arange(length, dtype=np.uint8).reshape(-1, 1, 1, 1)})


def test_each_has_its_own_epochs_and_order():
    sources = {"a": counting(6), "b": counting(10)}
    stream = Stream(sources, batch=3, seed=2)
    batches = [stream.whole(n) for n in range(20)]
    assert all(set(batch) == {"a", "b"} and batch["a"].shape == (3, 1, 1, 1) for batch in batches)
    for name, source in sources.items():
        seen = np.concatenate([batch[name].ravel() for batch in batches]).reshape(-1, source.length)
        assert (np.sort(seen) == np.arange(source.length)).all()  # every record once an epoch
        assert len({tuple(epoch) for epoch in seen}) == len(seen)
    pairs = Counter(
        (a, b) for batch in map(stream.whole, range(2000)) for a, b in zip(batch["a"].flat, batch["b"].flat)
    )
    assert len(pairs) == 60  # no record of a keeps to some of b
    assert max(pairs.values()) < 100 + 5 * 100**0.5 * 2


def test_the_order_of_one_is_that_of_its_name_and_the_seed():
    """Neither what stands beside it nor when it is asked for matters."""
    sources = {"a": counting(7), "b": counting(9)}
    there = [Stream(sources, batch=4, seed=1).whole(n) for n in range(10)]
    back = Stream({"b": sources["b"], "c": counting(20), "a": sources["a"]}, batch=4, seed=1)
    for n in reversed(range(10)):
        assert equal({k: v for k, v in back.whole(n).items() if k != "c"}, there[n])
    same = Stream({"a": sources["a"], "b": sources["a"]}, batch=7, seed=1).whole(0)
    assert not np.array_equal(same["a"], same["b"])
    other = Stream(sources, batch=4, seed=2)
    assert not all(equal(other.whole(n), there[n]) for n in range(10))


def test_slices_of_the_processes_and_blocks_make_the_global_batch():
    sources = {"a": counting(11), "b": counting(14)}
    parts = [Stream(sources, batch=4, seed=0, part=part, parts=2).block(6, 3) for part in range(2)]
    whole = [Stream(sources, batch=4, seed=0).whole(n) for n in range(6, 9)]
    for name in sources:
        joined = np.concatenate([each[name] for each in parts], 1)
        np.testing.assert_array_equal(joined, np.stack([each[name] for each in whole]))


def test_several_are_like_a_source():
    labelled = in_memory("lots", {"image": np.zeros((5, 2, 3, 1), np.uint8), "label": np.arange(5, dtype=np.int32)})
    both = several({"a": labelled, "b": counting(3)}, "both")
    assert (both.name, both.length) == ("both", 5)
    assert {name: field.kind for name, field in both.fields.items()} == {"a": "image", "a_label": "label", "b": "image"}
    batch = both.read(np.array([4, 1]))
    assert (batch["a_label"].tolist(), batch["b"].ravel().tolist()) == ([4, 1], [1, 1])  # 4 modulo 3
    assert both.fingerprint() == several({"a": labelled, "b": counting(3)}).fingerprint()
    others = [{"a": labelled, "b": counting(4)}, {"b": labelled, "a": counting(3)}, {"a": labelled, "c": counting(3)}]
    assert len({both.fingerprint(), *(several(each).fingerprint() for each in others)}) == 4
    cut = part(both, "train[1:]")
    assert [each.length for each in cut.apart().values()] == [4, 2]
    told = "both: 5 examples of a: a 2x3x1, a_label 5 classes (0, 1, 2, ...); 3 examples of b: b 1x1x1"
    assert describe(both) == told
    refusal(lambda: Stream(both, batch=4, seed=0), "a batch of 4", "counting", "3 images")
