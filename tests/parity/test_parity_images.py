"""PSNR, SSIM and MS-SSIM beside scikit-image."""

import numpy as np
import pytest

from jaxgen.metrics import images

pytestmark = pytest.mark.parity
measure = pytest.importorskip("skimage.metrics")
data = pytest.importorskip("skimage.data")


WANG = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False}


def pairs(side=192):
    """A photograph beside itself with noise, blurred, darker, and beside another part."""
    draw = np.random.default_rng(0)
    whole = data.astronaut()
    a = whole[:side, 100 : 100 + side]
    other = [
        a + draw.normal(scale=25, size=a.shape),
        (a.astype(float) + np.roll(a, 2, 0) + np.roll(a, 2, 1)) / 3,
        a * 0.7,
        whole[200 : 200 + side, 200 : 200 + side],
    ]
    return np.stack([a] * 4), np.stack([np.clip(np.round(b), 0, 255).astype(np.uint8) for b in other])


def test_psnr_is_scikit_images():
    a, b = pairs()
    expected = [measure.peak_signal_noise_ratio(p, q) for p, q in zip(a, b)]
    np.testing.assert_allclose(images.psnr(a, b), expected, rtol=1e-10)


@pytest.mark.parametrize(("window", "how"), [(images.GAUSSIAN, WANG), (images.UNIFORM, {})], ids=["Wang", "default"])
def test_ssim_is_scikit_images(window, how):
    a, b = pairs()
    expected = [measure.structural_similarity(p, q, channel_axis=-1, **how) for p, q in zip(a, b)]
    np.testing.assert_allclose(images.ssim(a, b, window=window), expected, rtol=0, atol=1e-6)
    grey = [measure.structural_similarity(p[..., 0], q[..., 0], **how) for p, q in zip(a, b)]
    np.testing.assert_allclose(images.ssim(a[..., :1], b[..., :1], window=window), grey, rtol=0, atol=1e-6)


def test_ms_ssim_from_scikit_images_parts():
    """An enormous K1 makes luminance 1, which leaves contrast and structure."""
    a, b = (s.astype(float) for s in pairs(192))
    result = np.ones((4, 3))
    for scale, weight in enumerate((0.0448, 0.2856, 0.3001, 0.2363, 0.1333)):
        k1 = 0.01 if scale == 4 else 1e6
        for i, c in np.ndindex(4, 3):
            value = measure.structural_similarity(a[i, ..., c], b[i, ..., c], data_range=255, K1=k1, **WANG)
            result[i, c] *= max(value, 0) ** weight
        a, b = (s.reshape(4, s.shape[1] // 2, 2, s.shape[2] // 2, 2, 3).mean((2, 4)) for s in (a, b))
    np.testing.assert_allclose(images.ms_ssim(*pairs(192)), result.mean(1), rtol=0, atol=1e-6)
