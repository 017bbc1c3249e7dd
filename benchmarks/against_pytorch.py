"""Our training step beside the same nets and the same game in plain PyTorch (`torch_gan.py`), on the same cores.

    python benchmarks/against_pytorch.py --recipe dcgan-32 --out dcgan-32.json

Both sides start from our weights and see the same images and codes, and the losses of three rounds must agree. That
they play the same game is seen in float64: in float32 a LeakyReLU's input next to zero rounds to either side, Adam makes
a full step of a gradient that is nearly nothing, and after a round PyTorch differs by 1e-4 to 1e-3 from *itself* in
float64. So in float32 only the first loss, before any step, must agree; how far the three rounds part is reported.

Each measurement is a fresh process, sides in turn, so that a busy moment or an unlucky memory layout hits one sample
and not one side. PyTorch counts in the fastest of its modes. Ours computes what PyTorch computes, and the recipe's
metrics; the average of G's parameters is left out on both sides. On CPU only: other devices' clocks wait for queues.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

if jax.config.jax_enable_x64:  # the check in float64: what is written as float32, here and in flax, is that
    jnp.float32 = jnp.float64  # type: ignore[misc]

import optax
from flax import linen as nn

from jaxgen import game, latents, recipes
from jaxgen.errors import InputError
from jaxgen.game import Game, Net, State
from jaxgen.nets import dcgan, mlp, net
from jaxgen.run.environment import environment
from jaxgen.run.main import guarded, parse

LATENT = 100
CHECKED = 3  # rounds whose losses are compared
CHECKED_BATCH = 8  # images in float64, which is slow
TOLERANCE = 1e-4
WARM_UP = 5  # rounds after those, before the clock counts
IMAGES = 4  # batches that both sides go through again and again
HERE = Path(__file__).resolve()
MODES = ("eager", "channels_last", "compile", "compile+channels_last")  # of torch_gan.py
# For both sides: glibc's malloc keeps large blocks, where by default it returns them and faults them in every round.
ALLOCATOR = {
    "MALLOC_TRIM_THRESHOLD_": "4000000000",
    "MALLOC_MMAP_THRESHOLD_": "4000000000",
    "MALLOC_TOP_PAD_": "200000000",
}


class Recipe(NamedTuple):
    """What is measured."""

    image: tuple[int, int, int]  # H, W, C
    G: nn.Module
    D: nn.Module
    torch: str  # the same nets' name in torch_gan.py


RECIPES = {
    "mlp": Recipe((28, 28, 1), mlp.Generator(28, 1), mlp.Discriminator(), "mlp"),
    "dcgan-28": Recipe((28, 28, 1), dcgan.Generator(28, 1), dcgan.Discriminator(), "dcgan"),
    "dcgan-32": Recipe((32, 32, 3), dcgan.Generator(32, 3), dcgan.Discriminator(), "dcgan"),
    "dcgan-64": Recipe((64, 64, 3), dcgan.Generator(64, 3), dcgan.Discriminator(), "dcgan"),
}


@dataclass(frozen=True)
class Config:
    """What to measure, and how often."""

    # The nets and the game.
    recipe: Literal["mlp", "dcgan-28", "dcgan-32", "dcgan-64"] = "dcgan-32"
    # Images in a batch.
    batch: int = 64
    # Rounds that a process takes the median time of.
    rounds: int = 20
    # Processes for each side; a ratio comes from each.
    repeats: int = 5
    # Python that has torch and numpy; by default this one.
    torch_python: str = sys.executable
    # Where to write the JSON that the last line says.
    out: Path | None = None


def build(G: Net, D: Net, prior: Callable = latents.normal) -> Game:
    """The game that torch_gan.py plays too."""
    G_tx, D_tx = optax.adam(2e-4, b1=0.5), optax.adam(2e-4, b1=0.5)
    return recipes.gan(G, D, latent=LATENT, prior=prior, G_tx=G_tx, D_tx=D_tx)._replace(ema={})


def drawn(reals: np.ndarray) -> np.ndarray:
    """The codes [CHECKED, 2, B, LATENT] that the game draws in its first rounds.

    A code depends on the state's key, the round, the player and its place in the batch, and not on the nets: so nets
    that do nothing play, without compilation, and the prior takes notes.
    """
    seen: list[np.ndarray] = []

    def prior(keys, size):
        z = latents.normal(keys, size)
        seen.append(np.array(z))
        return z

    idle = Net(lambda key, *xs: ({}, {}), lambda params, stats, x, train: (jnp.zeros(len(x)), stats))
    played = build(idle, idle, prior)
    state = game.init(played, jax.random.key(0), {"image": reals[0]})
    for r in range(CHECKED):
        state, _ = game.play_round(played, state, {"image": reals[r : r + 1]})
    return np.stack(seen).reshape(CHECKED, len(played.players), *seen[0].shape)


def save(state: State, reals: np.ndarray, file: Path) -> None:
    """What the other side starts from; torch_gan.py says how it reads."""
    leaves = jax.tree_util.tree_leaves_with_path(dict(state.params))
    weights = {"/".join(str(entry.key) for entry in path): np.array(x) for path, x in leaves}
    np.savez(file, real=reals, z=drawn(reals), **weights)  # type: ignore[arg-type]


def ours(name: str, batch: int, rounds: int, file: Path) -> None:
    """Our side, a process of its own: write what the other side starts from, play, print losses and time as JSON.

    No rounds: the losses only.
    """
    recipe = RECIPES[name]
    reals = np.random.default_rng(0).integers(0, 256, (IMAGES, batch, *recipe.image), dtype=np.uint8)
    played = build(net(recipe.G), net(recipe.D))
    mesh = game.data_mesh(jax.devices()[:1])
    state = game.init(played, jax.random.key(0), {"image": reals[0]})
    if not file.exists():
        save(state, reals, file)
    state = jax.device_put(state, game.state_sharding(played, mesh, state))
    batches = [jax.device_put({"image": real[None, None]}, game.batch_sharding(mesh)) for real in reals]
    step = game.data_parallel(played, mesh)

    losses, times = [], []
    for r in range(CHECKED + (WARM_UP + rounds if rounds else 0)):
        start = time.perf_counter()
        state, metrics = jax.block_until_ready(step(state, batches[r % IMAGES]))
        times.append(1000 * (time.perf_counter() - start))
        losses.append([float(metrics[f"{player}/loss"][0]) for player in ("D", "G")])
    clocked = times[CHECKED + WARM_UP :]
    print(json.dumps({"losses": losses[:CHECKED], "ms": statistics.median(clocked) if clocked else None}))


Answer = dict[str, Any]  # what a side prints


class Failed(Exception):
    """A side's process ended badly; its last word."""


