"""PSNR, SSIM and MS-SSIM beside numbers worked by hand and loops over windows."""

import numpy as np
import pytest

from jaxgen.errors import InputError
from jaxgen.metrics import images


def noisy(shape=(2, 24, 20, 3), amount=20, seed=0):
    draw = np.random.default_rng(seed)
    y, x = np.mgrid[: shape[1], : shape[2]]
    clean = 127 + 60 * np.sin(x / 5)[None, ..., None] + 50 * np.cos(y / 7)[None, ..., None] + np.zeros(shape)
    return clean.astype(np.uint8), np.clip(clean + draw.normal(scale=amount, size=shape), 0, 255).astype(np.uint8)


def test_psnr_by_hand():
    """An error of 5 everywhere is 10 log10(255^2 / 25) = 34.151 dB; of 10 in a quarter the same."""
    a = np.full((3, 4, 4, 3), 100, np.uint8)
    b = a.copy()
    b[0] += 5
    b[1, :2, :2] += 10
    found = images.psnr(a, b)
    np.testing.assert_allclose(found, [34.15140352, 34.15140352, np.inf])
    np.testing.assert_allclose(images.psnr(a / 255, b / 255, peak=1.0), found)


def ssim_by_loops(a, b, weights, norm):
    """Eq. 13 for one channel, window by window."""
    n = len(weights)
    two = np.outer(weights, weights)
    values = []
    for i in range(a.shape[0] - n + 1):
        for j in range(a.shape[1] - n + 1):
            p, q = a[i : i + n, j : j + n].astype(float), b[i : i + n, j : j + n].astype(float)
            mp, mq = (two * p).sum(), (two * q).sum()
            vp, vq = norm * (two * (p - mp) ** 2).sum(), norm * (two * (q - mq) ** 2).sum()
            vpq = norm * (two * (p - mp) * (q - mq)).sum()
            c1, c2 = 2.55**2, 7.65**2
            values.append((2 * mp * mq + c1) * (2 * vpq + c2) / ((mp**2 + mq**2 + c1) * (vp + vq + c2)))
    return np.mean(values)


def test_ssim_is_its_definition():
    a, b = noisy()
    x = np.arange(11) - 5.0
    gauss = np.exp(-(x**2) / (2 * 1.5**2))
    gauss /= gauss.sum()
    of = lambda *how: [np.mean([ssim_by_loops(a[i, ..., c], b[i, ..., c], *how) for c in range(3)]) for i in range(2)]  # noqa: E731
    np.testing.assert_allclose(images.ssim(a, b), of(gauss, 1.0), rtol=1e-10)
    np.testing.assert_allclose(images.ssim(a, b, window=images.UNIFORM), of(np.full(7, 1 / 7), 49 / 48), rtol=1e-10)
    np.testing.assert_allclose(images.ssim(a / 255, b / 255, peak=1.0), images.ssim(a, b), rtol=1e-10)


def test_ssim_of_constants_and_of_equals():
    """Constants 100 and 150: luminance (2 100 150 + 6.5025) / (100^2 + 150^2 + 6.5025), structure 1."""
    a, b = (np.full((1, 16, 16, 1), level, np.uint8) for level in (100, 150))
    np.testing.assert_allclose(images.ssim(a, b), [(30_000 + 6.5025) / (32_500 + 6.5025)], rtol=1e-12)
    equal = noisy()[1]
    np.testing.assert_allclose(images.ssim(equal, equal), [1, 1], rtol=1e-12)


def test_ms_ssim_is_a_product_of_scales():
    """From SSIM itself: constants have structure 1, so with luminance l at the last scale it is l^w; and with a single
    scale of weight 1 it is SSIM."""
    a, b = noisy((2, 40, 41, 3))
    np.testing.assert_allclose(images.ms_ssim(a, b, weights=[1.0]), images.ssim(a, b), rtol=1e-12)
    grey, light = (np.full((1, 161, 161, 1), level, np.uint8) for level in (100, 150))
    np.testing.assert_allclose(
        images.ms_ssim(grey, light), [((30_000 + 6.5025) / (32_500 + 6.5025)) ** 0.1333], rtol=1e-10
    )


