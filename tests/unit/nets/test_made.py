"""MADE sees exactly the pixels before, its probabilities are some, and sampling it makes use of that."""

from itertools import product

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxgen import pixels
from jaxgen.nets.made import MADE
from jaxgen.sampling import ancestral
from weights import weights

NETS = {
    "FVBN": MADE(1, ()),
    "narrow": MADE(1, (5,)),
    "deep": MADE(1, (40, 30, 50)),
}
each = pytest.mark.parametrize("net", NETS.values(), ids=NETS)


def trained(net, shape):
    """Parameters as training might leave them: none is 0."""
    return weights(net.init, np.zeros((1, *shape), np.float32), spread=0.3)["params"]


def seen(net, shape, params):
    """Whether an output [H W steps] depends on an input [H W C], by the Jacobian at an image of random numbers."""
    x = np.random.default_rng(2).normal(size=(1, *shape)).astype(np.float32)
    told = lambda x: jnp.sum(net.apply({"params": params}, x).reshape(-1, net.out // net.steps), -1)  # noqa: E731
    slopes = jax.jit(jax.jacrev(told))(x)
    return np.abs(np.asarray(slopes)).reshape(-1, np.prod(shape)) > 0


@each
def test_the_jacobian_is_zero_at_and_after_each_pixel(net):
    found = seen(net, (3, 4, 1), trained(net, (3, 4, 1)))
    before = np.tril(np.ones((12, 12), bool), -1)
    np.testing.assert_array_equal(found, before)  # the direct connections see all that may be seen


def test_hidden_units_carry_what_pixels_before_say():
    """Without the direct connections too, a pixel depends on all before it, and on no other."""
    net = MADE(1, (200, 200))
    params = trained(net, (3, 4, 1))
    params["direct"] = jax.tree.map(np.zeros_like, params["direct"])
    np.testing.assert_array_equal(seen(net, (3, 4, 1), params), np.tril(np.ones((12, 12), bool), -1))


def test_channels_come_in_order_or_together():
    shape, positions = (2, 2, 3), np.arange(12)
    net = MADE(6, (40,), steps=3)
    np.testing.assert_array_equal(seen(net, shape, trained(net, shape)), positions[:, None] > positions)
    net = MADE(7, (40,))
    np.testing.assert_array_equal(seen(net, shape, trained(net, shape)), np.arange(4)[:, None] > positions // 3)


@each
def test_probabilities_of_all_binary_images_sum_to_one(net):
    images = np.float32(list(product([-1, 1], repeat=9))).reshape(-1, 3, 3, 1)
    nats = jax.jit(lambda params: pixels.bernoulli().unlikely(net.apply({"params": params}, images), images))
    log_p = -np.asarray(nats(trained(net, (3, 3, 1))))
    assert np.exp(log_p).sum() == pytest.approx(1, abs=1e-5)
    assert np.ptp(log_p) > 1


def test_a_fully_visible_belief_net_is_a_logistic_regression_of_each_pixel():
    net, x = MADE(1, ()), np.random.default_rng(0).normal(size=(5, 2, 3, 1))
    params = trained(net, (2, 3, 1))
    kernel, bias = (np.asarray(params["direct"][name], float) for name in ("kernel", "bias"))
    flat = x.reshape(5, 6)
    wanted = np.stack([flat[:, :d] @ kernel[:d, d] + bias[d] for d in range(6)], 1)
    told = jax.jit(net.apply)({"params": params}, np.float32(x))
    np.testing.assert_allclose(told[..., 0].reshape(5, 6), wanted, rtol=1e-5, atol=1e-5)


def test_steps_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="cannot come in 2 steps"):
        jax.eval_shape(MADE(6, (8,), steps=2).init, jax.random.key(0), np.zeros((1, 2, 2, 3)))


SAMPLED = {
    "FVBN": (MADE(1, ()), pixels.bernoulli(), 1),
    "fewer units than pixels": (MADE(1, (7, 5)), pixels.bernoulli(), 1),
    "deep": (MADE(1, (40, 30, 50)), pixels.bernoulli(), 1),
    "channels in order": (MADE(12, (60, 40), steps=3), pixels.categorical(3, 4), 3),
    "channels together": (MADE(20, (60,)), pixels.logistics(3, 2), 3),
}
SLOW = "deep", "channels together"


@pytest.mark.parametrize(
    ("net", "family", "channels"),
    [pytest.param(*row, id=n, marks=[pytest.mark.slow] if n in SLOW else []) for n, row in SAMPLED.items()],
)
def test_cached_is_naive_and_known_pixels_stay(net, family, channels):
    shape = (4, 5, channels)
    params, keys = trained(net, shape), jax.random.split(jax.random.key(3), 3)
    rng = np.random.default_rng(0)
    known = rng.random((3, 4, 5)) < 0.3
    known[0] = False
    images = np.float32(rng.choice([-1.0, 1.0], (3, *shape)))
    both = jax.jit(lambda x: [how(net, params, keys, x, known, family) for how in (ancestral.cached, ancestral.naive)])
    fast, slow = jax.device_get(both(images))
    np.testing.assert_allclose(fast, slow, atol=1e-6)
    np.testing.assert_array_equal(fast[known], images[known])
    assert not np.array_equal(fast, images)
