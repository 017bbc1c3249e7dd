"""Sliced Wasserstein distances beside closed forms, and the pyramid beside its inverse."""

import numpy as np
import pytest
from scipy import special, stats

from jaxgen.errors import InputError
from jaxgen.metrics import sliced


def first_coordinate(d):
    """E|u_1| for u uniform on the unit sphere of d dimensions."""
    return np.exp(special.gammaln(d / 2) - special.gammaln((d + 1) / 2)) / np.sqrt(np.pi)


def test_of_a_shift():
    """Every shadow moves by u.v, whatever the points are."""
    x = np.random.default_rng(0).normal(size=(40, 5))
    v = np.array([[3.0, 0, -4, 0, 0]])
    expected = 5 * first_coordinate(5)
    assert sliced.distance(x, x + v, directions=20_000) == pytest.approx(expected, rel=0.02)
    assert sliced.distance(x, x[::-1]) == pytest.approx(0, abs=1e-12)


def test_of_gaussians():
    """N(0, I) and N(0, 9 I): W1 of the shadows is E|3 g - g| = 2 sqrt(2 / pi)."""
    draw = np.random.default_rng(0)
    x, y = draw.normal(size=(20_000, 3)), 3 * draw.normal(size=(20_000, 3))
    assert sliced.distance(x, y, directions=64) == pytest.approx(2 * np.sqrt(2 / np.pi), rel=0.02)


def test_in_one_dimension_is_scipys():
    draw = np.random.default_rng(0)
    x, y = draw.normal(size=300), draw.gamma(2, size=300)
    found = sliced.distance(x[:, None], y[:, None], directions=3)
    assert found == pytest.approx(stats.wasserstein_distance(x, y), rel=1e-12)


def test_directions_are_of_the_seed():
    x, y = np.random.default_rng(0).normal(size=(2, 30, 4))
    assert sliced.distance(x, y, directions=5, seed=1) == sliced.distance(x, y, directions=5, seed=1)
    assert sliced.distance(x, y, directions=5, seed=1) != sliced.distance(x, y, directions=5, seed=2)


def test_the_pyramid_adds_up_again():
    images = np.random.default_rng(0).normal(size=(2, 32, 48, 3)).astype(np.float32)
    fine, middle, coarse = sliced.laplacian_pyramid(images, 3)
    assert (fine.shape, middle.shape, coarse.shape) == ((2, 32, 48, 3), (2, 16, 24, 3), (2, 8, 12, 3))
    again = fine + sliced._enlarged(middle + sliced._enlarged(coarse))
    np.testing.assert_allclose(again, images, atol=1e-5)


def test_the_pyramid_of_flat_and_of_wavy():
    """A constant loses nothing when it is halved (the edges are mirrored); a checkerboard, which the filter
    (1, 4, 6, 4, 1) / 16 takes to 0, loses all."""
    fine, coarse = sliced.laplacian_pyramid(np.full((1, 16, 16, 1), 7, np.float32), 2)
    np.testing.assert_allclose(fine, 0, atol=1e-5)
    np.testing.assert_allclose(coarse, 7, rtol=1e-6)
    checks = np.indices((16, 16)).sum(0)[None, ..., None] % 2 * 2.0 - 1
    fine, coarse = sliced.laplacian_pyramid(checks.astype(np.float32), 2)
    np.testing.assert_allclose(coarse, 0, atol=1e-6)
    np.testing.assert_allclose(fine, checks, atol=1e-6)


@pytest.mark.parametrize(
    ("shape", "levels"),
    [((64, 64), [64, 32, 16]), ((28, 28), [28]), ((32, 64), [32, 16]), ((36, 34), [36, 18])],
    ids=str,
)
def test_levels(shape, levels):
    images = np.random.default_rng(0).integers(0, 256, (2, 12, *shape, 1)).astype(np.uint8)
    assert list(sliced.swd(*images, patches=8, directions=16)) == levels


def blocks(draw, size):
    few = draw.integers(0, 256, (128, 64 // size, 64 // size, 1)).astype(np.uint8)
    return few.repeat(size, 1).repeat(size, 2)


def test_detail_shows_at_its_own_level():
    """White noise beside blocks of 2 x 2, which are white noise too when they are halved: the finest level differs most
    by far. What is the same but 100 lighter differs at none: patches are normalised."""
    draw = np.random.default_rng(0)
    same, other = (sliced.swd(blocks(draw, 1), blocks(draw, size), patches=64, directions=64) for size in (1, 2))
    assert other[64] > 3 * same[64]
    assert max(other[32] / same[32], other[16] / same[16]) < 1.5
    dark = blocks(draw, 1) // 2
    moved = sliced.swd(dark, dark[::-1] + np.uint8(100), patches=64, directions=64)
    assert all(moved[side] < 1.3 * same[side] for side in same)


def test_constant_images_and_equal_ones():
    grey = np.full((8, 16, 16, 3), 9, np.uint8)
    assert sliced.swd(grey, grey, patches=4, directions=8) == {16: 0}
    with pytest.raises(InputError, match="patches of 7 x 7"):
        sliced.swd(grey[:, :6], grey[:, :6])
    with pytest.raises(InputError, match="one shape"):
        sliced.swd(grey, grey[:4])
    with pytest.raises(InputError, match=r"uint8 images from 0 to 255, not float64 from 0.0353 to 0.0353"):
        sliced.swd(grey / 255, grey)
    with pytest.raises(InputError, match=r"images \[N, H, W, C\]"):
        sliced.swd(grey[0], grey[0])
    with pytest.raises(InputError, match="sets of one size"):
        sliced.distance(np.zeros((3, 2)), np.zeros((4, 2)))
