"""Pixel shuffle in PyTorch's order, and a convolution of it that does not make it."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxgen.layers import pixel_shuffle
from jaxgen.layers.shuffle import shuffled_conv

RNG = np.random.default_rng(0)


@pytest.mark.parametrize("factor", [2, 3])
def test_the_order_is_that_of_torchs_documentation(factor):
    """(N, C r^2, H, W) -> (N, C, H r, W r): out[n, c, h r + i, w r + j] = in[n, c r^2 + i r + j, h, w]."""
    x = RNG.normal(size=(2, 3, 4, 5 * factor**2)).astype(np.float32)
    wanted = np.empty((2, 3 * factor, 4 * factor, 5), np.float32)
    for i in range(factor):
        for j in range(factor):
            for c in range(5):
                wanted[:, i::factor, j::factor, c] = x[..., c * factor**2 + i * factor + j]
    np.testing.assert_array_equal(pixel_shuffle(x, factor), wanted)


@pytest.mark.parametrize(("factor", "side"), [(2, 9), (3, 9), (2, 3)])
def test_a_convolution_of_what_is_shuffled(factor, side):
    """In values and in both gradients."""
    x = RNG.normal(size=(2, 6, 5, 2 * factor**2)).astype(np.float32)
    kernel, weight = RNG.normal(size=(side, side, 2, 3)), RNG.normal(size=(2, 6 * factor, 5 * factor, 3))

    def plain(x, kernel):
        dims = ("NHWC", "HWIO", "NHWC")
        return jax.lax.conv_general_dilated(pixel_shuffle(x, factor), kernel, (1, 1), "SAME", dimension_numbers=dims)

    @jax.jit
    def both(x, kernel, weight):
        ways = (plain, lambda x, kernel: shuffled_conv(x, kernel, factor))
        return [jax.value_and_grad(lambda *a, f=f: jnp.sum(f(*a) * weight), (0, 1))(x, kernel) for f in ways]

    wanted, found = both(x, kernel.astype(np.float32), weight.astype(np.float32))
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-3, atol=1e-3), found, wanted)
