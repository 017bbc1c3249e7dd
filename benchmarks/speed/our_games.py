"""Our side of `against_pytorch.py`: what is measured, a row each of `RECIPES`, and how it is played.

    python benchmarks/speed/our_games.py RECIPE BATCH ROUNDS CARRIED.npz

Writes CARRIED.npz where there is none: what torch_games.py starts from. Prints one line of JSON as that does. on_gpu.py
asks for rows in bfloat16 too, and leaves out what is for the comparison of losses alone.
"""

import json
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

if jax.config.jax_enable_x64:  # the check in float64: what says float32, here and in Flax, means that
    jnp.float32 = jnp.float64

import optax
from flax import linen as nn

from jaxgen import executors, game, latents, penalties, recipes
from jaxgen.data import masks
from jaxgen.game import Game, Net
from jaxgen.losses import contextual
from jaxgen.nets import dcgan, mlp, net, resnet, srresnet
from jaxgen.nets import vae as nets_vae
from jaxgen.nets.pixelcnnpp import PixelCNNPlusPlus
from jaxgen.pixels import floats, logistics
from jaxgen.recipes.objectives import OBJECTIVES
from jaxgen.store.environment import environment
from our_translations import CYCLEGAN, PIX2PIX, cyclegan, pix2pix
from parts import timed, together
from peak import peak

LATENT = 100
CHECKED = 3  # rounds whose losses are compared
WARM_UP = 5  # times after those, before the clock counts
WAITED = {"gpu": 20}  # rounds that a device is given before it is waited for, if not each
IMAGES = 4  # batches that both sides go through again and again
Note = Callable[[str, Any], None]  # takes down what a game draws, by name


class Recipe(NamedTuple):
    """What is measured: a row of `RECIPES`."""

    nets: dict[str, nn.Module]
    image: tuple[int, int, int]  # H, W, C
    game: Callable[[Mapping[str, Net], Note], Game] | None  # None for inpainting, which is a search
    torch: tuple[str, str]  # names of the game and of the nets in torch_games.py
    batch: int = 64
    draws: bool = True  # whether it draws what the other side must be told


def prior(note: Note) -> Callable:
    def noted(keys: jax.Array, size: int) -> jax.Array:
        z = latents.normal(keys, size)
        note("z", z)
        return z

    return noted


def gan(nets: Mapping[str, Net], note: Note) -> Game:
    G_tx, D_tx = optax.adam(2e-4, b1=0.5), optax.adam(2e-4, b1=0.5)
    return recipes.gan(nets["G"], nets["D"], latent=LATENT, prior=prior(note), G_tx=G_tx, D_tx=D_tx)


def wgan_gp(nets: Mapping[str, Net], note: Note) -> Game:
    """The objective of that name, taking down where its penalty looks."""

    def penalty(critic: Any, real: jax.Array, fake: jax.Array, keys: jax.Array) -> jax.Array:
        note("t", jax.vmap(partial(jax.random.uniform, dtype=real.dtype))(keys))
        return penalties.gradient(critic, real, fake, keys)

    chosen = OBJECTIVES["wgan_gp"]
    adversary = replace(chosen.adversary, penalties={"gradient": (10.0, penalty)})
    G_tx, D_tx = optax.adam(1e-4, b1=0.0, b2=0.9), optax.adam(1e-4, b1=0.0, b2=0.9)
    more = {"prior": prior(note), "G_tx": G_tx, "D_tx": D_tx, "D_turns": chosen.D_turns}
    return recipes.gan(nets["G"], nets["D"], adversary, latent=LATENT, **more)


def hinge(nets: Mapping[str, Net], note: Note) -> Game:
    G_tx, D_tx = optax.adam(2e-4, b1=0.0, b2=0.9), optax.adam(2e-4, b1=0.0, b2=0.9)
    chosen = OBJECTIVES["hinge"]
    more = {"prior": prior(note), "G_tx": G_tx, "D_tx": D_tx, "D_turns": chosen.D_turns}
    return recipes.gan(nets["G"], nets["D"], chosen.adversary, latent=LATENT, **more)


