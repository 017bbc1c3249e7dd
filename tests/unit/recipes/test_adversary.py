"""Adversaries: D's and G's terms against their formulas, for scores of any shape, and where scores have their zero."""

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from scipy.special import expit

from jaxgen.losses import f_divergence
from jaxgen.recipes.adversary import NON_SATURATING, Adversary
from jaxgen.recipes.objectives import OBJECTIVES

RNG = np.random.default_rng(0)
REAL, FAKE = RNG.normal(size=(2, 5, 3)).astype(np.float32)
KEYS = jax.random.split(jax.random.key(0), 5)
W = RNG.normal(size=(3, 2, 2)).astype(np.float32)
ZEROS = {"lsgan": 0.5, "kl": 1.0} | dict.fromkeys(("wgan", "wgan_gp", "relativistic", "r3gan", "softmax"))


def one(x, train=True):
    """A score an example, which tells training apart."""
    return x @ W[:, 0, 0] + (0 if train else 1)


def maps(x, train=True):
    """Scores of four patches."""
    return jnp.einsum("bi,ihw->bhw", x, W)


def softplus(x):
    return np.logaddexp(0, np.asarray(x, np.float64))


@pytest.mark.parametrize("score", [one, maps])
def test_judge_and_fool_by_hand(score):
    terms, watched = NON_SATURATING.judge(score, REAL, FAKE, KEYS)
    real, fake = (np.asarray(score(x)).reshape(5, -1) for x in (REAL, FAKE))
    assert set(terms) == {"adversarial"}
    weight, values = terms["adversarial"]
    assert weight == 1
    np.testing.assert_allclose(values, (softplus(-real) + softplus(fake)).mean(1), rtol=1e-5)
    assert float(jnp.mean(watched["accuracy_real"])) == pytest.approx((real > 0).mean())
    assert float(jnp.mean(watched["accuracy_fake"])) == pytest.approx((fake < 0).mean())
    assert float(jnp.mean(watched["score_fake"])) == pytest.approx(fake.mean(), rel=1e-5)
    ((weight, values),) = NON_SATURATING.fool(score, FAKE, REAL).values()
    np.testing.assert_allclose(weight * values, softplus(-fake).mean(1), rtol=1e-5)


@pytest.mark.parametrize("score", [one, maps])
def test_a_relative_adversary_sees_both_kinds_in_gs_loss_and_watches_gaps_instead_of_accuracy(score):
    r3gan = OBJECTIVES["r3gan"].adversary
    real, fake = (np.asarray(score(x)).reshape(5, -1) for x in (REAL, FAKE))
    np.testing.assert_allclose(
        r3gan.fool(score, FAKE, REAL)["adversarial"][1], softplus(real - fake).mean(1), rtol=1e-5
    )
    _, watched = r3gan.judge(score, REAL, FAKE, KEYS)
    assert set(watched) == {"score_real", "score_fake", "gap_fake", "gap_fake_square"}
    gap = real - fake
    assert float(jnp.mean(watched["gap_fake"])) == pytest.approx(gap.mean(), rel=1e-4)
    assert float(jnp.mean(watched["gap_fake_square"])) == pytest.approx((gap**2).mean(), rel=1e-4)


def test_penalties_see_the_critic_by_its_running_statistics_and_keys_of_their_own():
    def penalty(critic, real, fake, keys):
        seen.append(keys)
        return critic(real) + 2 * critic(fake)

    seen = []
    terms, _ = replace(NON_SATURATING, penalties={"p": (3.0, penalty)}).judge(one, REAL, FAKE, KEYS)
    weight, values = terms["p"]
    assert weight == 3
    np.testing.assert_allclose(values, REAL @ W[:, 0, 0] + 1 + 2 * (FAKE @ W[:, 0, 0] + 1), rtol=1e-5)
    own = jax.vmap(lambda key: jax.random.fold_in(key, 1))(KEYS)
    np.testing.assert_array_equal(jax.random.key_data(seen[0]), jax.random.key_data(own))
    critic = lambda critic, real, fake, keys: critic(real)  # noqa: E731
    terms, _ = replace(NON_SATURATING, penalties={"p": (1.0, critic)}).judge(maps, REAL, FAKE, KEYS)
    np.testing.assert_allclose(terms["p"][1], np.asarray(maps(REAL)).reshape(5, -1).mean(1), rtol=1e-4)


