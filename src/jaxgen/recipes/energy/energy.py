"""A discriminator that generates: an energy model whose D scores data above what it draws itself by climbing D.

Two players in turn. x owns images, the negatives: it takes Langevin steps up D from where they were (persistent chains,
Tieleman 2008, with the replay buffer of Du & Mordatch 2019, arXiv:1903.08689, section 3.2). D, with E = -D, then takes
a step of maximum likelihood.
"""

from collections.abc import Callable

import jax
import jax.numpy as jnp
import optax
from jax import Array

from jaxgen import latents
from jaxgen.game import Game, Net, Player, total
from jaxgen.losses import contrastive
from jaxgen.recipes.gan.gan import to_float
from jaxgen.sampling.langevin import langevin, uniform


def energy(
    D: Net,
    *,
    D_tx: optax.GradientTransformation,
    steps: int,
    step: float,
    noise: float | None = None,
    clip: float | None = None,
    bounds: tuple[float, float] | None = (-1.0, 1.0),
    slots: int = 16,
    restart: float = 0.05,
    magnitude: float = 0.1,
    data_noise: float = 0.0,
    start: Callable[[Array, tuple[int, ...]], Array] = uniform,
    ema: float = 0.0,
    prepare: Callable = to_float,
) -> Game:
    """An energy model as a game.

    Args:
      D: images -> scores [B], negative energies. One without BatchNorm: a score is the image's own.
      D_tx: D's optimiser.
      steps, step, noise, clip, bounds: of the chains: see `jaxgen.sampling.langevin.langevin`.
      slots: images of the buffer for each image of the batch; a round goes on with one of them, chosen at random.
      restart: probability with which a chain begins anew.
      magnitude: weight of the squared energies.
      data_noise: standard deviation of noise on the data, so that D's slopes at exact greys do not grow.
      start: keys [B], shape of an image -> what chains begin with [B, ...].
      ema: decay, a round, of the moving average of D's parameters; 0 is no averaging.
      prepare: batch, keys [B] -> batch, on the device: by default uint8 images to [-1, 1].

    Returns:
      The game. Its batches hold "image". The buffer is the stats of "x", per example: "images" [B, slots, ...], and
      "slot" [B], which of them the last round moved.
    """

    def init(key, batch):
        k_d, k_x = jax.random.split(key)
        params, stats = D.init(k_d, batch["image"])
        size, *shape = batch["image"].shape
        images = start(jax.random.split(k_x, size), (slots, *shape))
        return {"D": params, "x": {}}, {"D": stats, "x": {"images": images, "slot": jnp.zeros(size, jnp.int32)}}

    def climb(params, stats, batch, turn):
        k_slot, k_restart, k_start, k_steps = latents.split(turn.keys, 4)
        buffer = stats["x"]["images"]
        slot = jax.vmap(lambda key: jax.random.randint(key, (), 0, slots))(k_slot)
        anew = jax.vmap(lambda key: jax.random.bernoulli(key, restart))(k_restart)
        mine = jnp.arange(len(slot))
        fresh = start(k_start, buffer.shape[2:])
        x = jnp.where(anew.reshape(-1, *[1] * (fresh.ndim - 1)), fresh, buffer[mine, slot])

        def score(x: Array) -> Array:
            return D.apply(params["D"], stats["D"], x, train=False)[0]

        x = langevin(score, x, k_steps, steps=steps, step=step, noise=noise, clip=clip, bounds=bounds)
        return total({"x": {"images": buffer.at[mine, slot].set(x), "slot": slot}}, {"restarts": anew})

    def discriminate(params, stats, batch, turn):
        real = batch["image"]
        noise = jax.vmap(lambda key: jax.random.normal(key, real.shape[1:]))(turn.keys)
        real = real + data_noise * noise
        drawn = stats["x"]["images"][jnp.arange(len(real)), stats["x"]["slot"]]
        real_scores, d = D.apply(params["D"], stats["D"], real, train=True)
        drawn_scores, d = D.apply(params["D"], d, drawn, train=True)
        return total(
            {"D": d},
            {"score_real": real_scores, "score_drawn": drawn_scores},
            divergence=(1.0, contrastive.divergence(real_scores, drawn_scores)),
            magnitude=(magnitude, contrastive.magnitude(real_scores, drawn_scores)),
        )

    players = {"x": Player(("x",), climb, optax.identity()), "D": Player(("D",), discriminate, D_tx)}
    return Game(init, players, ema={"D": ema} if ema else {}, prepare=prepare, per_example=frozenset({"x"}))