def vae(nets: Mapping[str, Net], note: Note) -> Game:
    """What its decoder sees is noise where the encoder gives zeros, as it does while notes are taken."""

    def decode(params: Any, stats: Any, z: jax.Array, *, train: bool) -> Any:
        note("z", z)
        return nets["G"].apply(params, stats, z, train=train)

    return recipes.vae(nets["E"], nets["G"]._replace(apply=decode), tx=optax.adam(1e-3))


def likelihood(nets: Mapping[str, Net], note: Note) -> Game:
    return recipes.autoregressive(nets["P"], family=logistics(3), tx=optax.adam(1e-3))


def enlarging(nets: Mapping[str, Net], note: Note) -> Game:
    """Of every fourth pixel in each direction: what small images show changes no time."""

    def prepare(batch: Mapping[str, jax.Array], keys: jax.Array) -> dict[str, jax.Array]:
        return floats({**batch, "small": batch["image"][:, ::4, ::4]}, keys)

    return recipes.super_resolution(nets["G"], G_tx=optax.adam(1e-4), prepare=prepare)


def pair(size: int, channels: int, norm: str = "batch") -> dict[str, nn.Module]:
    return {"G": dcgan.Generator(size, channels), "D": dcgan.Discriminator(norm=norm)}


MLP = {"G": mlp.Generator(28, 1), "D": mlp.Discriminator()}
VAE = {"E": nets_vae.Encoder(LATENT), "G": nets_vae.Decoder(28, 1, raw=True)}
SNGAN = {"G": resnet.Generator(32, 3), "D": resnet.Discriminator()}
PIXELCNNPP = {"P": PixelCNNPlusPlus(logistics(3).out, 80, 2, dropout=0.0, weight_norm=False)}
RECIPES = {
    "mlp": Recipe(MLP, (28, 28, 1), gan, ("gan", "mlp")),
    "vae": Recipe(VAE, (28, 28, 1), vae, ("vae", "vae"), 128),
    "dcgan-28": Recipe(pair(28, 1), (28, 28, 1), gan, ("gan", "dcgan")),
    "dcgan-32": Recipe(pair(32, 3), (32, 32, 3), gan, ("gan", "dcgan")),
    "dcgan-64": Recipe(pair(64, 3), (64, 64, 3), gan, ("gan", "dcgan")),
    "wgan-gp-32": Recipe(pair(32, 3, "none"), (32, 32, 3), wgan_gp, ("wgan_gp", "dcgan_plain")),
    "sngan-32": Recipe(SNGAN, (32, 32, 3), hinge, ("hinge", "sngan")),
    "pixelcnnpp-32": Recipe(PIXELCNNPP, (32, 32, 3), likelihood, ("likelihood", "pixelcnnpp"), 16, draws=False),
    "pix2pix-64": Recipe(PIX2PIX, (64, 64, 6), pix2pix, ("pix2pix", "pix2pix"), 4, draws=False),
    "cyclegan-64": Recipe(CYCLEGAN, (64, 64, 6), cyclegan, ("cyclegan", "cyclegan"), 1, draws=False),
    "srresnet-64": Recipe(
        {"G": srresnet.Generator(3)}, (64, 64, 3), enlarging, ("enlarging", "srresnet"), 16, draws=False
    ),
    "inpainting-32": Recipe(pair(32, 3), (32, 32, 3), None, ("inpainting", "dcgan"), 256),
}


def build(recipe: Recipe, nets: Mapping[str, Net], note: Note = lambda name, drawn: None) -> Game:
    """The game that torch_games.py plays too."""
    assert recipe.game is not None
    return recipe.game(nets, note)._replace(ema={})


