"""Figures of label maps over a source, by hand."""

import numpy as np
import pytest

from jaxgen.data.fields import Field, Fields
from jaxgen.data.source import in_memory
from jaxgen.measure.segmented import segmented


def test_figures_are_of_all_images_and_void_is_left_out():
    """20 images of four columns: classes 0 0 1 1, or void at the end; the guess is one column too far to the left."""
    masks = np.zeros((20, 4, 4), np.int32)
    masks[:, :, 2:] = 1
    masks[10:, :, 3] = 2
    images = np.zeros((20, 4, 4, 1), np.uint8)
    fields = Fields({"image": Field("image", (4, 4, 1)), "mask": Field("mask", (4, 4), ("a", "b", "void"))})
    source = in_memory("columns", {"image": images, "mask": masks}, fields=fields)
    shapes = []

    def segment(x):
        shapes.append(x.shape)
        assert (x == -1).all()  # black
        return np.broadcast_to(np.int32([0, 1, 1, 1]), x.shape[:3])

    found = segmented(source, segment, void=2)
    assert len(set(shapes)) == 1  # one compilation
    pixels = {"a": (20 * 4, 20 * 8), "b": (10 * 8 + 10 * 4, 10 * 12 + 10 * 8)}  # both, and either
    assert found["iou"] == pytest.approx({name: both / either for name, (both, either) in pixels.items()})
    assert found["mean_iou"] == pytest.approx((80 / 160 + 120 / 200) / 2)
    assert found["accuracy"] == pytest.approx((80 + 120) / (160 + 120))
    assert found["boundary_f"] == 1  # a pixel beside its place is near it
    assert found["images"] == 20