def structure_by_loops(a, b):
    """The mean of the contrast-structure term alone, for one channel."""
    x = np.arange(11) - 5.0
    weights = np.exp(-(x**2) / 4.5)
    two = np.outer(weights, weights) / weights.sum() ** 2
    windows = [np.lib.stride_tricks.sliding_window_view(s.astype(float), (11, 11)) for s in (a, b)]
    mp, mq = ((two * w).sum((-1, -2), keepdims=True) for w in windows)
    p, q = windows[0] - mp, windows[1] - mq
    return np.mean((2 * (two * p * q).sum((-1, -2)) + 7.65**2) / ((two * (p * p + q * q)).sum((-1, -2)) + 7.65**2))


def test_ms_ssim_by_hand_with_an_odd_side():
    """Three scales of one channel; sides 45 -> 23 -> 12, the last row repeated before a mean of 2 x 2."""
    a, b = (s[..., :1] for s in noisy((1, 45, 45, 3), amount=40))
    weights, found = (0.2, 0.3, 0.5), 1.0
    p, q = a[0, ..., 0].astype(float), b[0, ..., 0].astype(float)
    for weight in weights[:-1]:
        found *= structure_by_loops(p, q) ** weight
        p, q = (np.pad(s, (0, len(s) % 2), mode="edge") for s in (p, q))
        p, q = (s.reshape(len(s) // 2, 2, -1, 2).mean((1, 3)) for s in (p, q))
    assert len(p) == 12
    found *= images.ssim(p[None, ..., None], q[None, ..., None], peak=255.0)[0] ** weights[-1]
    np.testing.assert_allclose(images.ms_ssim(a, b, weights=weights), [found], rtol=1e-10)


def test_ms_ssim_falls_with_noise_and_ends_at_0():
    values = [images.ms_ssim(*noisy((1, 161, 163, 1), amount))[0] for amount in (0, 10, 40, 120)]
    assert values == sorted(values, reverse=True)
    assert values[0] == pytest.approx(1, abs=1e-3)
    stripes = np.where(np.arange(40)[None, None, :, None] % 2, 255, 0) + np.zeros((1, 40, 40, 1))
    assert images.ms_ssim(stripes, 255 - stripes, peak=255.0, weights=(0.5, 0.5))[0] == 0  # structure is negative


def test_diversity():
    """A class of copies has 1; pairs never hold one image twice, so that of two images all pairs are the same."""
    a = noisy((4, 24, 24, 3), 60)[1]
    weights = (0.5, 0.5)
    copies = np.concatenate([a[:1]] * 3)
    assert images.ms_ssim_diversity(copies, weights=weights) == pytest.approx(1, rel=1e-12)
    between = images.ms_ssim(a[:1], a[1:2], weights=weights)[0]
    assert between < 0.9
    found = images.ms_ssim_diversity(a[:2], weights=weights, pairs=40)
    assert found == pytest.approx(between, rel=1e-10)
    mixed = np.concatenate([copies, a[:2]])
    labels = [1, 1, 1, 0, 0]
    assert images.ms_ssim_diversity(mixed, labels, weights=weights) == pytest.approx((1 + between) / 2, rel=1e-10)


def test_bad_images_are_told():
    a = np.zeros((2, 160, 200, 3), np.uint8)
    with pytest.raises(InputError, match="160 x 200 are too small: 161 on a side are needed for 5 scales"):
        images.ms_ssim(a, a)
    with pytest.raises(InputError, match="11 on a side"):
        images.ssim(a[:, :10], a[:, :10])
    with pytest.raises(InputError, match="shapes"):
        images.psnr(a, a[:1])
    with pytest.raises(InputError, match="shapes"):
        images.psnr(a[0], a[0])
    with pytest.raises(InputError, match="need a peak"):
        images.psnr(a / 255, a)
    with pytest.raises(InputError, match="NaN"):
        images.psnr(a * np.nan, a, peak=1.0)
    with pytest.raises(InputError, match="class 0 has one image"):
        images.ms_ssim_diversity(a, [0, 1])
    with pytest.raises(InputError, match="labels of shape"):
        images.ms_ssim_diversity(a, [0, 1, 1])


def test_identical_pairs_are_counted_and_not_in_the_mean():
    assert images.mean_psnr(np.array([20.0, np.inf, 30.0])) == (25.0, 5.0, 1)
    assert images.mean_psnr(np.array([np.inf, np.inf])) == (np.inf, None, 2)
