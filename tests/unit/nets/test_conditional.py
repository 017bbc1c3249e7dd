"""Nets that are told a class, or find one: that it is heard, published sizes, weights of classes between two."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxgen.errors import InputError
from jaxgen.nets import conditional, infogan, net
from weights import weights


def ready(module, *xs):
    N = net(module)
    return N, *weights(N.init, *xs, spread=0.05)


def normal(*shape):
    return np.float32(np.random.default_rng(1).normal(size=shape))


def drawn(module, *xs):
    G, params, stats = ready(module, *xs)
    return np.asarray(jax.jit(lambda: G.apply(params, stats, *xs, train=False)[0])())


TOLD = [("input", 0), ("input", 5), ("norm", 0), ("norm", 5)]


@pytest.mark.parametrize(("how", "embedding"), TOLD)
def test_g_is_told_a_class(how, embedding):
    z, labels = np.ones((3, 4), np.float32), np.array([0, 2, 2])
    images = drawn(conditional.Generator(3, 16, 1, 2, embedding=embedding, how=how), z, labels)
    assert images.shape == (3, 16, 16, 1)
    np.testing.assert_array_equal(images[1], images[2])
    assert not np.array_equal(images[0], images[1])


@pytest.mark.parametrize(("how", "embedding"), TOLD)
def test_weights_of_classes_lie_between_them(how, embedding):
    G = conditional.Generator(3, 16, 1, 2, embedding=embedding, how=how)
    z, weight = np.ones((3, 4), np.float32), np.float32([[1, 0, 0], [0.5, 0, 0.5], [0, 0, 1]])
    by_weight, by_number = drawn(G, z, weight), drawn(G, z, np.array([0, 1, 2]))
    np.testing.assert_allclose(by_weight[[0, 2]], by_number[[0, 2]], atol=1e-5)
    assert np.abs(by_weight[1] - by_number).max((1, 2, 3)).min() > 1e-4


@pytest.mark.parametrize("norm", ["batch", "spectral"])
def test_d_is_told_a_class_by_planes_or_by_projection(norm):
    x, labels = normal(1, 16, 16, 1).repeat(3, 0), np.array([0, 2, 2])
    for how, pooled in (("planes", True), ("projection", True), ("projection", False)):
        scores = drawn(conditional.Discriminator(3, 2, norm=norm, how=how, pooled=pooled), x, labels)
        assert scores.shape == (3,)
        np.testing.assert_allclose(scores[1], scores[2], rtol=1e-6)
        assert abs(scores[0] - scores[1]) > 1e-6


@pytest.mark.parametrize("norm", ["batch", "spectral", "none"])
def test_an_auxiliary_classifier_says_it(norm):
    D, params, stats = ready(conditional.Auxiliary(3, 2, norm=norm), x := normal(4, 16, 16, 1))
    scores, logits = jax.jit(lambda: D.apply(params, stats, x, train=False)[0])()
    assert (scores.shape, logits.shape, logits.dtype) == ((4,), (4, 3), jnp.float32)


def test_infogans_nets_are_table_1s():
    def count(module, *xs):
        params, _ = jax.eval_shape(net(module).init, jax.random.key(0), *xs)
        return sum(x.size for x in jax.tree.leaves(params))

    z, code, x = jnp.zeros((2, 64)), jnp.zeros(2, jnp.int32), jnp.zeros((2, 28, 28, 1))
    dense = 74 * 1024 + 2 * 1024 + 1024 * 7 * 7 * 128 + 2 * 7 * 7 * 128
    assert count(infogan.Generator(10, 28, 1), z, code) == dense + 16 * 128 * 64 + 2 * 64 + 16 * 64 + 1
    body = 16 * 64 + 64 + 16 * 64 * 128 + 2 * 128 + 7 * 7 * 128 * 1024 + 2 * 1024
    assert count(infogan.Discriminator(10, 2), x) == body + 1025 + 1024 * 128 + 2 * 128 + 129 * (10 + 2)


def test_q_reads_codes_of_images_of_other_sizes_and_norms():
    for norm in ("batch", "spectral", "none"):
        D, params, stats = ready(infogan.Discriminator(5, 3, 2, norm=norm), x := normal(4, 16, 16, 3))
        scores, (codes, means) = jax.jit(lambda D=D, p=params, s=stats, x=x: D.apply(p, s, x, train=False)[0])()
        assert (scores.shape, codes.shape, means.shape) == ((4,), (4, 5), (4, 3))
    with pytest.raises(InputError, match="divides by 4, not 18"):
        drawn(infogan.Generator(5, 18, 1, 2), normal(2, 4), np.array([0, 1]))
