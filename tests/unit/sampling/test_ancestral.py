"""Samplers by pixels, as data. That cached sampling draws what naive sampling does: test_autoregressive.py."""

import jax
import jax.numpy as jnp
import numpy as np
from flax import linen as nn

from jaxgen import pixels
from jaxgen.abilities import DrawByPixels
from jaxgen.nets.pixelcnn import GatedPixelCNN
from jaxgen.sampling import ancestral
from weights import weights


def test_images_are_a_function_of_their_codes():
    module = GatedPixelCNN(out=1, width=4, layers=1, head=4, classes=2)
    sampler = DrawByPixels(module, 5, 1, "bernoulli", classes=2)
    blank = jnp.zeros((4, 5, 5, 1))
    params = weights(module.init, blank, jnp.zeros(4, int), spread=0.1)["params"]
    codes = sampler.codes(jax.random.key(1), 4)
    np.testing.assert_array_equal(sampler.codes(jax.random.key(1), 2), codes[:2])
    draw = jax.jit(sampler.draw)
    images = draw(params, {}, codes)
    assert len({image.tobytes() for image in np.asarray(images)}) == 4
    np.testing.assert_array_equal(draw(params, {}, codes[::-1])[::-1], images)
    keys = jax.vmap(lambda n: jax.random.fold_in(jax.random.key(1), n))(jnp.arange(4))
    given = (params, keys, blank, jnp.zeros((5, 5), bool), pixels.bernoulli())
    expected = jax.jit(lambda: ancestral.naive(module, *given, label=jnp.asarray([0, 1, 0, 1])))()
    np.testing.assert_array_equal(images, expected)
    assert sampler.codes(jax.random.key(1), 3, label=np.array([1]))[:, -1].tolist() == [1, 1, 1]


class Mean(nn.Module):
    """A net of a pixel's distribution from the mean of the row above it, whose cached sampling nobody has written."""

    @nn.compact
    def __call__(self, x, *, train=False):
        above = jnp.pad(x.mean(2, keepdims=True), ((0, 0), (1, 0), (0, 0), (0, 0)))[:, :-1]
        return self.param("w", nn.initializers.ones, ()) * jnp.broadcast_to(above, x.shape)


def test_a_net_that_keeps_nothing_is_drawn_from_naively():
    x, known = jnp.ones((2, 3, 3, 1)), jnp.zeros((3, 3), bool).at[0].set(True)
    given = (Mean(), {"w": jnp.float32(100)}, jax.random.split(jax.random.key(0), 2), x, known, pixels.bernoulli())
    for draw in (ancestral.cached, ancestral.naive):
        np.testing.assert_array_equal(draw(*given), x)
    np.testing.assert_array_equal(
        ancestral.naive(given[0], {"w": jnp.float32(-100)}, *given[2:], count=6)[:, 1], -x[:, 1]
    )
