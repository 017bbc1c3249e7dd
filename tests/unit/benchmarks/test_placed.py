"""Overlaps of boxes and of what is found, by hand."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import imbalance
import placed
from jaxgen.game import Net
from jaxgen.model.applied import Applied


def test_overlaps_of_boxes():
    a, b = np.float32([[[0, 0, 0.5, 0.5]]]), np.float32([[[0.25, 0, 0.5, 0.5]]])
    assert placed.overlap_of_boxes(a, a) == 1
    assert placed.overlap_of_boxes(a, b) == pytest.approx(1 / 3)
    assert placed.overlap_of_boxes(a, np.float32([[[0.5, 0.5, 0.5, 0.5]]])) == 0


def test_what_is_found_is_compared_with_the_first_box():
    bright = Applied(Net(lambda key, x: ({}, {}), lambda p, s, x, train: (x[..., 0], s)), {}, {})
    images = np.zeros((2, 8, 8, 1), np.uint8)
    images[:, 2:6, 2:6] = 255
    boxes = np.float32([[[0.25, 0.25, 0.5, 0.5], [0, 0, 1, 1]], [[0.25, 0.25, 0.5, 0.25], [np.nan] * 4]])
    assert placed.overlap(bright, images, boxes) == pytest.approx((1 + 0.5) / 2)


def test_places_in_motion_keep_their_keypoints_within_the_box():
    boxes, names = placed.moved("boxes", np.zeros((1, 4)))
    points, _ = placed.moved("points", np.float32([[0.2, 0.4], [np.nan, np.nan], [0.6, 0.6], [0.4, 0.5]]))
    assert names == ["moved", "stretched", "shrunk"]
    assert boxes.shape == (21, 1, 4)
    assert (boxes[:, 0, :2] >= 0).all()
    assert (boxes[:, 0, :2] + boxes[:, 0, 2:] <= 1).all()
    np.testing.assert_allclose(points[:, 0], boxes[:, 0, :2], atol=1e-6)
    np.testing.assert_allclose(points[:, 2], boxes[:, 0, :2] + boxes[:, 0, 2:], atol=1e-6)
    np.testing.assert_allclose(points[:, 3], boxes[:, 0, :2] + boxes[:, 0, 2:] / 2, atol=1e-6)
    assert np.isnan(points[:, 1]).all()


def test_a_rare_class_by_ways_and_seeds():
    def cell(seed, recall):
        ways = {"nothing": {"recall": recall, "accuracy": 0.5}, "gan": {"alike": 0.25, "recall": 0.75, "accuracy": 0.5}}
        return {"share": 0.1, "seed": seed, "alike_real": 0.5, "recall_whole": 1.0, "ways": ways}

    rows = imbalance.table([cell(0, 0.5), cell(1, 0.75)])
    assert rows[0] == {"share": 0.1, "way": "all images", "alike": 0.5, "recall": 1.0}
    assert rows[1] == {
        "share": 0.1, "way": "nothing", "recall": 0.625, "accuracy": 0.5, "recall_std": 0.125, "seeds": 2
    }  # fmt: skip
    assert rows[2]["alike"] == 0.25
    same = np.random.default_rng(0).integers(0, 255, (1, 16, 16, 1)).astype(np.uint8).repeat(4, 0)
    assert imbalance.alike(same, 0) == pytest.approx(1)


def test_the_finder_learns_what_is_in_a_box():
    inside = jax.jit(placed.inside, static_argnums=1)(jnp.asarray([[[0.5, 0.0, 0.5, 0.25]], [[jnp.nan] * 4]]), 4)
    np.testing.assert_allclose(inside[0], [[0, 0, 1, 1], *[[0] * 4] * 3], atol=1e-6)
    np.testing.assert_allclose(inside[1], 0, atol=1e-6)
