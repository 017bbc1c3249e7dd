"""Sampling beside its formula, pixel by pixel; PyTorch's is in tests/parity."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxgen.layers.spatial_transformer import heatmaps, into_box, out_of_box

X = np.random.default_rng(0).normal(size=(3, 5, 7, 2)).astype(np.float32)
BOX = np.array([[0.1, 0.2, 0.5, 0.6], [0, 0, 1, 1], [0.43, 0.05, 0.31, 0.9]], np.float32)


def bilinear(image, x, y):
    """The value of image [H, W, C] at pixel coordinates, the centre of the first pixel being 0: Jaderberg et al. 2015,
    eq. 5, as four neighbours."""
    found = np.zeros(image.shape[2])
    left, top = int(np.floor(x)), int(np.floor(y))
    for i, j in ((top, left), (top, left + 1), (top + 1, left), (top + 1, left + 1)):
        if 0 <= i < image.shape[0] and 0 <= j < image.shape[1]:
            found += image[i, j] * (1 - abs(y - i)) * (1 - abs(x - j))
    return found


def expected(place):
    """Every pixel's value by a function of an example, and of a share of either side of the new image."""
    out = np.zeros((3, 6, 6, 2))
    for b, i, j in np.ndindex(3, 6, 6):
        sx, sy = place(BOX[b], (j + 0.5) / 6, (i + 0.5) / 6)
        out[b, i, j] = bilinear(X[b], sx * 7 - 0.5, sy * 5 - 0.5)
    return out


def test_out_of_a_box_by_the_formula():
    found = jax.jit(out_of_box, static_argnums=2)(X, BOX, 6)
    np.testing.assert_allclose(found, expected(lambda b, x, y: (b[0] + b[2] * x, b[1] + b[3] * y)), atol=1e-5)


def test_into_a_box_by_the_formula_and_nothing_around_it():
    found = np.asarray(jax.jit(into_box, static_argnums=2)(X, BOX, 6))
    np.testing.assert_allclose(found, expected(lambda b, x, y: ((x - b[0]) / b[2], (y - b[1]) / b[3])), atol=1e-5)
    ones, box = np.ones((1, 8, 8, 1), np.float32), np.float32([[0.25, 0.5, 0.25, 0.5]])
    far = np.asarray(jax.jit(into_box, static_argnums=2)(ones, box, 16))
    inside = np.zeros((16, 16))
    inside[8:, 4:8] = 1
    np.testing.assert_allclose(far[0, :, :, 0], inside, atol=1e-6)


def test_the_whole_image_is_itself_and_a_box_gives_back_what_was_put_in():
    x, whole = X[:, :, :5], np.broadcast_to(np.float32([0, 0, 1, 1]), (3, 4))
    for move in (into_box, out_of_box):
        np.testing.assert_allclose(jax.jit(move, static_argnums=2)(x, whole, 5), x, atol=1e-6)
    box = np.broadcast_to(np.float32([0.25, 0.5, 0.25, 0.25]), (3, 4))
    back = jax.jit(lambda x, b: out_of_box(into_box(x, b, 20), b, 5))(x, box)
    np.testing.assert_allclose(back, x, atol=1e-5)


def test_gradients_by_image_and_box_are_differences():
    def loss(x, box):
        return jnp.sum(jnp.square(into_box(x, box, 6))) + jnp.sum(jnp.square(out_of_box(x, box, 4)))

    d_x, d_box = jax.jit(jax.grad(loss, (0, 1)))(X, BOX)
    step, value = 1e-3, jax.jit(loss)
    for k in range(4):
        move = np.zeros((3, 4), np.float32)
        move[0, k] = step
        slope = (float(value(X, BOX + move)) - float(value(X, BOX - move))) / (2 * step)
        assert d_box[0, k] == pytest.approx(slope, rel=0.05, abs=0.05)
    move = np.random.default_rng(1).normal(size=X.shape).astype(np.float32)
    slope = (float(value(X + step * move, BOX)) - float(value(X - step * move, BOX))) / (2 * step)
    assert float(np.sum(d_x * move)) == pytest.approx(slope, rel=1e-2)


def test_a_box_without_width_and_one_that_is_not_there():
    flat = jax.jit(jax.grad(lambda box: jnp.sum(into_box(X[:1], box, 6) ** 2)))(np.float32([[0.5, 0.5, 0, 0]]))
    assert np.isfinite(flat).all()


def test_heatmaps():
    points = np.float32([[[0.125, 0.875], [0.5, 0.375], [np.nan, np.nan], [0, 0], [1, 1]]])
    maps = np.asarray(jax.jit(heatmaps, static_argnums=1)(points, 4))[0]
    assert maps.shape == (4, 4, 5)
    assert np.argwhere(maps[..., 0]).tolist() == [[3, 0]]
    assert maps[3, 0, 0] == 1
    np.testing.assert_allclose(maps[1, :, 1], [0, 0.5, 0.5, 0])
    assert maps[..., 2].sum() == 0
    assert maps[0, 0, 3] == maps[3, 3, 4] == 0.25
    slopes = jax.jit(jax.grad(lambda p: jnp.sum(heatmaps(p, 4) ** 2)))(points)
    assert np.isfinite(np.asarray(slopes)[0, [0, 1, 3, 4]]).all()
    assert (np.asarray(slopes)[0, 2] == 0).all()
