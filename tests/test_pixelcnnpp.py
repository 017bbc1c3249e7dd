"""PixelCNN++ sees exactly the pixels before."""

import jax
import jax.numpy as jnp
import numpy as np

from jaxgen.nets.pixelcnnpp import PixelCNNPlusPlus


def test_jacobian_is_zero_exactly_at_and_after_each_pixel():
    net = PixelCNNPlusPlus(out=3, filters=6, resnets=2)
    x = jax.random.normal(jax.random.key(0), (1, 8, 8, 1))
    params = net.init(jax.random.key(1), x)
    slopes = jax.jit(jax.jacrev(lambda x: jnp.sum(net.apply(params, x), -1)))(x)
    seen = np.abs(np.asarray(slopes)).reshape(64, 64) > 0
    assert (seen == np.tril(np.ones((64, 64), bool), -1)).all()
