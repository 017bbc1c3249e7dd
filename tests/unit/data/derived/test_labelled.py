"""Classes that are cut and classes that come again."""

import numpy as np
import pytest

from jaxgen.data import Stream, labelled
from jaxgen.data.derived.transform import flips
from jaxgen.data.source import in_memory
from jaxgen.errors import InputError

LABELS = np.repeat(np.arange(3, dtype=np.int32), (20, 40, 10))
IMAGES = np.arange(70, dtype=np.uint8)[:, None, None, None] * np.ones((1, 1, 2, 1), np.uint8)
SOURCE = in_memory("some", {"image": IMAGES, "label": LABELS}, ("cat", "dog", "bird"))


def images_of(source, k):
    batch = source.read(np.arange(source.length))
    return batch["image"][batch["label"] == k, 0, 0, 0].tolist()


def test_one_class_loses_images_and_no_other_does():
    cut = labelled.cut(SOURCE, "dog", 0.1, seed=0)
    assert [len(images_of(cut, k)) for k in range(3)] == [20, 4, 10]
    assert [images_of(cut, k) for k in (0, 2)] == [images_of(SOURCE, k) for k in (0, 2)]
    assert set(images_of(cut, 1)) < set(images_of(SOURCE, 1))
    assert images_of(labelled.cut(SOURCE, "1", 0.1, seed=0), 1) == images_of(cut, 1)
    assert images_of(labelled.cut(SOURCE, "dog", 0.1, seed=1), 1) != images_of(cut, 1)
    assert len(images_of(labelled.cut(SOURCE, "bird", 0.001, seed=0), 2)) == 1
    assert cut.fingerprint() != SOURCE.fingerprint()
    for label in ("3", "cow", "-1"):
        with pytest.raises(InputError, match=f"--cut {label}: some has no such class; it has cat, dog, bird"):
            labelled.cut(SOURCE, label, 0.5, seed=0)


def test_balanced_classes_are_equally_large_and_all_their_images_come_equally_often():
    even = labelled.balanced(labelled.cut(SOURCE, "dog", 0.75, seed=0))
    for k, times in ((0, [1, 2]), (1, [1]), (2, [3])):
        counts = np.unique(images_of(even, k), return_counts=True)[1]
        assert counts.sum() == 30
        assert set(counts) == set(times)


def test_what_changes_by_epoch_still_does():
    def lit(source):
        return {tuple(image.ravel()) for batch in map(Stream(source, batch=8, seed=0).whole, range(40))
                for image in batch["image"]}  # fmt: skip

    arrays = {"image": np.stack([IMAGES[:, :, 0], 200 - IMAGES[:, :, 0]], 2), "label": LABELS}
    some = labelled.cut(flips(in_memory("two", arrays)), "1", 0.1, seed=0)
    assert lit(some) == lit(in_memory("two", {"image": some.read(np.arange(some.length))["image"]})) | {
        image[::-1] for image in lit(in_memory("two", {"image": some.read(np.arange(some.length))["image"]}))
    }
