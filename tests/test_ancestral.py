"""Cached sampling draws what naive sampling draws."""

import json

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxgen import pixels, sampling
from jaxgen.errors import InputError
from jaxgen.nets.pixelcnnpp import PixelCNNPlusPlus
from jaxgen.sampling import AncestralSampler, ancestral


def test_cached_is_naive_and_known_pixels_stay():
    net, family = PixelCNNPlusPlus(out=20, filters=6, resnets=1), pixels.logistics(3, 2)
    x, nothing = jnp.zeros((2, 8, 8, 3)), jnp.zeros((8, 8), bool)
    params = net.init(jax.random.key(1), x)["params"]
    params = jax.tree.map(lambda p: p + 0.1 * jax.random.normal(jax.random.key(2), p.shape), params)
    keys = jax.random.split(jax.random.key(3), 2)
    slow = jax.jit(lambda p: ancestral.naive(net, p, keys, x, nothing, family))(params)
    fast = jax.jit(lambda p, x, known: ancestral.cached(net, p, keys, x, known, family))
    np.testing.assert_allclose(fast(params, x, nothing), slow, atol=1e-6)
    half = nothing.at[:4].set(True)
    np.testing.assert_allclose(fast(params, slow, half), slow, atol=1e-6)


def test_a_sampler_is_a_function_of_its_codes_and_survives_json():
    sampler = AncestralSampler(PixelCNNPlusPlus(out=30, filters=2, resnets=1), 4, 1, "logistics")
    assert sampling.build(json.loads(json.dumps(sampler.describe()))) == sampler
    params = jax.jit(sampler.module.init)(jax.random.key(0, impl="rbg"), jnp.zeros((1, 4, 4, 1)))["params"]
    codes = sampler.codes(jax.random.key(1), 3)
    np.testing.assert_array_equal(sampler.codes(jax.random.key(1), 2), codes[:2])
    draw = jax.jit(sampler.draw)
    images = draw(params, {}, codes)
    assert images.shape == (3, 4, 4, 1)
    assert np.abs(images).max() < 1 + 1e-6
    assert not np.array_equal(images[0], images[1])
    np.testing.assert_allclose(draw(params, {}, codes[::-1])[::-1], images, atol=1e-6)


GOOD = AncestralSampler(PixelCNNPlusPlus(), 32, 3, "logistics").describe()


@pytest.mark.parametrize(
    "description",
    [
        *({k: v for k, v in GOOD.items() if k != missing} for missing in GOOD if missing != "sampler"),
        {**GOOD, "pixels": "gaussian"},
        {**GOOD, "pixels": ["logistics"]},
        {**GOOD, "size": 0},
        {**GOOD, "size": 32.0},
        {**GOOD, "classes": -1},
        {**GOOD, "classes": True},
        {**GOOD, "temperature": 0.5},
        {**GOOD, "module": {"net": "os.system"}},
    ],
    ids=str,
)
def test_descriptions_of_no_sampler_are_refused(description):
    with pytest.raises(InputError, match=r"^no"):
        sampling.build(description)
