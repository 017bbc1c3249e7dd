"""What is measured: systems at the sizes that people train, a row each. A new one is a new row, and nothing else.

`throughput.py`, `scaling.py` and `startup.py` go through them; tests/unit/benchmarks/test_workloads.py
compiles the smallest.
"""

from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
import tyro
from jax import Array
from jax.sharding import Mesh
from jax.typing import DTypeLike

from jaxgen import pixels, recipes
from jaxgen.executors import batch_sharding, data_parallel, state_sharding
from jaxgen.game import Game, State, init, turns
from jaxgen.nets import dcgan, mlp, net, pixelcnn, pixelcnnpp, resnet, vae
from jaxgen.recipes.objectives import Adversarial

LATENT = 100


class Workload(NamedTuple):
    """A row: a game, and the shape of its batches."""

    game: Callable[[DTypeLike], Game]  # of the nets' type of computation
    image: tuple[int, int, int]  # H, W, C
    batch: int  # images in a turn's global batch
    beside: Mapping[str, tuple[int, ...]] = MappingProxyType({})  # what comes with each image, and its shape


def _mlp(dtype: DTypeLike) -> Game:
    G, D = mlp.Generator(28, 1, dtype=dtype), mlp.Discriminator(dtype=dtype)
    return recipes.gan(net(G), net(D), latent=LATENT, **Adversarial().steps)


def _dcgan(size: int, objective: str = "non_saturating") -> Callable[[DTypeLike], Game]:
    def game(dtype: DTypeLike) -> Game:
        choice = Adversarial(objective)
        G, D = dcgan.Generator(size, 3, dtype=dtype), dcgan.Discriminator(dtype=dtype, norm=choice.norm)
        return recipes.gan(net(G), net(D), choice.adversary, latent=LATENT, **choice.steps)

    return game


def _sngan(dtype: DTypeLike) -> Game:
    G, D = resnet.Generator(32, 3, dtype=dtype), resnet.Discriminator(dtype=dtype)
    choice = Adversarial("hinge")
    return recipes.gan(net(G), net(D), choice.adversary, latent=128, **choice.steps)


def _vae(dtype: DTypeLike) -> Game:
    E, G = vae.Encoder(40, (500, 500), dtype), vae.Decoder(28, 1, (500, 500), dtype=dtype, raw=True)
    return recipes.vae(net(E), net(G), tx=optax.adam(1e-3), ema=0.999)


def _pixelcnn(dtype: DTypeLike) -> Game:
    return _likelihood(pixelcnn.PixelCNN(1, 16, dtype=dtype), pixels.bernoulli())


def _gated(dtype: DTypeLike) -> Game:
    return _likelihood(pixelcnn.GatedPixelCNN(1, 32, 8, head=32, dtype=dtype), pixels.bernoulli())


def _pixelcnnpp(dtype: DTypeLike) -> Game:
    family = pixels.logistics(3)
    return _likelihood(pixelcnnpp.PixelCNNPlusPlus(family.out, 80, 2, dtype=dtype), family, dropout=True)


def _likelihood(P: Any, family: pixels.Pixels, **settings: Any) -> Game:
    return recipes.autoregressive(net(P), family=family, tx=optax.adam(1e-3), **settings)


def _inpainting(dtype: DTypeLike) -> Game:
    """Against nets as they are made: what they have learned changes no time."""
    G, D = net(dcgan.Generator(32, 3, dtype=dtype)), net(dcgan.Discriminator(dtype=dtype))
    seen = {"G": (G, jnp.zeros((1, LATENT))), "D": (D, jnp.zeros((1, 32, 32, 3)))}
    made = {name: jax.jit(one.init)(jax.random.key(0), x) for name, (one, x) in seen.items()}
    frozen = {name: params for name, (params, _) in made.items()}, {name: stats for name, (_, stats) in made.items()}
    return recipes.inpainting(G, frozen, D=D, tx=optax.adam(0.1))


WORKLOADS = {
    "gan-mlp-28": Workload(_mlp, (28, 28, 1), 64),
    "dcgan-32": Workload(_dcgan(32), (32, 32, 3), 64),
    "dcgan-64": Workload(_dcgan(64), (64, 64, 3), 64),
    "wgan-gp-32": Workload(_dcgan(32, "wgan_gp"), (32, 32, 3), 64),
    "r3gan-32": Workload(_dcgan(32, "r3gan"), (32, 32, 3), 64),
    "sngan-32": Workload(_sngan, (32, 32, 3), 64),
    "vae-28": Workload(_vae, (28, 28, 1), 128),
    "pixelcnn-28": Workload(_pixelcnn, (28, 28, 1), 16),
    "gated-28": Workload(_gated, (28, 28, 1), 16),
    "pixelcnnpp-32": Workload(_pixelcnnpp, (32, 32, 3), 16),
    "inpainting-32": Workload(_inpainting, (32, 32, 3), 256, {"weight": (32, 32, 1), "z": (LATENT,)}),
}
if TYPE_CHECKING:
    Name = str
else:
    Name = tyro.extras.literal_type_from_choices(WORKLOADS)  # so that a command line knows what there is


def batches(row: Workload, game: Game, rounds: int = 1) -> dict[str, np.ndarray]:
    """Leaves [rounds, turns, B, ...] of noise."""
    rng, leading = np.random.default_rng(0), (rounds, turns(game), row.batch)
    images = rng.integers(0, 2, (*leading, *row.image), dtype=np.uint8) * 255  # black and white: on everyone's levels
    floats = {name: rng.standard_normal((*leading, *shape), dtype=np.float32) for name, shape in row.beside.items()}
    return {"image": images, **floats}


class Started(NamedTuple):
    """A row's game, ready to be compiled and played."""

    game: Game
    step: Any  # of `jax.jit`
    state: State
    batches: dict[str, Array]


def start(row: Workload, mesh: Mesh, dtype: DTypeLike = "float32", rounds: int = 1) -> Started:
    """Its first state and its batches on the devices, for `rounds` rounds a dispatch."""
    game = row.game(jnp.dtype(dtype))
    data = batches(row, game, rounds)
    first, example = partial(init, game, jax.random.key(0)), {name: x[0, 0] for name, x in data.items()}
    where = state_sharding(game, mesh, jax.eval_shape(first, example))
    state = jax.jit(first, out_shardings=where)(example)
    return Started(game, data_parallel(game, mesh), state, jax.device_put(data, batch_sharding(mesh)))
