"""Power by frequency: of noise, of waves, of what a known filter leaves."""

import numpy as np
import pytest

from jaxgen.errors import InputError
from jaxgen.metrics import spectrum

NOISE = np.random.default_rng(0).normal(scale=3.0, size=(200, 32, 24, 2))


def test_white_noise_has_its_variance_at_every_frequency():
    found = spectrum.power(NOISE)
    assert found.shape == (32, 24)
    away = spectrum.frequencies(32, 24) > 0.3  # near 0 it went with the mean
    assert found[away].mean() == pytest.approx(9, rel=0.03)
    middles, powers = spectrum.radial(NOISE, 8)
    assert middles.tolist() == [(n + 0.5) / 8 for n in range(8)]
    np.testing.assert_allclose(powers[2:], 9, rtol=0.05)


@pytest.mark.parametrize(("waves", "fine"), [(3, False), (12, True)])
def test_a_wave_is_found_at_its_frequency(waves, fine):
    """So many in 32 pixels, where Nyquist's are 16: the Hann window spreads them over their neighbours alone."""
    wave = np.cos(2 * np.pi * waves * np.arange(32) / 32)
    images = np.broadcast_to(wave[None, None, :, None], (1, 32, 32, 1))
    middles, powers = spectrum.radial(images, 16)
    assert abs(middles[powers.argmax()] - waves / 16) <= 1 / 16
    share = spectrum.kept(NOISE, images)
    assert (share > 1e-3) == fine


def test_what_a_filter_leaves_is_its_squared_gain():
    """A mean of neighbours [1/4, 1/2, 1/4] along rows and columns, whose gain at f cycles a pixel is cos^2(pi f)."""
    noise = np.random.default_rng(1).normal(size=(400, 32, 32, 1))
    blurred = noise
    for axis in (1, 2):
        blurred = (np.roll(blurred, 1, axis) + 2 * blurred + np.roll(blurred, -1, axis)) / 4
    f = np.fft.fftfreq(32)
    gain = (np.cos(np.pi * f[:, None]) * np.cos(np.pi * f[None])) ** 4
    fine = spectrum.frequencies(32, 32) > 0.5
    assert spectrum.kept(noise, blurred) == pytest.approx(gain[fine].mean(), rel=0.05)
    assert spectrum.kept(noise, noise) == 1


def test_flat_images_have_nothing_to_keep():
    with pytest.raises(InputError, match="nothing at such frequencies"):
        spectrum.kept(np.zeros((2, 16, 16, 1)), NOISE)
    with pytest.raises(InputError, match="an array of"):
        spectrum.power(np.zeros((16, 16)))
