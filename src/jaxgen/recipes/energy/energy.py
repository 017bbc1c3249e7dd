"""A discriminator that generates: an energy model whose D scores data above what it draws itself by climbing D.

Two players in turn. x owns images, the negatives: it takes Langevin steps up D from where they were (persistent chains,
Tieleman 2008, with the replay buffer of Du & Mordatch 2019, arXiv:1903.08689, section 3.2). D, with E = -D, then takes
a step of maximum likelihood.
"""

from collections.abc import Callable
from functools import partial

import jax
import jax.numpy as jnp
import optax
from jax import Array

from jaxgen import latents
from jaxgen.game import Game, Net
from jaxgen.losses import contrastive
from jaxgen.recipes.parts import averages, begin, floats, kept, player, seen
from jaxgen.sampling.langevin import langevin, uniform


def energy(
    D: Net, *, D_tx: optax.GradientTransformation, steps: int, step: float, noise: float | None = None,
    clip: float | None = None, bounds: tuple[float, float] | None = (-1.0, 1.0), slots: int = 16, restart: float = 0.05,
    magnitude: float = 0.1, data_noise: float = 0.0, start: Callable[[Array, tuple[int, ...]], Array] = uniform,
    ema: float = 0.0, prepare: Callable = floats,
) -> Game:  # fmt: skip
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
      prepare: batch, keys [B] -> batch, on the device.

    Returns:
      The game. Its batches hold "image". The stats of "x" are the buffer, per example: "images" [B, slots, ...], and
      "slot" [B], which of them moved last.
    """
    nets = {"D": D}

    def buffer(key, images):
        size, *shape = images.shape
        held = start(jax.random.split(key, size), (slots, *shape))
        return {"images": held, "slot": jnp.zeros(size, jnp.int32)}

    def climb(cast, batch, turn):
        k_slot, k_restart, k_start, k_steps = latents.split(turn.keys, 4)
        images = cast.stats["x"]["images"]
        slot = jax.vmap(lambda key: jax.random.randint(key, (), 0, slots))(k_slot)
        anew = jax.vmap(lambda key: jax.random.bernoulli(key, restart))(k_restart)
        mine = jnp.arange(len(slot))
        fresh = start(k_start, images.shape[2:])
        x = jnp.where(anew.reshape(-1, *[1] * (fresh.ndim - 1)), fresh, images[mine, slot])
        score = partial(cast, "D", train=False)
        x = langevin(score, x, k_steps, steps=steps, step=step, noise=noise, clip=clip, bounds=bounds)
        cast.stats["x"] = {"images": images.at[mine, slot].set(x), "slot": slot}
        return {}, {"restarts": anew}

    def discriminate(cast, batch, turn):
        real, x = batch["image"], cast.stats["x"]
        noise = jax.vmap(lambda key: jax.random.normal(key, real.shape[1:]))(turn.keys)
        real_scores = cast("D", real + data_noise * noise)
        drawn_scores = cast("D", x["images"][jnp.arange(len(real)), x["slot"]])
        terms = {
            "divergence": (1.0, contrastive.divergence(real_scores, drawn_scores)),
            "magnitude": (magnitude, contrastive.magnitude(real_scores, drawn_scores)),
        }
        return terms, {"score_real": real_scores, "score_drawn": drawn_scores}

    first = begin({"D": D, "x": kept(buffer)}, D=seen, x=seen)
    players = {"x": player(nets, ("x",), optax.identity(), climb), "D": player(nets, ("D",), D_tx, discriminate)}
    return Game(first, players, ema=averages(ema, "D"), prepare=prepare, per_example=frozenset({"x"}))
