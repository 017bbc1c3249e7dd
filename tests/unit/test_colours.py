"""sRGB and L*a*b*: beside published values of colours, and what stays of an image that is coloured."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxgen import colours

# B. Lindbloom's CIE colour calculator: sRGB, D65, no adaptation; L*, a*, b* to four places.
PUBLISHED = {
    (255, 255, 255): (100.0, 0.0, 0.0),
    (0, 0, 0): (0.0, 0.0, 0.0),
    (255, 0, 0): (53.2408, 80.0925, 67.2032),
    (0, 255, 0): (87.7347, -86.1827, 83.1793),
    (0, 0, 255): (32.2970, 79.1875, -107.8602),
    (255, 255, 0): (97.1393, -21.5537, 94.4780),
    (0, 255, 255): (91.1132, -48.0875, -14.1312),
    (255, 0, 255): (60.3242, 98.2343, -60.8249),
    (128, 128, 128): (53.5850, 0.0, 0.0),
}
RGB = np.float32(list(PUBLISHED)) / 127.5 - 1


def test_published_colours():
    np.testing.assert_allclose(jax.jit(colours.to_lab)(RGB), list(PUBLISHED.values()), atol=2e-3)


def test_there_and_back_for_all_colours():
    steps = np.linspace(-1, 1, 18, dtype=np.float32)
    every = np.stack(np.meshgrid(steps, steps, steps), -1)
    lab = jax.jit(colours.to_lab)(every)
    np.testing.assert_allclose(jax.jit(colours.of_lab)(lab), every, atol=5e-5)
    np.testing.assert_allclose(jax.jit(colours.together)(*jax.jit(colours.apart)(every)), every, atol=1e-4)
    lightness, colour = jax.device_get(jax.jit(colours.apart)(every))
    assert (lightness.min(), lightness.max()) == pytest.approx((-1, 1), abs=1e-5)
    assert np.abs(colour).max() <= 1


def test_colours_that_there_are_not_lose_colour_and_neither_lightness_nor_hue():
    rng = np.random.default_rng(0)
    lightness, colour = (np.float32(rng.uniform(-1, 1, (1, 40, 40, n))) for n in (1, 2))
    images = np.asarray(jax.jit(colours.together)(lightness, colour))
    assert np.abs(images).max() <= 1
    again = np.asarray(jax.jit(colours.to_lab)(np.round((images + 1) * 127.5) / 127.5 - 1))
    assert np.abs(again[..., :1] - 50 * (lightness + 1)).max() < 0.5  # of 100, in 8 bits
    ours, theirs = again[..., 1:], colours.CHROMA * colour
    far = np.linalg.norm(ours, axis=-1) > 20  # where 8 bits say what the hue is
    turned = np.angle((ours[..., 0] + 1j * ours[..., 1]) / (theirs[..., 0] + 1j * theirs[..., 1]))
    assert np.abs(turned[far]).max() < 0.06
    assert (np.linalg.norm(ours, axis=-1) <= np.linalg.norm(theirs, axis=-1) + 1).all()
    clipped = np.asarray(jax.jit(colours.clipped)(np.concatenate([50 * (lightness + 1), theirs], -1)))
    more = np.concatenate([clipped[..., :1], 1.05 * clipped[..., 1:]], -1)
    cut = np.linalg.norm(clipped[..., 1:], axis=-1) < np.linalg.norm(theirs, axis=-1) - 1
    outside = np.abs(np.asarray(jax.jit(colours.of_lab)(more))).max(-1) > 1
    assert cut.mean() > 0.3
    assert outside[cut & far].mean() > 0.99  # no more colour than that is there


def test_grey_images_have_the_lightness_of_the_grey():
    lightness, colour = jax.jit(colours.apart)(jnp.full((1, 2, 2, 1), 128 / 127.5 - 1))
    np.testing.assert_allclose(lightness, 53.5850 / 50 - 1, atol=1e-5)
    np.testing.assert_allclose(colour, 0, atol=1e-5)
