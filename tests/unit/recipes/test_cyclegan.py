"""CycleGAN: its losses by hand, and the pool of fakes beside a plain statement of it."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from jaxgen import recipes
from jaxgen.game import Net, Turn, init
from jaxgen.recipes.objectives import OBJECTIVES
from jaxgen.recipes.translation import history

RNG = np.random.default_rng(0)
A, B = RNG.uniform(-1, 1, (2, 4, 2, 2, 1)).astype(np.float32)
KEYS = jax.random.split(jax.random.key(0), 4)
WEIGHTS = {"G": 0.6, "F": 1.3, "D_a": 0.7, "D_b": -0.4}
PARAMS = {name: {"w": jnp.float32(w)} for name, w in WEIGHTS.items()}
BATCH = {"a": jnp.asarray(A), "b": jnp.asarray(B)}


def scaled(shape):
    """A net that multiplies by its weight: images to images, or to a score for every pixel."""
    apply = lambda p, s, x, train: ((p["w"] * x).reshape(x.shape if shape else x.shape[:-1]), s)  # noqa: E731
    return Net(lambda key, x: ({"w": jnp.ones(())}, {}), apply)


def made(**settings):
    images, scores = scaled(True), scaled(False)
    adversary = OBJECTIVES["lsgan"].adversary
    return recipes.cyclegan(
        images, images, scores, scores, adversary, G_tx=optax.sgd(0.1), D_tx=optax.sgd(0.1), **settings
    )


def played(player, stats=None, **settings):
    game = made(**settings)
    stats = {name: {} for name in WEIGHTS} | (stats or {})
    return game.players[player].objective(PARAMS, stats, BATCH, Turn(KEYS, jnp.int32(0)))


def test_gs_loss_is_equation_3_with_the_identity_loss():
    loss, aux = played("G", adversarial=2.0, pool=0)
    fake_b, fake_a = 0.6 * A, 1.3 * B
    # The paper's E (D(G(x)) - 1)^2, without a half.
    gan = np.mean((-0.4 * fake_b - 1) ** 2) + np.mean((0.7 * fake_a - 1) ** 2)
    forward, backward = np.mean(np.abs(1.3 * fake_b - A)), np.mean(np.abs(0.6 * fake_a - B))
    identity = np.mean(np.abs(0.6 * B - B)) + np.mean(np.abs(1.3 * A - A))
    assert float(loss) == pytest.approx(gan + 10 * (forward + backward) + 5 * identity, rel=1e-5)
    found = {name: float(aux.metrics[name]) for name in ("forward", "backward", "identity")}
    assert found == pytest.approx({"forward": forward, "backward": backward, "identity": identity}, rel=1e-5)


@pytest.mark.parametrize(
    ("without", "term", "weight"),
    [
        ({"forward": 0.0}, "forward", 10),
        ({"backward": 0.0}, "backward", 10),
        ({"identity": 0.0}, "identity", 5),
        ({"adversarial": 0.0}, "adversarial", 1),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_papers_ablations_leave_out_one_term(without, term, weight):
    (whole, aux), (less, _) = played("G", pool=0), played("G", pool=0, **without)
    assert float(whole - less) == pytest.approx(weight * float(aux.metrics[term]), rel=1e-4)
    assert ("identity" in played("G", pool=0, **without)[1].metrics) == (term != "identity")


def test_ds_loss_is_least_squares_of_both():
    """Half of the squares, as the paper divides D's objective by 2 (section 4)."""
    loss, aux = played("D", pool=0)
    of_a = np.mean((0.7 * A - 1) ** 2) / 2 + np.mean((0.7 * 1.3 * B) ** 2) / 2
    of_b = np.mean((-0.4 * B - 1) ** 2) / 2 + np.mean((-0.4 * 0.6 * A) ** 2) / 2
    assert float(loss) == pytest.approx(of_a + of_b, rel=1e-5)
    right = (np.mean(0.7 * A > 0.5) + np.mean(-0.4 * B > 0.5)) / 2
    assert float(aux.metrics["accuracy_real"]) == pytest.approx(right)
    assert float(aux.metrics["score_fake"]) == pytest.approx((np.mean(0.91 * B) + np.mean(-0.24 * A)) / 2, rel=1e-4)


def test_ds_are_shown_fakes_of_before_and_keep_those_of_now():
    game = made(pool=4)
    state = jax.jit(partial(init, game, jax.random.key(0)))(BATCH)
    assert game.per_example == {"pool_a", "pool_b"}
    assert {state.stats[name]["images"].shape for name in game.per_example} == {(4, 1, 2, 2, 1)}
    old = {name: {"images": jnp.full((4, 1, 2, 2, 1), 9.0), "filled": jnp.full(4, 1)} for name in game.per_example}
    _, aux = played("D", old, pool=4)
    count = 0
    for name, fakes in (("pool_a", 1.3 * B), ("pool_b", 0.6 * A)):
        images = np.asarray(aux.stats[name]["images"])[:, 0]
        swapped = (images != 9).all((1, 2, 3))
        np.testing.assert_allclose(images[swapped], fakes[swapped], rtol=1e-6)
        count += swapped.sum()
    assert 0 < count < 8  # by these keys


class Plain:
    """One place's pool, as the authors' code describes it: a list, a coin and a place."""

    def __init__(self, size):
        self.size, self.images = size, []

    def query(self, fake, coin, place):
        if len(self.images) < self.size:
            self.images.append(fake)
            return fake
        if not coin:
            return fake
        old, self.images[place] = self.images[place], fake
        return old


def test_the_pool_is_that_of_the_plain_statement():
    batch, size, rounds = 2, 3, 40
    plain, pool = [Plain(size) for _ in range(batch)], history.empty(jnp.zeros((batch, 1)), batch * size)
    step, told = jax.jit(history.shown), []
    for number in range(rounds):
        fakes = np.float32([[2 * number], [2 * number + 1]])
        keys = jax.random.split(jax.random.key(number), batch)
        shown, pool = step(pool, fakes, keys)
        drawn = [jax.random.split(key) for key in keys]
        coins = [bool(jax.random.bernoulli(k_swap)) for k_swap, _ in drawn]
        places = [int(jax.random.randint(k_place, (), 0, size)) for _, k_place in drawn]
        wanted = [each.query(float(fake[0]), *chance) for each, fake, *chance in zip(plain, fakes, coins, places)]
        assert shown[:, 0].tolist() == wanted
        assert np.asarray(pool["images"])[:, : len(plain[0].images), 0].tolist() == [each.images for each in plain]
        told += [old != new for old, new in zip(wanted, fakes[:, 0].tolist())]
    assert 0.3 < np.mean(told[2 * size :]) < 0.7  # half of what is shown is of before


@pytest.mark.parametrize(("batch", "size", "each"), [(1, 50, 50), (4, 50, 13), (8, 8, 1)])
def test_a_batch_shares_a_pool_of_so_many_images(batch, size, each):
    assert jax.eval_shape(partial(history.empty, size=size), jnp.zeros((batch, 2)))["images"].shape == (batch, each, 2)