def test_losses_and_penalties_are_means_over_kinds_of_fakes():
    more = RNG.normal(size=(5, 3)).astype(np.float32)
    adversary = OBJECTIVES["wgan_gp"].adversary
    both, watched = adversary.judge(one, REAL, {"again": FAKE, "fresh": more}, KEYS)
    single = [adversary.judge(one, REAL, fake, KEYS)[0] for fake in (FAKE, more)]
    for name in ("adversarial", "gradient"):
        np.testing.assert_allclose(both[name][1], sum(terms[name][1] for terms in single) / 2, rtol=1e-5)
    assert {"score_real", "score_again", "score_fresh"} < set(watched)
    np.testing.assert_allclose(adversary.fooled(None, one(FAKE), one(more)), -(one(FAKE) + one(more)) / 2, rtol=1e-5)


@pytest.mark.parametrize("name", OBJECTIVES)
def test_the_best_d_of_equal_densities_scores_zero(name):
    """Where p is q, D's loss of one score for both is least there. Where scores have no zero, it is so everywhere."""
    adversary = OBJECTIVES[name].adversary
    assert adversary.zero == ZEROS.get(name, 0.0)

    def slope(score):
        loss = lambda s: jnp.mean(adversary.judged(s, s))  # noqa: E731
        return float(jnp.sum(jax.grad(loss)(jnp.full(8, score))))

    if adversary.zero is None:
        assert [slope(score) for score in (-1.0, 0.0, 2.0)] == pytest.approx([0, 0, 0], abs=1e-6)
    else:
        assert slope(adversary.zero) == pytest.approx(0, abs=1e-6)
        assert slope(adversary.zero + 0.5) >= 0 >= slope(adversary.zero - 0.5)
        at = lambda s: float(jnp.mean(adversary.judged(jnp.full(8, s), jnp.full(8, s))))  # noqa: E731
        assert at(adversary.zero) <= min(at(adversary.zero + 0.5), at(adversary.zero - 0.5))


@pytest.mark.parametrize(
    ("name", "divergence", "slope"),
    [
        ("kl", f_divergence.KL, 1.0),
        ("reverse_kl", f_divergence.REVERSE_KL, -1.0),
        ("pearson", f_divergence.PEARSON, 0.0),
        ("hellinger", f_divergence.SQUARED_HELLINGER, 0.0),
        ("jensen_shannon", f_divergence.JENSEN_SHANNON, 0.0),
    ],
)
def test_an_f_gans_zero_is_nowozins_threshold(name, divergence, slope):
    """g_f(zero) = f'(1), f' worked out by hand: log u + 1, -1 / u, 2 (u - 1), 1 - u^-1/2 and log(2 u / (u + 1))."""
    zero = OBJECTIVES[name].adversary.zero
    assert float(divergence.activation(jnp.float32(zero))) == pytest.approx(slope, abs=1e-6)


def test_a_d_that_knows_both_densities_is_right_as_often_as_bayes():
    """The best D's score at p / q, of each objective by its own formula, is above the zero where p is above q."""
    ratio = jnp.array([0.2, 0.9, 1.1, 5.0])
    best = {
        "non_saturating": jnp.log(ratio),
        "lsgan": ratio / (1 + ratio),
        "kl": 1 + jnp.log(ratio),
        "reverse_kl": jnp.log(ratio),
        "pearson": 2 * (ratio - 1),
        "hellinger": jnp.log(ratio) / 2,
        "jensen_shannon": jnp.log(ratio),
    }
    for name, scores in best.items():
        adversary = OBJECTIVES[name].adversary
        np.testing.assert_array_equal(scores > adversary.zero, ratio > 1)
        loss = lambda s, a=adversary: jnp.sum(  # noqa: E731
            ratio * a.judged(s, jnp.zeros(4)) + a.judged(jnp.zeros(4), s)
        )  # p / q times the part of real scores, and that of fakes; what the zeros add is constant
        assert float(optax.tree.norm(jax.grad(loss)(scores))) == pytest.approx(0, abs=1e-5), name


def test_the_default_is_the_logistic_game():
    assert Adversary(NON_SATURATING.discriminator, NON_SATURATING.generator) == replace(NON_SATURATING, penalties={})
    slope = jax.grad(lambda s: jnp.sum(NON_SATURATING.fooled(None, s)))(jnp.asarray(REAL[:, 0]))
    np.testing.assert_allclose(slope, expit(REAL[:, 0]) - 1, rtol=1e-5)
