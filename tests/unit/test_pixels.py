"""Families of discrete pixels: their likelihoods are distributions, and draws have the frequencies that they say."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxgen import pixels

FAMILIES = {
    "bernoulli": (pixels.bernoulli(), 1),
    "categorical": (pixels.categorical(1, 5), 1),
    "categorical, colours": (pixels.categorical(3, 3), 3),
    "logistics": (pixels.logistics(1, 2), 1),
}
rows = pytest.mark.parametrize("family", FAMILIES)


def values(family, channels):
    levels = np.linspace(-1, 1, family.levels)
    return np.array(list(itertools.product(levels, repeat=channels)), np.float32)


@rows
def test_draws_have_the_likelihoods_frequencies(family):
    family, channels = FAMILIES[family]
    count = 40_000
    parameters = np.float32(np.random.default_rng(3).normal(size=family.out))
    every = values(family, channels)

    @jax.jit
    def both(key):
        wide = jnp.broadcast_to(parameters, (len(every), 1, 1, family.out))
        keys, drawn = jax.random.split(key, count), jnp.full((count, channels), jnp.nan)
        for step in range(family.steps):
            drawn = family.draw(jnp.broadcast_to(parameters, (count, family.out)), keys, drawn, step)
        return jnp.exp(-family.unlikely(wide, every[:, None, None])), drawn

    told, drawn = both(jax.random.key(0))
    assert told.sum() == pytest.approx(1, abs=1e-4)
    which = np.abs(np.asarray(drawn)[:, None] - every[None]).sum(-1)
    assert which.min(1).max() < 1e-6  # on the grid
    seen = np.bincount(which.argmin(1), minlength=len(every)) / count
    assert np.abs(seen.cumsum() - told.cumsum()).max() < 1.63 / np.sqrt(count)  # Kolmogorov-Smirnov, 1 %


def test_a_grid_is_the_nearest_level():
    np.testing.assert_array_equal(pixels.grid(jnp.asarray([-1.0, -0.01, 0.01, 1.0]), 2), [0, 0, 1, 1])
    np.testing.assert_array_equal(pixels.grid(jnp.arange(256) / 127.5 - 1, 256), np.arange(256))