def ask(command: list[str], **variables: str) -> Answer:
    """The JSON that a side prints last.

    Raises:
      Failed: it printed none.
    """
    settings = {**os.environ, **ALLOCATOR, "JAX_PLATFORMS": "cpu", "CUDA_VISIBLE_DEVICES": "", **variables}
    done = subprocess.run(command, env=settings, capture_output=True, text=True)
    if done.returncode:
        raise Failed((done.stderr.strip().splitlines() or [f"exit status {done.returncode}"])[-1])
    return json.loads(done.stdout.splitlines()[-1])


class Sides(NamedTuple):
    """The commands of both sides."""

    config: Config
    folder: Path

    def ours(self, batch: int, rounds: int, file: str) -> list[str]:
        return [
            sys.executable,
            str(HERE),
            "ours",
            self.config.recipe,
            str(batch),
            str(rounds),
            str(self.folder / file),
        ]

    def theirs(self, mode: str, rounds: int, file: str) -> list[str]:
        nets = RECIPES[self.config.recipe].torch
        other = [self.config.torch_python, str(HERE.with_name("torch_gan.py"))]
        return [*other, nets, mode, str(rounds), str(self.folder / file)]


def check(sides: Sides) -> tuple[float, dict[str, Any]]:
    """The largest difference of losses in float64, and what the other side runs on.

    Raises:
      InputError: the other Python cannot run PyTorch.
    """
    mine = ask(sides.ours(CHECKED_BATCH, 0, "float64.npz"), JAX_ENABLE_X64="1")
    try:
        theirs = ask(sides.theirs("eager", 0, "float64.npz"))
    except Failed as why:
        hint = "--torch-python names a Python that has torch and numpy"
        raise InputError(f"PyTorch does not run under {sides.config.torch_python}: {why}; {hint}") from None
    return apart([mine], [theirs]), theirs["about"]


