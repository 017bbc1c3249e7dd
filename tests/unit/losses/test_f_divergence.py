"""The bound of every f-divergence against the divergence itself, between distributions of five points in float64."""

from math import log

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.spatial.distance import jensenshannon

from jaxgen.losses import adversarial, f_divergence

P = np.array([0.1, 0.2, 0.3, 0.15, 0.25])
Q = np.array([0.3, 0.05, 0.25, 0.3, 0.1])
U = P / Q
JSD = jensenshannon(P, Q) ** 2  # scipy gives the square root, in nats

# Divergence of P from Q, and the best D's score: the v with g_f(v) = f'(p/q), worked out by hand.
ROWS = {
    "KL": (np.sum(P * np.log(U)), 1 + np.log(U)),
    "REVERSE_KL": (np.sum(Q * np.log(1 / U)), np.log(U)),  # -exp(-v) = -1/u
    "PEARSON": (np.sum((P - Q) ** 2 / Q), 2 * (U - 1)),
    "SQUARED_HELLINGER": (np.sum((np.sqrt(P) - np.sqrt(Q)) ** 2), np.log(U) / 2),  # 1 - exp(-v) = 1 - 1/sqrt(u)
    "JENSEN_SHANNON": (2 * JSD, np.log(U)),
    "GAN": (2 * JSD - log(4), np.log(U)),
}
rows = pytest.mark.parametrize("name", ROWS)


def bound(divergence, scores):
    """E_P g_f - E_Q f* g_f, from the loss itself: D's loss is a sum of a part of each score."""
    zero = jnp.zeros_like(scores)
    real = f_divergence.discriminator(scores, zero, divergence=divergence)
    fake = f_divergence.discriminator(zero, scores, divergence=divergence)
    both = f_divergence.discriminator(zero, zero, divergence=divergence)
    return -jnp.sum(P * real + Q * (fake - both))


@pytest.fixture
def float64():
    with jax.enable_x64(True):
        yield


def test_every_divergence_has_a_row():
    assert set(ROWS) == {name for name, d in vars(f_divergence).items() if isinstance(d, f_divergence.Divergence)}


@rows
@pytest.mark.usefixtures("float64")
def test_the_bound_is_tight_at_the_best_scores_and_below_the_divergence_elsewhere(name):
    divergence, (exact, best) = getattr(f_divergence, name), ROWS[name]
    loss = jax.jit(jax.value_and_grad(lambda v: bound(divergence, v)))
    value, gradient = loss(best)
    np.testing.assert_allclose(value, exact, rtol=1e-12)
    np.testing.assert_allclose(gradient, 0, atol=1e-12)
    for seed in range(5):
        away = best + np.random.default_rng(seed).normal(scale=0.3, size=5)
        assert loss(away)[0] < exact - 1e-4


@rows
@pytest.mark.usefixtures("float64")
def test_a_search_for_the_best_scores_ends_at_the_divergence(name):
    divergence, (exact, _) = getattr(f_divergence, name), ROWS[name]
    loss = jax.jit(jax.value_and_grad(lambda v: bound(divergence, v)))  # the same program as in the test before
    found = minimize(lambda v: -float(loss(v)[0]), np.zeros(5), tol=1e-10)
    np.testing.assert_allclose(-found.fun, exact, rtol=1e-6)


@rows
@pytest.mark.usefixtures("float64")
def test_the_closed_form_is_the_conjugate_of_the_activation_and_a_large_score_means_real(name):
    divergence = getattr(f_divergence, name)

    @jax.jit
    def parts(v):
        t = divergence.activation(v)
        return t, divergence.composed(v), divergence.conjugate(t)

    activated, composed, conjugated = parts(np.linspace(-8, 8, 65))
    np.testing.assert_allclose(composed, conjugated, rtol=1e-9, atol=1e-12)
    assert (np.diff(activated) > 0).all()


@rows
@pytest.mark.usefixtures("float64")
def test_the_conjugate_is_the_one_of_its_f(name):
    """sup_u (u t - f(u)) by search over u, at values t that activations take."""
    f = {
        "KL": lambda u: u * np.log(u),
        "REVERSE_KL": lambda u: -np.log(u),
        "PEARSON": lambda u: (u - 1) ** 2,
        "SQUARED_HELLINGER": lambda u: (np.sqrt(u) - 1) ** 2,
        "JENSEN_SHANNON": lambda u: u * np.log(u) - (u + 1) * np.log((u + 1) / 2),
        "GAN": lambda u: u * np.log(u) - (u + 1) * np.log(u + 1),
    }[name]
    divergence = getattr(f_divergence, name)
    u = np.exp(np.linspace(-12, 12, 400_001))
    for t in np.asarray(divergence.activation(jnp.array([-0.9, -0.2, 0.4, 1.1]))):
        np.testing.assert_allclose(divergence.conjugate(jnp.asarray(t)), np.max(u * t - f(u)), rtol=1e-7, atol=1e-8)


def test_gan_is_the_original_game():
    real, fake = np.random.default_rng(0).normal(scale=8, size=(2, 64)).astype(np.float32)
    for ours, original, scores in [
        (f_divergence.discriminator, adversarial.discriminator, (real, fake)),
        (f_divergence.generator, adversarial.minimax, (fake,)),
        (f_divergence.non_saturating, adversarial.non_saturating, (fake,)),
    ]:
        np.testing.assert_array_equal(ours(*scores, divergence=f_divergence.GAN), original(*scores))


@pytest.mark.parametrize("name", ["PEARSON", "JENSEN_SHANNON", "GAN"])
def test_extreme_scores_are_finite_where_the_divergence_is_not_exponential(name):
    scores = jnp.array([-1e4, -100.0, 0.0, 100.0, 1e4])
    losses = (f_divergence.generator, f_divergence.non_saturating)
    for loss in (*losses, lambda v, divergence: f_divergence.discriminator(v, v, divergence=divergence)):
        values, pull = jax.vjp(lambda v, loss=loss: loss(v, divergence=getattr(f_divergence, name)), scores)
        assert np.isfinite(values).all()
        assert np.isfinite(pull(jnp.ones(5))[0]).all()