def drawn(recipe: Recipe, reals: np.ndarray) -> dict[str, np.ndarray]:
    """What the game draws in its first rounds: name -> [CHECKED, draws, B, ...].

    That depends on the state's key, the round, the player and the place in the batch, and not on the nets: so nets that
    give zeros play, without compilation, and notes are taken.
    """
    seen: dict[str, list[np.ndarray]] = defaultdict(list)
    images = partial(jnp.zeros, dtype=jnp.float32)
    codes = [images((reals.shape[1], LATENT))] * 2
    if not recipe.draws:  # codes that nobody reads
        return {"z": np.zeros((CHECKED, 1, reals.shape[1], 1), images(()).dtype)}
    zeros: dict[str, Any] = {"G": images(reals.shape[1:]), "D": images(reals.shape[1])}
    if "E" in recipe.nets:
        zeros = {"G": (zeros["G"], zeros["G"]), "E": tuple(codes)}

    def idle(name: str) -> Net:
        return Net(lambda key, *xs: ({}, {}), lambda params, stats, x, train: (zeros[name], stats))

    played = build(recipe, {name: idle(name) for name in recipe.nets}, lambda name, x: seen[name].append(np.array(x)))
    state = game.init(played, jax.random.key(0), {"image": reals[0]})
    seen.clear()  # what starting drew
    with jax.disable_jit():  # or a round of many turns is a loop on GPUs, which has no values to take down
        for r in range(CHECKED):
            state, _ = game.play_round(played, state, turns_of(played, reals, r))
    return {name: np.stack(x).reshape(CHECKED, -1, *x[0].shape) for name, x in seen.items()}


def turns_of(played: Game, reals: np.ndarray, r: int) -> dict[str, np.ndarray]:
    """The batches of a round, [turns, B, H, W, C]: one after the other, again and again."""
    turns = game.turns(played)
    return {"image": np.stack([reals[(r * turns + t) % len(reals)] for t in range(turns)])}


def save(params: Mapping[str, Any], stats: Mapping[str, Any], file: Path, **arrays: Any) -> None:
    """What the other side starts from; torch_games.py says how it reads."""
    vectors = [leaf for leaf in jax.tree_util.tree_leaves_with_path(dict(stats)) if str(leaf[0][-1].key).endswith(".u")]
    leaves = [*jax.tree_util.tree_leaves_with_path(dict(params)), *vectors]
    weights: dict[str, Any] = {"/".join(str(entry.key) for entry in path): np.array(x) for path, x in leaves}
    np.savez(file, **arrays, **weights)


class Played(NamedTuple):
    losses: list[list[float]]  # of the first rounds, by player
    ms: float | None  # of a round
    images: int  # that a round sees
    flops: float  # of a round, by XLA's count
    alone_ms: float | None  # of its convolutions and products of matrices, where its time was taken


def counted(played: Game, state: Any, batch: Mapping[str, Any], alone: bool) -> tuple[float, float | None]:
    """Of a round: floating-point operations by XLA's count for the CPU, as other backends call libraries that it cannot
    see into; and what parts.py says of it there."""
    shapes = jax.tree.map(lambda x: jax.ShapeDtypeStruct(x.shape, x.dtype), (state, dict(batch)))
    traced = executors.data_parallel(played, executors.data_mesh(jax.devices("cpu")[:1])).trace(*shapes)
    on_cpu = jax.default_backend() == "cpu"
    lowered = traced.lower().compile() if on_cpu and alone else traced.lower()
    return lowered.cost_analysis()["flops"], together(*timed(traced.jaxpr.jaxpr)) if alone and on_cpu else None


def unseen(recipe: Recipe, reals: np.ndarray) -> dict[str, np.ndarray]:
    """As `drawn`, but other numbers than the game's: enough for times, and had at once."""
    if not recipe.draws:
        return drawn(recipe, reals)
    turns = game.turns(build(recipe, {name: net(module) for name, module in recipe.nets.items()}))
    each, batch, rng = 1 if "E" in recipe.nets else turns + 1, reals.shape[1], np.random.default_rng(1)
    draws = {"z": rng.standard_normal((CHECKED, each, batch, LATENT), dtype=np.float32)}
    return draws | ({"t": rng.random((CHECKED, turns, batch), np.float32)} if recipe.game is wgan_gp else {})


