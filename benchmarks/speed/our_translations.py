"""Our side of images drawn from images, for `our_games.py`: pairs are the first and the last three channels of a row's
images. Nothing is drawn that the other side must be told: the U-Net is without its dropout, and the pools of fakes, of
which the first 50 are shown as they are, are each side's own."""

from collections.abc import Callable, Mapping
from typing import Any

import jax
import optax

from jaxgen import recipes
from jaxgen.game import Game, Net
from jaxgen.nets import cyclegan as nets_cyclegan
from jaxgen.nets import patch, unet
from jaxgen.pixels import floats
from jaxgen.recipes.objectives import OBJECTIVES

PIX2PIX = {"G": unet.Generator(3), "D": patch.Discriminator()}
CYCLEGAN = {
    **{name: nets_cyclegan.Generator(3, blocks=6) for name in ("G", "F")},
    **{name: patch.Discriminator(norm="instance") for name in ("D_a", "D_b")},
}


def apart(batch: Mapping[str, jax.Array], keys: jax.Array) -> dict[str, jax.Array]:
    """Both images of a row's."""
    x = floats(batch, keys)["image"]
    return {"a": x[..., :3], "b": x[..., 3:]}


def pix2pix(nets: Mapping[str, Net], note: Callable) -> Game:
    G = nets["G"]

    def init(key: jax.Array, a: jax.Array, keys: Any) -> Any:
        return G.init(key, a)

    def apply(params: Any, stats: Any, a: jax.Array, keys: Any, *, train: bool) -> Any:
        return G.apply(params, stats, a, train=train)

    G_tx, D_tx = optax.adam(2e-4, b1=0.5), optax.adam(2e-4, b1=0.5)
    return recipes.pix2pix(Net(init, apply), nets["D"], G_tx=G_tx, D_tx=D_tx, prepare=apart)


def cyclegan(nets: Mapping[str, Net], note: Callable) -> Game:
    G_tx, D_tx, adversary = optax.adam(2e-4, b1=0.5), optax.adam(2e-4, b1=0.5), OBJECTIVES["lsgan"].adversary
    four = (nets[name] for name in ("G", "F", "D_a", "D_b"))
    return recipes.cyclegan(*four, adversary, G_tx=G_tx, D_tx=D_tx, adversarial=2.0, prepare=apart)
