"""SRResNet and SRGAN's D: published sizes, and what a pixel sees."""

from itertools import pairwise

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxgen.errors import InputError
from jaxgen.nets import net, srresnet
from weights import weights


def shapes(module, *shape):
    """Numbers of parameters, and the output, without computing them."""
    N, x = net(module), jnp.zeros(shape)
    params, stats = jax.eval_shape(N.init, jax.random.key(0), x)
    out, _ = jax.eval_shape(lambda p, s: N.apply(p, s, x, train=True), params, stats)
    return sum(leaf.size for leaf in jax.tree.leaves(params)), out.shape


def expected(factor, blocks=16):
    """Of 64 channels, by figure 4 of the paper."""
    conv = lambda side, enters, leaves, bias=1: side**2 * enters * leaves + bias * leaves  # noqa: E731
    normed, prelu = conv(3, 64, 64, 0) + 2 * 64, 1
    stages = {2: [2], 3: [3], 4: [2, 2]}[factor]
    grown = sum(conv(3, 64, 64 * stage**2) + prelu for stage in stages)
    return conv(9, 3, 64) + prelu + blocks * (2 * normed + prelu) + normed + grown + conv(9, 64, 3)


@pytest.mark.parametrize("factor", [2, 3, 4])
def test_published_numbers_of_parameters(factor):
    assert shapes(srresnet.Generator(3, factor), 1, 8, 12, 3) == (expected(factor), (1, 8 * factor, 12 * factor, 3))


def test_times_four_has_one_and_a_half_million():
    """1,549,462 in the usual PyTorch version, which has biases before its 33 BatchNorms."""
    assert expected(4) + 33 * 64 == 1_549_462


def test_a_d_of_the_papers_patches():
    """96 pixels become 6 x 6 x 512 features, all of which a layer of 1,024 sees."""
    widths = [3, 64, 64, 128, 128, 256, 256, 512, 512]
    convs = sum(9 * a * b + (2 * b if i else b) for i, (a, b) in enumerate(pairwise(widths)))
    count, out = shapes(srresnet.Discriminator(), 2, 96, 96, 3)
    assert (count, out) == (convs + 6 * 6 * 512 * 1024 + 1024 + 1024 + 1, (2,))
    assert shapes(srresnet.Discriminator(4, norm="spectral"), 2, 20, 36, 1)[1] == (2,)


@pytest.mark.parametrize("factor", [2, 3, 4])
def test_a_pixel_sees_its_halo_and_no_more(factor):
    """The gradients of a square of pixels that come from one, by what comes in; without BatchNorm's statistics."""
    G, side = srresnet.Generator(1, factor, 2, 1), 31
    N, x = net(G), np.float32(np.random.default_rng(0).normal(size=(1, side, side, 1)))
    params, stats = weights(N.init, x, spread=0.5)

    def middle(x):
        at = side // 2 * factor
        return jnp.sum(jnp.abs(N.apply(params, stats, x, train=False)[0][0, at : at + factor, at : at + factor]))

    rows, columns = np.nonzero(np.asarray(jax.jit(jax.grad(middle))(x))[0, :, :, 0])
    seen = np.abs(np.concatenate([rows, columns]) - side // 2).max()
    assert seen <= G.halo <= seen + 1


def test_other_factors_are_refused():
    with pytest.raises(InputError, match="become 2, 3, 4, 8 times as large, not 5"):
        shapes(srresnet.Generator(3, 5), 1, 8, 8, 3)