def play(recipe: Recipe, reals: np.ndarray, rounds: int, file: Path, draws: Callable = drawn) -> Played:
    """The median time is of `rounds` rounds after the first ones and a few more."""
    played = build(recipe, {name: net(module) for name, module in recipe.nets.items()})
    mesh = executors.data_mesh(jax.devices()[:1])
    state = jax.jit(partial(game.init, played, jax.random.key(0)))({"image": reals[0]})
    if not file.exists():
        save(state.params, state.stats, file, real=reals, **draws(recipe, reals))
    state = jax.device_put(state, executors.state_sharding(played, mesh, state))
    each = [{name: x[None] for name, x in turns_of(played, reals, r).items()} for r in range(IMAGES)]
    batches = jax.device_put(each, executors.batch_sharding(mesh))
    step = executors.data_parallel(played, mesh).lower(state, batches[0]).compile()
    losses, times, waited = [], [], WAITED.get(jax.default_backend(), 1)
    for r in range(CHECKED):
        state, metrics = step(state, batches[r % IMAGES])
        losses.append([float(metrics[f"{player}/loss"][0]) for player in played.players])
    for r in range(WARM_UP + rounds // waited if rounds else 0):
        start = time.perf_counter()
        for i in range(waited):
            state, metrics = step(state, batches[(CHECKED + r * waited + i) % IMAGES])
        jax.block_until_ready((state, metrics))
        times.append(1000 * (time.perf_counter() - start) / waited)
    ms = statistics.median(times[WARM_UP:]) if rounds else None
    images = game.turns(played) * reals.shape[1]
    return Played(losses, ms, images, *counted(played, state, batches[0], bool(rounds) and draws is drawn))


def search(recipe: Recipe, reals: np.ndarray, rounds: int, file: Path, draws: Callable = drawn) -> Played:
    """Of one compiled search of `rounds` steps; a step is a round."""
    G, D = (net(recipe.nets[name]) for name in "GD")
    z, images = latents.normal(jax.random.split(jax.random.key(1), len(reals[0])), LATENT), jnp.zeros(reals.shape[1:])
    (g, g_stats), (d, d_stats) = jax.jit(G.init)(jax.random.key(2), z), jax.jit(D.init)(jax.random.key(3), images)
    known = jnp.broadcast_to(masks.centre(recipe.image[0])[None, ..., None], (*reals.shape[1:4], 1))
    batch = {"image": reals[0], "weight": contextual.importance(known.astype(jnp.float32)), "z": z}
    if not file.exists():
        given = {"real": reals[:1], "z": np.zeros((CHECKED, 1, *z.shape), z.dtype)}
        save({"G": g, "D": d}, {}, file, start=np.array(z), weight=np.array(batch["weight"]), **given)
    frozen = {"G": g, "D": d}, {"G": g_stats, "D": d_stats}
    played = recipes.inpainting(G, frozen, D=D, tx=optax.adam(0.1), weight=0.1)
    mesh = executors.data_mesh(jax.devices()[:1])
    run = executors.search_parallel(played, mesh, rounds=max(rounds, CHECKED))
    for _ in range(2):  # the first one compiles
        state = jax.tree.map(jnp.copy, game.init(played, jax.random.key(0), batch))
        start = time.perf_counter()
        state, metrics = jax.block_until_ready(run(state, batch))
        ms = 1000 * (time.perf_counter() - start)
    losses = [[float(loss)] for loss in metrics["z/loss"][:CHECKED]]
    rates = counted(played, state, {name: x[None, None] for name, x in batch.items()}, bool(rounds) and draws is drawn)
    return Played(losses, ms / rounds if rounds else None, len(reals[0]), *rates)


def ours(
    name: str, batch: int, rounds: int, file: Path, dtype: str = "float32", draws: Callable = drawn
) -> dict[str, Any]:
    """Our side: write what the other side starts from, play, and say losses and time.

    Args:
      name: a row of `RECIPES`.
      batch: images in a turn.
      rounds: that are timed.
      file: what the other side starts from; written where there is none.
      dtype: the nets' type of computation.
      draws: what of the game's draws is written: `drawn`, or `unseen` for times alone.
    """
    recipe = RECIPES[name]
    if dtype != "float32":
        recipe = recipe._replace(nets={name: m.clone(dtype=jnp.dtype(dtype)) for name, m in recipe.nets.items()})
    reals = np.random.default_rng(0).integers(0, 256, (IMAGES, batch, *recipe.image), dtype=np.uint8)
    played = (play if recipe.game else search)(recipe, reals, rounds, file, draws)
    return {**played._asdict(), "peak": peak(dtype) if rounds else None, "about": environment()}


if __name__ == "__main__":
    if "--help" in sys.argv:
        sys.exit(print(__doc__))
    print(json.dumps(ours(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), Path(sys.argv[4]))))
