"""PSNR and SSIM on the luminance, by hand."""

import numpy as np
import pytest

from jaxgen.errors import InputError
from jaxgen.metrics import images
from jaxgen.metrics.luma import luminance, on_luminance

RNG = np.random.default_rng(0)


def test_luminance_is_bt_601():
    """MATLAB's rgb2ycbcr of uint8: black 16, white 235, red 81.481, green 144.553, blue 40.966, rounded."""
    colours = np.uint8([[0, 0, 0], [255, 255, 255], [255, 0, 0], [0, 255, 0], [0, 0, 255]]).reshape(1, 1, 5, 3)
    assert luminance(colours).ravel().tolist() == [16, 235, 81, 145, 41]
    assert luminance(np.uint8([[[[0], [255]]]])).ravel().tolist() == [16, 235]


def test_borders_do_not_count():
    true = RNG.integers(0, 256, (2, 20, 24, 3), dtype=np.uint8)
    found = RNG.integers(0, 256, (2, 20, 24, 3), dtype=np.uint8)
    told = on_luminance(found, true, 4)
    a, b = (luminance(x)[:, 4:-4, 4:-4].astype(float) for x in (found, true))
    np.testing.assert_allclose(told["psnr"], 10 * np.log10(255**2 / ((a - b) ** 2).mean((1, 2, 3))))
    np.testing.assert_allclose(told["ssim"], images.ssim(a, b, peak=255.0))
    changed = found.copy()
    changed[:, :4] = 0
    np.testing.assert_array_equal(on_luminance(changed, true, 4)["psnr"], told["psnr"])
    assert (on_luminance(changed, true, 0)["psnr"] != told["psnr"]).all()


@pytest.mark.parametrize(
    "wrong", [np.zeros((1, 4, 4, 3)), np.zeros((1, 4, 4, 2), np.uint8), np.zeros((4, 4, 3), np.uint8)]
)
def test_what_has_no_luminance(wrong):
    with pytest.raises(InputError, match="uint8"):
        luminance(wrong)
