"""Divergences, decoders' likelihoods and bounds beside scipy, Monte Carlo and a model whose evidence is known."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from scipy import stats

from jaxgen import latents, nets
from jaxgen.data import open_source
from jaxgen.errors import InputError
from jaxgen.game import Net, Turn
from jaxgen.losses import divergence, importance, reconstruction
from jaxgen.losses.decoders import likelihood
from jaxgen.nets.vae import ConvDecoder, ConvEncoder
from jaxgen.recipes import vae

RNG = np.random.default_rng(0)
MEAN, LOG_VARIANCE, OTHER, OTHER_LOG_VARIANCE = RNG.normal(size=(4, 2, 3)).astype(np.float32)


def test_divergences_are_monte_carlos():
    z = MEAN + np.exp(LOG_VARIANCE / 2) * RNG.normal(size=(400_000, 2, 3))
    log_q = stats.norm.logpdf(z, MEAN, np.exp(LOG_VARIANCE / 2))
    to_standard = (log_q - stats.norm.logpdf(z)).sum(-1)
    between = (log_q - stats.norm.logpdf(z, OTHER, np.exp(OTHER_LOG_VARIANCE / 2))).sum(-1)
    for seen, ours in (
        (to_standard, divergence.to_standard(MEAN, LOG_VARIANCE)),
        (between, divergence.between(MEAN, LOG_VARIANCE, OTHER, OTHER_LOG_VARIANCE)),
    ):
        assert np.all(np.abs(seen.mean(0) - ours) < 5 * seen.std(0) / np.sqrt(len(z)))


def test_divergences_by_hand():
    mean, log_variance = jnp.array([[0.0, 2.0]]), jnp.array([[0.0, np.log(4)]])
    np.testing.assert_allclose(divergence.to_standard(mean, log_variance), [(4 + 4 - 1 - np.log(4)) / 2], rtol=1e-6)
    np.testing.assert_allclose(divergence.between(mean, log_variance, mean, log_variance), [0], atol=1e-7)


def test_free_bits_are_a_minimum_of_each_latents_mean():
    mean, zeros = jnp.array([[0.1, 2.0], [0.3, 0.0]]), jnp.zeros((2, 2))  # KLs .005, 2 and .045, 0: means .025 and 1
    values = divergence.free_bits(mean, zeros, 0.5)
    assert float(jnp.mean(values)) == pytest.approx(0.5 + 1.0)
    gradient = jax.grad(lambda m: jnp.sum(divergence.free_bits(m, zeros, 0.5)))(mean)
    np.testing.assert_allclose(gradient, [[0, 2], [0, 0]])
    np.testing.assert_allclose(divergence.free_bits(mean, zeros, 0.0), divergence.to_standard(mean, zeros))


def test_likelihoods_are_scipys():
    x = RNG.integers(0, 2, (3, 4)).astype(np.float32)
    logits, scale = RNG.normal(size=(2, 3, 4)).astype(np.float32)
    bernoulli = -stats.bernoulli.logpmf(x, 1 / (1 + np.exp(-logits.astype(float)))).sum(-1)
    np.testing.assert_allclose(reconstruction.bernoulli(logits, x), bernoulli, rtol=1e-5)
    gaussian = -stats.norm.logpdf(x, logits, np.exp(scale / 2)).sum(-1)
    np.testing.assert_allclose(reconstruction.gaussian(logits, scale, x), gaussian, rtol=1e-5)
    levels = RNG.integers(1, 255, (3, 4))
    grey = levels / 127.5 - 1
    cdf = lambda k: stats.logistic.cdf(k / 127.5 - 1, logits.astype(float), np.exp(scale.astype(float)))  # noqa: E731
    logistic = -np.log(cdf(levels + 0.5) - cdf(levels - 0.5)).sum(-1)
    np.testing.assert_allclose(reconstruction.logistic(logits, scale, grey.astype(np.float32)), logistic, rtol=1e-4)
    np.testing.assert_allclose(reconstruction.squared(logits, x), ((logits - x) ** 2).sum(-1), rtol=1e-5)


@pytest.mark.parametrize("mean", [-3.0, -1.0, 0.01, 1.0])
@pytest.mark.parametrize("log_scale", [-20.0, -7.0, -3.0, 0.0, 6.0])
def test_the_256_levels_sum_to_one(mean, log_scale):
    levels = (jnp.arange(256.0) / 127.5 - 1)[:, None]
    log_p = -reconstruction.logistic(jnp.full((256, 1), mean), jnp.full((256, 1), log_scale), levels)
    assert float(jnp.sum(jnp.exp(log_p))) == pytest.approx(1, abs=1e-4)


@pytest.mark.parametrize("log_scale", [-1e4, 0.0, 80.0, 100.0])
def test_logistics_and_their_gradients_stay_finite(log_scale):
    arguments = jnp.array([[-50.0, 0, 50]]), jnp.full((1, 3), log_scale), jnp.array([[1.0, 1 / 255, -1]])
    total = lambda *a: jnp.sum(reconstruction.logistic(*a))  # noqa: E731
    values, gradients = jax.jit(jax.value_and_grad(total, (0, 1)))(*arguments)
    assert np.isfinite(values)
    assert np.all(np.isfinite(gradients))


def test_the_importance_weighted_bound_is_the_mean_weights_logarithm():
    weights = RNG.uniform(0.1, 2, (5, 3)).astype(np.float32)
    np.testing.assert_allclose(importance.bound(jnp.log(weights)), np.log(weights.mean(0)), rtol=1e-4, atol=1e-6)
    assert np.all(np.isfinite(importance.bound(jnp.full((4, 2), -1e5))))


# z ~ N(0, 1), x = 2 z + N(0, 1): the evidence is N(0, 5), and the posterior N(2 x / 5, 1 / 5).
def _encoder(slope: float, variance: float) -> Net:
    def apply(params, stats, x, train):
        z = slope * x.reshape(len(x), 1)
        return (z, jnp.full_like(z, np.log(variance))), stats

    return Net(lambda key, x: ({}, {}), apply)


DECODER = Net(
    lambda key, z: ({"slope": jnp.array(2.0)}, {}),
    lambda params, stats, z, train: (params["slope"] * z.reshape(-1, 1, 1, 1), stats),
)


def _unlikely(mean, images):
    return reconstruction.gaussian(mean, jnp.zeros_like(mean), images)


X = jnp.array([-2.0, 0.5, 3.0]).reshape(3, 1, 1, 1)
EVIDENCE = stats.norm.logpdf(np.array([-2.0, 0.5, 3.0]), 0, np.sqrt(5))
KEYS = jax.random.split(jax.random.key(0), 3)


def _weights(E: Net, samples: int):
    def rest(z, images):
        return _unlikely(DECODER.apply({"slope": jnp.array(2.0)}, {}, z, train=False)[0], images)

    @jax.jit
    def weights(keys):
        mean, log_variance = E.apply({}, {}, X, train=False)[0]
        return importance.log_weights(rest, X, latents.posterior(mean, log_variance, keys, samples), mean, log_variance)

    return weights(KEYS)


def test_weights_by_the_true_posterior_are_the_evidence():
    np.testing.assert_allclose(_weights(_encoder(2 / 5, 1 / 5), 4), np.tile(EVIDENCE, (4, 1)), rtol=1e-5)


def test_the_bound_rises_with_its_samples_to_the_evidence():
    weights = _weights(_encoder(0.3, 0.5), 60_000)
    groups = [jnp.asarray(np.asarray(weights).reshape(-1, k, 3)) for k in (1, 5, 50)]

    @jax.jit
    def means(groups, whole):
        return [jnp.mean(jax.vmap(importance.bound)(x)) for x in groups], jnp.mean(importance.bound(whole))

    bounds, whole = jax.device_get(means(groups, weights))
    assert bounds[0] < bounds[1] < bounds[2] < np.mean(EVIDENCE)
    assert whole == pytest.approx(np.mean(EVIDENCE), abs=0.01)
    variance, mean = 0.5, 0.3 * np.array([-2.0, 0.5, 3.0])
    away = (variance * 5 + (mean - 0.4 * np.array([-2.0, 0.5, 3.0])) ** 2 * 5 - 1 - np.log(variance * 5)) / 2
    assert bounds[0] == pytest.approx(np.mean(EVIDENCE - away), abs=0.02)  # log p(x) - KL(q || posterior)


def test_samples_are_reparameterised():
    mean, log_variance = jnp.ones((3, 2)), jnp.full((3, 2), 0.6)
    drawn = lambda *a: latents.posterior(*a, KEYS, 4)  # noqa: E731
    slopes = jax.jacobian(lambda *a: jnp.sum(drawn(*a), axis=(1, 2)), (0, 1))
    z, (by_mean, by_variance) = jax.jit(lambda *a: (drawn(*a), slopes(*a)))(mean, log_variance)
    np.testing.assert_allclose(by_mean, np.ones((4, 3, 2)))
    np.testing.assert_allclose(by_variance, (z - 1) / 2, rtol=1e-5, atol=1e-6)


def test_the_games_loss_is_minus_the_bound():
    params, empty = {"E": {}, "G": {"slope": jnp.array(2.0)}}, {"E": {}, "G": {}}
    turn = Turn(KEYS, jnp.zeros((), jnp.int32))
    E = _encoder(2 / 5, 1 / 5)
    game = vae(E, DECODER, unlikely=_unlikely, tx=optax.sgd(0.1), samples=3)
    loss, _ = jax.jit(game.players["VAE"].objective)(params, empty, {"image": X}, turn)
    assert float(loss) == pytest.approx(-EVIDENCE.mean(), rel=1e-5)
    one = vae(E, DECODER, unlikely=_unlikely, tx=optax.sgd(0.1))
    keys = jax.random.split(jax.random.key(1), 30_000)
    many = jnp.tile(X, (10_000, 1, 1, 1))
    loss, _ = jax.jit(one.players["VAE"].objective)(params, empty, {"image": many}, Turn(keys, turn.round))
    assert float(loss) == pytest.approx(-EVIDENCE.mean(), abs=0.03)


def test_a_hidden_layer_is_between_code_and_feature_maps():
    E, G = nets.net(ConvEncoder(3, 4, hidden=9)), nets.net(ConvDecoder(16, 1, 4, hidden=9))
    images, codes = jnp.zeros((2, 16, 16, 1)), jnp.zeros((2, 3))
    of_e, of_g = jax.eval_shape(lambda k: (E.init(k, images), G.init(k, codes)), jax.random.key(0))
    dense = lambda of: {leaf.shape for leaf in jax.tree.leaves(of) if leaf.ndim == 2}  # noqa: E731
    assert dense(of_e) == {(4 * 4 * 8, 9), (9, 6)}
    assert dense(of_g) == {(3, 9), (9, 4 * 4 * 8)}
    (mean, log_variance), _ = jax.eval_shape(lambda of: E.apply(*of, images, train=False), of_e)
    assert mean.shape == log_variance.shape == (2, 3)
    assert mean.dtype == jnp.float32


def test_what_is_no_bound_is_refused():
    for wrong in ({"samples": 2, "beta": 2.0}, {"samples": 0}, {"samples": 3, "free_bits": 0.1}):
        with pytest.raises(ValueError, match="no bound"):
            vae(_encoder(1, 1), DECODER, tx=None, **wrong)
    with pytest.raises(ValueError, match="fixed deviation"):
        likelihood("logistic", 0.1)


BITS = np.random.default_rng(1).integers(0, 2, (3, 4, 784), dtype=np.uint8)


def _file(folder, **arrays):
    packed = {name: np.packbits(bits, axis=1) for name, bits in zip(("train", "valid", "test"), BITS)}
    np.savez(folder / "bits.npz", **{**packed, **arrays})
    return str(folder / "bits.npz")


@pytest.mark.parametrize(("number", "split"), list(enumerate(("train", "valid", "test"))))
def test_packed_bits_are_images(tmp_path, number, split):
    source = open_source(_file(tmp_path), split=split)
    assert (source.length, source.shape) == (4, (28, 28, 1))
    np.testing.assert_array_equal(source.read(np.arange(4))["image"], 255 * BITS[number].reshape(4, 28, 28, 1))


@pytest.mark.parametrize(
    ("arrays", "split", "said"),
    [
        ({}, "all", "train, valid, test"),
        ({"train": np.zeros((4, 97), np.uint8)}, "train", "packed bits"),
        ({"train": np.zeros((4, 98))}, "train", "float64"),
        ({"train": np.zeros((0, 98), np.uint8)}, "train", "packed bits"),
    ],
)
def test_bad_packed_bits_give_one_line(tmp_path, arrays, split, said):
    with pytest.raises(InputError, match=said) as refused:
        open_source(_file(tmp_path, **arrays), split=split)
    assert "\n" not in str(refused.value)
