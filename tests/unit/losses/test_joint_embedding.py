"""The structured joint embedding: by hand, by the authors' loops, and on several devices."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.sharding import PartitionSpec as P

from jaxgen.executors import data_mesh
from jaxgen.losses import joint_embedding
from jaxgen.parallel import AXIS

RNG = np.random.default_rng(0)
V, T = RNG.normal(size=(2, 8, 3)).astype(np.float32)
CLASSES = np.array([0, 1, 2, 0, 3, 1, 1, 4])
symmetric = jax.jit(joint_embedding.symmetric)


def test_two_pairs_by_hand():
    v, t = np.float32([[1, 0], [0, 2]]), np.float32([[2, 1], [0, 1]])
    # products: v0 t0 = 2, v0 t1 = 0, v1 t0 = 2, v1 t1 = 2
    # v0: 1 + 0 - 2 < 0; v1: 1 + 2 - 2 = 1; t0: 1 + 2 - 2 = 1; t1: 1 + 0 - 2 < 0; each over N = 2
    np.testing.assert_allclose(symmetric(v, t), [0.5, 0.5])


def by_loops(v, t, labels):
    """The authors' train_sje_hybrid.lua, JointEmbeddingLoss, both ways, of classes that may come more than once."""
    n, loss = len(v), 0.0
    for a, b in ((v, t), (t, v)):
        for i in range(n):
            for j in range(n):
                if labels[i] != labels[j]:
                    loss += max(0.0, float(a[i] @ b[j]) - float(a[i] @ b[i]) + 1)
    return loss / n**2


@pytest.mark.parametrize("labels", [None, CLASSES])
def test_it_is_the_authors_loss(labels):
    expected = by_loops(V, T, range(8) if labels is None else labels)
    assert float(symmetric(V, T, labels).mean()) == pytest.approx(expected, rel=1e-5)


def test_classes_may_be_whole_rows():
    tokens = np.stack([CLASSES % 2, CLASSES // 2], 1)
    np.testing.assert_allclose(symmetric(V, T, tokens), symmetric(V, T, CLASSES), rtol=1e-6)


def test_what_is_found():
    products = V @ T.T
    best = products.argmax(1)
    np.testing.assert_array_equal(joint_embedding.found(V, T), best == np.arange(8))
    np.testing.assert_array_equal(joint_embedding.found(V, T, CLASSES), CLASSES[best] == CLASSES)


@pytest.mark.parametrize("same", [False, True])
def test_devices_see_the_whole_batch(same):
    """Values and gradients of the mean are those of one device."""
    given = (V, T, CLASSES)[: 2 + same]

    def loss(v, t, *classes):
        return joint_embedding.symmetric(v, t, *classes)

    def gradient(v, t, *classes):
        return jax.grad(lambda v: jnp.sum(loss(v, t, *classes)))(v)

    for function in (loss, gradient):
        split = jax.shard_map(function, mesh=data_mesh(jax.devices()[:4]), in_specs=P(AXIS), out_specs=P(AXIS))
        np.testing.assert_allclose(jax.jit(split)(*given), jax.jit(function)(*given), rtol=1e-5, atol=1e-6)
