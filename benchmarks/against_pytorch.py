"""Our training step beside the same nets and the same game in plain PyTorch (`torch_gan.py`), on the same cores.

    python benchmarks/against_pytorch.py --recipe dcgan-32 --out dcgan-32.json

Both sides start from our weights and see the same images and codes, and the losses of three rounds must agree. That
they play the same game is seen in float64: in float32 a LeakyReLU's input next to zero rounds to either side, Adam
makes a full step of a gradient that is nearly nothing, and after three rounds PyTorch is 1e-4 to 1e-2 away from
*itself* in float64. So in float32 only the first loss, before any step, must agree; the rest is reported.

Each measurement is a fresh process, sides in turn, so that a busy moment or an unlucky memory layout hits one sample
and not one side. PyTorch counts in the fastest of its modes. Ours computes what PyTorch computes, and the recipe's
metrics; the average of G's parameters is left out on both sides. On CPU only: other devices' clocks wait for queues.
"""

import json
import statistics
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

if jax.config.jax_enable_x64:  # the check in float64: what says float32, here and in Flax, means that
    jnp.float32 = jnp.float64

import optax
import tyro
from flax import linen as nn

import processes
from jaxgen import executors, game, latents, recipes
from jaxgen.errors import InputError
from jaxgen.game import Game, Net, State
from jaxgen.nets import dcgan, mlp, net
from jaxgen.run.environment import environment
from jaxgen.run.main import guarded, parse
from processes import ALLOCATOR, Answer

LATENT = 100
CHECKED, CHECKED_BATCH = 3, 8  # rounds whose losses are compared; images in a batch in float64, which is slow
TOLERANCES = 1e-8, 1e-4  # of three rounds' losses in float64, and of the first loss in float32
WARM_UP = 5  # rounds after those, before the clock counts
IMAGES = 4  # batches that both sides go through again and again
HERE = Path(__file__).resolve()
MODES = ("eager", "channels_last", "compile")  # of torch_gan.py


class Recipe(NamedTuple):
    """What is measured: a row of `RECIPES`."""

    G: nn.Module
    D: nn.Module
    image: tuple[int, int, int]  # H, W, C
    torch: str  # the same nets' name in torch_gan.py


RECIPES = {
    "mlp": Recipe(mlp.Generator(28, 1), mlp.Discriminator(), (28, 28, 1), "mlp"),
    "dcgan-28": Recipe(dcgan.Generator(28, 1), dcgan.Discriminator(), (28, 28, 1), "dcgan"),
    "dcgan-32": Recipe(dcgan.Generator(32, 3), dcgan.Discriminator(), (32, 32, 3), "dcgan"),
    "dcgan-64": Recipe(dcgan.Generator(64, 3), dcgan.Discriminator(), (64, 64, 3), "dcgan"),
}
if TYPE_CHECKING:
    Name = str
else:
    Name = tyro.extras.literal_type_from_choices(RECIPES)


@dataclass(frozen=True)
class Config:
    """What to measure, and how often."""

    # The nets and the game.
    recipe: Name = "dcgan-32"
    # Images in a batch.
    batch: int = 64
    # Rounds that a process takes the median time of.
    rounds: int = 20
    # Processes for each side; a ratio comes from each.
    repeats: int = 5
    # Python that has torch and numpy, which may be another than this one.
    torch_python: str = sys.executable
    # Where to write the JSON that the last line says.
    out: Path | None = None


def build(G: Net, D: Net, prior=latents.normal) -> Game:
    """The game that torch_gan.py plays too."""
    G_tx, D_tx = optax.adam(2e-4, b1=0.5), optax.adam(2e-4, b1=0.5)
    return recipes.gan(G, D, latent=LATENT, prior=prior, G_tx=G_tx, D_tx=D_tx)._replace(ema={})


def drawn(reals: np.ndarray) -> np.ndarray:
    """The codes [CHECKED, 2, B, LATENT] that the game draws in its first rounds.

    A code depends on the state's key, the round, the player and its place in the batch, and not on the nets: so nets
    that do nothing play, without compilation, and the prior takes notes.
    """
    seen: list[jax.Array] = []

    def prior(keys, size):
        seen.append(latents.normal(keys, size))
        return seen[-1]

    idle = Net(lambda key, *xs: ({}, {}), lambda params, stats, x, train: (jnp.zeros(len(x)), stats))
    played = build(idle, idle, prior)
    state = game.init(played, jax.random.key(0), {"image": reals[0]})
    for r in range(CHECKED):
        state, _ = game.play_round(played, state, {"image": reals[r : r + 1]})
    return np.stack(seen).reshape(CHECKED, len(played.players), *seen[0].shape)


def save(state: State, reals: np.ndarray, file: Path) -> None:
    """What the other side starts from; torch_gan.py says how it reads."""
    leaves = jax.tree_util.tree_leaves_with_path(dict(state.params))
    weights: dict[str, Any] = {"/".join(str(entry.key) for entry in path): np.array(x) for path, x in leaves}
    np.savez(file, real=reals, z=drawn(reals), **weights)


