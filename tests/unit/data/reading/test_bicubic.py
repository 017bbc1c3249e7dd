"""MATLAB's imresize: by hand, by files that MATLAB made, and by the figures that papers have of it."""

from fractions import Fraction

import numpy as np
import pytest
from PIL import Image

from jaxgen.data.reading import bicubic
from jaxgen.errors import InputError
from jaxgen.metrics.luma import luminance, on_luminance
from places import SHARED

SET5 = SHARED / "sr" / "Set5"
needs_set5 = pytest.mark.skipif(not SET5.is_dir(), reason=f"no {SET5}")


def pair(factor, number):
    names = (SET5 / f"x{factor}" / f"img_00{number}_SRF_{factor}_{kind}.png" for kind in ("LR", "HR"))
    return tuple(np.asarray(Image.open(name)) for name in names)


def test_a_row_by_hand():
    """Twice as long: centres lie a quarter from the nearest pixels, where Keys' cubic is 111/128, 29/128, -9/128 and
    -3/128; at the ends the row is mirrored. Half as long: the cubic is twice as wide."""
    row = bicubic.matrix(8, Fraction(2))[5] * 128
    np.testing.assert_allclose(row, [0, -9, 111, 29, -3, 0, 0, 0], atol=1e-9)
    ends = [111 + 29, -9 - 3, 0, 0, 0, 0, 0, 0]
    np.testing.assert_allclose(bicubic.matrix(8, Fraction(2))[0] * 128, ends, atol=1e-9)
    wide = np.array([-3, -9, 29, 111, 111, 29, -9, -3]) / 256
    np.testing.assert_allclose(bicubic.matrix(16, Fraction(1, 2))[3, 3:11], wide, atol=1e-9)


def test_a_constant_stays_and_types_do():
    for scale in (Fraction(1, 3), 2):
        grey = np.full((9, 6, 1), 77, np.uint8)
        assert (bicubic.resize(grey, scale) == 77).all()
        assert bicubic.resize(grey, scale).dtype == np.uint8
        np.testing.assert_allclose(bicubic.resize(grey / 255, scale), 77 / 255)
    assert bicubic.resize(np.zeros((3, 7, 7, 2)), Fraction(1, 4)).shape == (3, 2, 2, 2)


def test_sides_that_are_no_multiples():
    with pytest.raises(InputError, match="images of 6x9 are not shrunk by 4"):
        bicubic.shrunk(np.zeros((9, 6, 1), np.uint8), 4)


@needs_set5
@pytest.mark.parametrize("factor", [2, 3, 4])
def test_small_images_are_those_of_matlab(factor):
    """Bit for bit, as an older version made them; today's differs at the edges alone, by what lies beyond them."""
    for number in range(1, 6):
        small, large = pair(factor, number)
        np.testing.assert_array_equal(bicubic.resize(large, Fraction(1, factor), mirror=False), small)
        np.testing.assert_array_equal(bicubic.shrunk(large, factor)[2:-2, 2:-2], small[2:-2, 2:-2])


@needs_set5
@pytest.mark.parametrize(("factor", "psnr", "ssim"), [(2, 33.64, 0.9292), (3, 30.39, 0.8678), (4, 28.42, 0.8101)])
def test_set5_has_its_published_decibels(factor, psnr, ssim):
    """SSIM is published as 0.9299, 0.8682 and 0.8104 of the luminance alone: next to these."""
    found = [
        on_luminance(bicubic.resize(s, factor)[None], x[None], factor)
        for s, x in (pair(factor, n) for n in range(1, 6))
    ]
    assert np.mean([one["psnr"] for one in found]) == pytest.approx(psnr, abs=0.005)
    assert np.mean([one["ssim"] for one in found]) == pytest.approx(ssim, abs=0.0005)


@needs_set5
@pytest.mark.parametrize(("factor", "psnr"), [(2, 33.66), (3, 30.39), (4, 28.42)])
def test_and_those_of_the_luminance_alone(factor, psnr):
    """As SRCNN's code has it: from 0 to 1, unrounded until the end."""
    found = []
    for number in range(1, 6):
        true, inner = luminance(pair(factor, number)[1][None])[0], slice(factor, -factor)
        again = bicubic.resize(bicubic.resize(true / 255, Fraction(1, factor)), factor)
        off = np.clip(np.floor(again * 255 + 0.5), 0, 255) - true
        found.append(10 * np.log10(255**2 / np.mean(off[inner, inner] ** 2)))
    assert np.mean(found) == pytest.approx(psnr, abs=0.005)
