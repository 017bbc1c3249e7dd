"""What is measured: systems at the sizes that people train, a row each: a script, and its flags.

`throughput.py`, `scaling.py` and `startup.py` go through them; tests/unit/benchmarks/test_workloads.py
compiles the smallest.
"""

import sys
from collections.abc import Callable, Mapping
from functools import cache, partial
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import MappingProxyType, ModuleType
from typing import TYPE_CHECKING, Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
import tyro
from jax import Array
from jax.sharding import Mesh
from jax.typing import DTypeLike

from jaxgen import recipes
from jaxgen.cli import parse
from jaxgen.data import Field, Fields
from jaxgen.executors import batch_sharding, data_parallel, state_sharding
from jaxgen.game import Game, State, init, turns
from jaxgen.nets import dcgan, net

EXPERIMENTS = Path(__file__).resolve().parents[2] / "experiments"
LATENT = 100


class Workload(NamedTuple):
    """A row: a game, and the shape of its batches."""

    game: Callable[[DTypeLike], Game]  # of the nets' type of computation
    image: tuple[int, int, int]  # H, W, C
    batch: int  # images in a turn's global batch
    beside: Mapping[str, tuple[int, ...]] = MappingProxyType({})  # what comes with each image, and its shape
    images: tuple[str, ...] = ("image",)  # fields that are images


def built(
    script: str, flags: str, image: tuple[int, int, int], batch: int, images: tuple[str, ...] = ("image",),
    **beside: tuple[int, int, int],
) -> Workload:  # fmt: skip
    """What a script builds with these flags, for images and others beside them. Grey images are black and white, as in
    `batches`."""

    def game(dtype: DTypeLike) -> Game:
        module = experiment(script)
        config = parse(module.Config, [*flags.split(), "--precision", jnp.dtype(dtype).name], script, "")
        field = Field("image", image, levels=2 if image[-1] == 1 else None)
        others = {name: Field("image", shape) for name, shape in beside.items()}
        return module.build(config, Fields({**dict.fromkeys(images, field), **others})).game

    return Workload(game, image, batch, beside, images)


@cache
def experiment(script: str) -> ModuleType:
    """A script as a module, under a name that nobody else has."""
    name = f"experiments.{script.replace('/', '.')}"
    spec = spec_from_file_location(name, EXPERIMENTS / f"{script}.py")
    assert spec
    assert spec.loader
    module = sys.modules[name] = module_from_spec(spec)  # where dataclasses look for it
    spec.loader.exec_module(module)
    return module


def _inpainting(dtype: DTypeLike) -> Game:
    """Against nets as they are made: what they have learned changes no time."""
    G, D = net(dcgan.Generator(32, 3, dtype=dtype)), net(dcgan.Discriminator(dtype=dtype))
    seen = {"G": (G, jnp.zeros((1, LATENT))), "D": (D, jnp.zeros((1, 32, 32, 3)))}
    made = {name: jax.jit(one.init)(jax.random.key(0), x) for name, (one, x) in seen.items()}
    frozen = {name: params for name, (params, _) in made.items()}, {name: stats for name, (_, stats) in made.items()}
    return recipes.inpainting(G, frozen, D=D, tx=optax.adam(0.1))


WORKLOADS = {
    "gan-mlp-28": built("gan/gan", "", (28, 28, 1), 64),
    "dcgan-32": built("gan/dcgan", "", (32, 32, 3), 64),
    "dcgan-64": built("gan/dcgan", "", (64, 64, 3), 64),
    "wgan-gp-32": built("gan/dcgan", "--objective wgan_gp", (32, 32, 3), 64),
    "r3gan-32": built("gan/dcgan", "--objective r3gan", (32, 32, 3), 64),
    "sngan-32": built("gan/sngan", "", (32, 32, 3), 64),
    "vae-28": built("autoencoders/vae", "", (28, 28, 1), 128),
    "pixelcnn-28": built("pixels/pixelcnn", "--model pixelcnn --filters 16", (28, 28, 1), 16),
    "gated-28": built("pixels/pixelcnn", "", (28, 28, 1), 16),
    "pixelcnnpp-32": built("pixels/pixelcnn", "--model pixelcnnpp --filters 80", (32, 32, 3), 16),
    "srresnet-64": built("translation/super_resolution", "", (64, 64, 3), 16, small=(16, 16, 3)),
    "pix2pix-64": built("translation/pix2pix", "", (64, 64, 3), 8, ("a", "b")),
    "cyclegan-64": built("translation/cyclegan", "", (64, 64, 3), 8, ("a", "b")),
    # A search for the codes of trained nets is no script's game.
    "inpainting-32": Workload(_inpainting, (32, 32, 3), 256, {"weight": (32, 32, 1), "z": (LATENT,)}),
}
if TYPE_CHECKING:
    Name = str
else:
    Name = tyro.extras.literal_type_from_choices(WORKLOADS)  # so that a command line knows what there is


def batches(row: Workload, game: Game, rounds: int = 1) -> dict[str, np.ndarray]:
    """Leaves [rounds, turns, B, ...] of noise."""
    rng, leading = np.random.default_rng(0), (rounds, turns(game), row.batch)
    shape = (*leading, *row.image)
    images = {name: rng.integers(0, 2, shape, dtype=np.uint8) * 255 for name in row.images}  # on everyone's levels
    floats = {name: rng.standard_normal((*leading, *shape), dtype=np.float32) for name, shape in row.beside.items()}
    return images | floats


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