def ours(name: str, batch: int, rounds: int, file: Path) -> None:
    """Our side, a process of its own: write what the other side starts from, play, print losses and time as JSON."""
    recipe = RECIPES[name]
    reals = np.random.default_rng(0).integers(0, 256, (IMAGES, batch, *recipe.image), dtype=np.uint8)
    played = build(net(recipe.G), net(recipe.D))
    mesh = executors.data_mesh(jax.devices()[:1])
    state = game.init(played, jax.random.key(0), {"image": reals[0]})
    if not file.exists():
        save(state, reals, file)
    state = jax.device_put(state, executors.state_sharding(played, mesh, state))
    batches = [jax.device_put({"image": real[None, None]}, executors.batch_sharding(mesh)) for real in reals]
    step = executors.data_parallel(played, mesh)

    losses, times = [], []
    for r in range(CHECKED + (WARM_UP + rounds if rounds else 0)):
        start = time.perf_counter()
        state, metrics = jax.block_until_ready(step(state, batches[r % IMAGES]))
        times.append(1000 * (time.perf_counter() - start))
        losses.append([float(metrics[f"{player}/loss"][0]) for player in ("D", "G")])
    ms = statistics.median(times[CHECKED + WARM_UP :]) if rounds else None
    print(json.dumps({"losses": losses[:CHECKED], "ms": ms, "about": environment()}))


def ask(config: Config, side: str, batch: int, rounds: int, file: Path, **variables: str) -> Answer:
    """Run a side, "ours" or a mode of PyTorch, and read its answer. No rounds: without a time.

    Raises:
      InputError: the process failed; with its last word.
    """
    theirs = [config.torch_python, HERE.with_name("torch_gan.py"), RECIPES[config.recipe].torch, side]
    mine = [sys.executable, HERE, "ours", config.recipe, batch]
    command = [*(mine if side == "ours" else theirs), rounds, file]
    return processes.ask(command, JAX_PLATFORMS="cpu", CUDA_VISIBLE_DEVICES="", **variables)


def apart(ours: list[Answer], theirs: list[Answer], losses: int | None = None) -> float:
    """The largest difference of the first `losses` losses, D's and G's in turn; by default of all."""
    a, b = (np.array([np.ravel(answer["losses"])[:losses] for answer in side]) for side in (ours, theirs))
    return float(np.abs(a - b).max())


def check(config: Config, file: Path) -> tuple[float, dict[str, Any]]:
    """The largest difference of losses in float64, and what both sides run on."""
    mine = ask(config, "ours", CHECKED_BATCH, 0, file, JAX_ENABLE_X64="1")
    theirs = ask(config, "eager", CHECKED_BATCH, 0, file)
    return apart([mine], [theirs]), {**mine["about"], "pytorch": theirs["about"], "allocator": ALLOCATOR}


def measure(config: Config, file: Path) -> tuple[dict[str, list[Answer]], dict[str, str]]:
    """Every side's answers, one a repeat, in turn; and why a mode of PyTorch has none."""
    answers: dict[str, list[Answer]] = {side: [] for side in ("ours", *MODES)}
    skipped: dict[str, str] = {}
    for repeat in range(config.repeats):
        for side in list(answers):
            try:
                answer = ask(config, side, config.batch, config.rounds, file)
            except InputError as why:
                if side in ("ours", "eager"):
                    raise
                skipped[side] = str(why)
                del answers[side]
                print(f"skipped: {why}", flush=True)
            else:
                answers[side].append(answer)
                print(f"{repeat + 1}/{config.repeats} {side}: {answer['ms']:.2f} ms", flush=True)
    return answers, skipped


def report(answers: dict[str, list[Answer]]) -> dict[str, Any]:
    """Times, ratios and losses in float32."""
    ms = {side: [answer["ms"] for answer in given] for side, given in answers.items()}
    medians = {side: statistics.median(times) for side, times in ms.items()}
    fastest = min((side for side in medians if side != "ours"), key=medians.__getitem__)
    ratios = [theirs / mine for theirs, mine in zip(ms[fastest], ms["ours"])]
    first, three = (max(apart(answers["ours"], theirs, n) for theirs in answers.values()) for n in (1, None))
    return {
        "pytorch_ms": medians[fastest],
        "pytorch_mode": fastest,
        "ours_ms": medians["ours"],
        "ratio": statistics.median(ratios),
        "ratio_min": min(ratios),
        "ratio_max": max(ratios),
        "all_ms": ms,
        "first_loss_difference_float32": first,
        "largest_difference_float32": three,
    }


def main(config: Config) -> None:
    """Measure our training step beside PyTorch's."""
    load = processes.warn_if_busy()
    what = {name: value for name, value in asdict(config).items() if name not in ("torch_python", "out")}
    with tempfile.TemporaryDirectory() as folder:
        difference, about = check(config, Path(folder, "float64.npz"))
        answers, skipped = measure(config, Path(folder, "float32.npz"))
    result = {**what, **report(answers), "modes_skipped": skipped, "largest_difference": difference}
    differences = (difference, result["first_loss_difference_float32"])
    result["losses_agree"] = all(d <= limit for d, limit in zip(differences, TOLERANCES))
    about["command"] = " ".join([HERE.name, *(f"--{name} {value}" for name, value in what.items())])
    line = json.dumps({**result, "environment": {**about, "load_before": load}})
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
