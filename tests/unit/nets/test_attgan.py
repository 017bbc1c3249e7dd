"""AttGAN's nets: the published layers, the one shortcut, and where attributes go in."""

from itertools import pairwise

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxgen.errors import InputError
from jaxgen.nets import attgan, net
from weights import weights


def count(module, *xs):
    params, _ = jax.eval_shape(net(module).init, jax.random.key(0), *xs)
    return sum(x.size for x in jax.tree.leaves(params))


def test_parameters_of_the_published_nets_by_hand():
    """Of 128 pixels and 13 attributes: 64, 128, 256, 512, 1024 channels, and 1024, 512, 256, 128, 3 back."""
    x, a = jnp.zeros((1, 128, 128, 3)), jnp.zeros((1, 13))
    down = [3, 64, 128, 256, 512, 1024]
    convolutions = sum(16 * i * o for i, o in pairwise(down))
    up = [(1024 + 13, 1024), (1024 + 512 + 13, 512), (512, 256), (256, 128), (128, 3)]
    norms = 2 * (sum(down[1:]) + 1024 + 512 + 256 + 128)
    assert count(attgan.Generator(3), x, a) == convolutions + sum(16 * i * o for i, o in up) + norms + 3
    hidden = 4 * 4 * 1024 * 1024 + 1024
    heads = 2 * hidden + 1024 + 1 + 13 * 1024 + 13
    assert count(attgan.Discriminator(13), x) == convolutions + sum(down[1:]) + heads


def ready(module, *xs):
    N = net(module)
    return N, *weights(N.init, *xs, spread=0.3)


def test_several_vectors_are_as_each_alone_and_beyond_what_images_have():
    rng = np.random.default_rng(0)
    x, a, b = (np.float32(rng.normal(size=s)) for s in ((3, 16, 16, 1), (3, 4), (3, 4)))
    G, params, stats = ready(attgan.Generator(1, 4), x, a)
    draw = jax.jit(lambda *told: G.apply(params, stats, x, *told, train=False)[0])
    both = draw(a, b)
    np.testing.assert_allclose(both[0], draw(a), atol=1e-5)
    np.testing.assert_allclose(both[1], draw(b), atol=1e-5)
    assert np.abs(both[0] - both[1]).max() > 0.01
    assert np.abs(draw(2 * a) - draw(a)).max() > 0.01


@pytest.mark.parametrize(("size", "layers"), [(16, 2), (28, 2), (32, 3), (48, 3), (64, 4), (128, 5), (256, 6)])
def test_layers_leave_four_to_seven_pixels(size, layers):
    assert attgan.layers(size) == layers
    assert 4 <= size >> layers < 8


@pytest.mark.parametrize(("size", "near"), [(8, 16), (30, 24), (50, 48), (0, 16)])
def test_other_sizes_are_refused(size, near):
    with pytest.raises(InputError, match=f"--size {near} resizes"):
        attgan.layers(size)


def test_a_d_of_any_norm_says_both():
    x = jnp.zeros((2, 16, 16, 3))
    for norm in ("none", "batch", "spectral"):
        N = net(attgan.Discriminator(5, 4, norm=norm))
        params, stats = jax.eval_shape(N.init, jax.random.key(0), x)
        (scores, logits), _ = jax.eval_shape(lambda p, s, N=N: N.apply(p, s, x, train=True), params, stats)
        assert (scores.shape, logits.shape) == ((2,), (2, 5))
        assert bool(stats) == (norm != "none")
        told = " ".join(jax.tree_util.keystr(path) for path, _ in jax.tree.leaves_with_path(stats))
        assert ("Dense_1" in told) == (norm == "spectral")
        assert "Dense_3" not in told  # C's: it may be sure
