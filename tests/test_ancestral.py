"""Cached sampling draws what naive sampling draws."""

import jax
import jax.numpy as jnp
import numpy as np

from jaxgen.losses import likelihood
from jaxgen.nets.pixelcnnpp import PixelCNNPlusPlus
from jaxgen.sampling import ancestral


def test_cached_is_naive_and_known_pixels_stay():
    net = PixelCNNPlusPlus(out=20, filters=6, resnets=1)
    x = jnp.zeros((2, 8, 8, 3))
    params = net.init(jax.random.key(1), x)["params"]
    params = jax.tree.map(lambda p: p + 0.1 * jax.random.normal(jax.random.key(2), p.shape), params)
    keys = jax.random.split(jax.random.key(3), 2)
    draw = lambda p, k: likelihood.sample_pixel(p, k, 3)  # noqa: E731
    slow = jax.jit(lambda p: ancestral.naive(net, p, keys, x, draw))(params)
    nothing = jnp.zeros((8, 8), bool)
    fast = jax.jit(lambda p, x, known: ancestral.cached(net, p, keys, x, known, draw))
    np.testing.assert_allclose(fast(params, x, nothing), slow, atol=1e-6)
    half = nothing.at[:4].set(True)
    np.testing.assert_allclose(fast(params, slow, half), slow, atol=1e-6)
