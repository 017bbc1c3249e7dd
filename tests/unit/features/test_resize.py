"""Resizers against Pillow and against positions worked out by hand."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from PIL import Image

from jaxgen.errors import InputError
from jaxgen.features import resize


def pictures(height, width, channels=3):
    return np.random.default_rng(height).integers(0, 256, (2, height, width, channels), dtype=np.uint8)


def pillow(images, size):
    """Channel by channel in mode "F", as clean-fid does it."""
    planes = np.moveaxis(images.astype(np.float32), -1, 1).reshape(-1, *images.shape[1:3])
    done = np.stack([np.asarray(Image.fromarray(p).resize((size, size), Image.Resampling.BICUBIC)) for p in planes])
    return np.moveaxis(done.reshape(len(images), -1, size, size), 1, -1).clip(0, 255)


@pytest.mark.parametrize("shape", [(8, 8), (32, 32), (299, 299), (17, 40), (400, 301)])
@pytest.mark.parametrize("size", [9, 64, 299])
def test_bicubic_is_pillows(shape, size):
    images = pictures(*shape)
    ours = jax.jit(resize.pil_bicubic, static_argnums=1)(images, size)
    assert ours.dtype == jnp.float32
    np.testing.assert_allclose(ours, pillow(images, size), atol=1e-4)


def test_bicubic_overshoots_into_the_clip():
    edge = np.zeros((1, 8, 8, 1), np.uint8)
    edge[:, :, 4:] = 255
    raw = resize.bicubic_matrix(8, 64) @ edge[0, :, :, 0].T.astype(np.float32)
    assert raw.min() < -5
    assert raw.max() > 260
    ours = resize.pil_bicubic(edge, 64)
    assert float(ours.min()) == 0
    assert float(ours.max()) == 255
    np.testing.assert_allclose(ours[0, 0, :, 0], raw[:, 0].clip(0, 255), atol=1e-4)


def test_bilinear_by_hand():
    """Two pixels to four: places 0, 1/2, 1, 3/2, the last held at the border."""
    images = np.array([[[0.0], [10.0]], [[100.0], [110.0]]], np.float32)[None]
    row = np.array([0, 5, 10, 10.0])
    np.testing.assert_allclose(
        resize.tf1_bilinear(images, 4)[0, :, :, 0], row[None] + np.array([0, 50, 100, 100.0])[:, None]
    )


def test_bilinear_has_no_antialias():
    """Four pixels to two: places 0 and 2, nothing of 1 and 3."""
    images = np.arange(16, dtype=np.uint8).reshape(1, 4, 4, 1)
    np.testing.assert_array_equal(resize.tf1_bilinear(images, 2)[0, :, :, 0], [[0, 2], [8, 10]])


@pytest.mark.parametrize("name", ["tf1-bilinear", "pil-bicubic"])
def test_the_same_size_changes_nothing_and_floats_are_taken(name):
    images = pictures(21, 21)
    done = resize.named(name)(images, 21)
    np.testing.assert_allclose(done, images, atol=1e-4)
    np.testing.assert_array_equal(resize.named(name)(images.astype(np.float32), 9), resize.named(name)(images, 9))


def test_constant_images_stay_constant():
    images = np.full((1, 50, 31, 3), 77, np.uint8)
    for name in resize.RESIZERS:
        np.testing.assert_allclose(resize.named(name)(images, 23), 77, atol=1e-4)


def test_unknown_name():
    with pytest.raises(InputError, match=r"'lanczos'.*tf1-bilinear"):
        resize.named("lanczos")


def test_a_batch_is_wanted():
    with pytest.raises(AssertionError):
        resize.tf1_bilinear(np.zeros((4, 4, 3)), 2)