def apart(mine: list[Answer], theirs: list[Answer], losses: int | None = None) -> float:
    """The largest difference of the first `losses` losses, D's and G's in turn."""
    a, b = (np.array([np.ravel(answer["losses"])[:losses] for answer in side]) for side in (mine, theirs))
    return float(np.abs(a - b).max())


def measure(sides: Sides) -> tuple[dict[str, list[Answer]], dict[str, str]]:
    """Every side's answers, one a repeat, in turn; and why a mode of PyTorch has none."""
    rounds, file = sides.config.rounds, "float32.npz"
    commands = {"ours": sides.ours(sides.config.batch, rounds, file)}
    commands |= {mode: sides.theirs(mode, rounds, file) for mode in MODES}
    answers: dict[str, list[Answer]] = {side: [] for side in commands}
    skipped: dict[str, str] = {}
    for repeat in range(sides.config.repeats):
        for side in [side for side in commands if side not in skipped]:
            try:
                answer = ask(commands[side])
            except Failed as why:
                if side in ("ours", "eager"):
                    raise
                skipped[side] = str(why)
                print(f"{side}: skipped, {why}", flush=True)
                continue
            answers[side].append(answer)
            print(f"{repeat + 1}/{sides.config.repeats} {side}: {answer['ms']:.2f} ms", flush=True)
    return {side: given for side, given in answers.items() if side not in skipped}, skipped


def report(
    config: Config, answers: dict[str, list[Answer]], skipped: dict[str, str], exact: float
) -> dict[str, Any]:
    """The last line."""
    ms = {side: [answer["ms"] for answer in given] for side, given in answers.items()}
    medians = {side: statistics.median(times) for side, times in ms.items()}
    ours_ms, ours = medians.pop("ours"), answers.pop("ours")
    fastest = min(medians, key=medians.__getitem__)
    ratios = [theirs / mine for theirs, mine in zip(ms[fastest], ms["ours"])]
    first, three = (max(apart(ours, theirs, n) for theirs in answers.values()) for n in (1, None))
    return {
        "recipe": config.recipe,
        "batch": config.batch,
        "rounds": config.rounds,
        "repeats": config.repeats,
        "pytorch_ms": medians[fastest],
        "pytorch_mode": fastest,
        "pytorch_modes_ms": medians,
        "pytorch_modes_skipped": skipped,
        "ours_ms": ours_ms,
        "ratio": statistics.median(ratios),
        "ratio_min": min(ratios),
        "ratio_max": max(ratios),
        "losses_agree": max(exact, first) <= TOLERANCE,
        "largest_difference": exact,
        "largest_difference_first_float32": first,
        "largest_difference_float32": three,
    }


def surroundings(config: Config, load: float, torch: dict[str, Any]) -> dict[str, Any]:
    """Where the numbers are from, without anyone's paths."""
    flags = (
        f"--recipe {config.recipe} --batch {config.batch} --rounds {config.rounds} --repeats {config.repeats}"
    )
    about = {"command": f"{HERE.name} {flags}", "load_before": load, "pytorch": torch, "allocator": ALLOCATOR}
    return {**environment(), **about}


def main(config: Config) -> None:
    """Measure our training step beside PyTorch's."""
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as folder:
        sides = Sides(config, Path(folder))
        exact, about = check(sides)
        result = report(config, *measure(sides), exact)
    result["environment"] = surroundings(config, load, about)
    line = json.dumps(result)
    if config.out is not None:
        config.out.parent.mkdir(parents=True, exist_ok=True)
        config.out.write_text(line + "\n")
    print(line)
    if not result["losses_agree"]:
        sys.exit("error: the losses differ: the two sides play different games")


if __name__ == "__main__":
    if sys.argv[1:2] == ["ours"]:
        ours(sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), Path(sys.argv[5]))
    else:
        sys.exit(guarded(lambda: main(parse(Config, sys.argv[1:], sys.argv[0], main.__doc__ or ""))))
