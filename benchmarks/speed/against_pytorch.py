"""Our training step (`our_games.py`) beside the same in plain PyTorch (`torch_games.py`), on the same cores or GPU.

    python benchmarks/speed/against_pytorch.py --recipe dcgan-32 --out dcgan-32.json

Both sides start from our weights and see the same images and draws, and the losses of three rounds must agree. That
they play the same game is seen in float64: in float32 a LeakyReLU's input next to zero rounds to either side, Adam
makes a full step of a gradient that is nearly nothing, and after three rounds PyTorch is 1e-4 to 1e-2 away from
*itself* in float64. So in float32 only the first loss, before any step, must agree; the rest is reported.

Each measurement is a fresh process, sides in turn, so that a busy moment or an unlucky memory layout hits one sample
and not one side. PyTorch counts in the fastest of its modes. Ours computes what PyTorch computes, and the recipe's
metrics; averages of parameters are left out on both sides. A round of inpainting is a step of all codes; ours are one
compiled search of --rounds of them. A GPU is waited for every 20 rounds, as a training loop reads its losses now and
then; both sides compute in TF32 there, so that float32's first losses agree to 1e-2 only, and float64's are compared on
the CPU. There our processes also time a round's convolutions and products alone, as parts.py does: what bounds it.
"""

import json
import statistics
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import tyro

import processes
from jaxgen.cli import guarded, parse
from jaxgen.errors import InputError
from our_games import RECIPES
from processes import ALLOCATOR, Answer

CHECKED_BATCH = 8  # images in a batch in float64, which is slow
DOUBLE, SINGLE = 1e-8, {"cpu": 1e-4, "cuda": 1e-2}  # tolerances: of three rounds in float64, of a first loss in float32
HERE = Path(__file__).resolve()
MODES = ("eager", "channels_last", "compile")  # of torch_games.py
if TYPE_CHECKING:
    Name = str
else:
    Name = tyro.extras.literal_type_from_choices(RECIPES)


@dataclass(frozen=True)
class Config:
    """What to measure, and how often."""

    # The nets and the game.
    recipe: Name = "dcgan-32"
    # Images in a batch; by default the row's.
    batch: int | None = None
    # Rounds that a process takes the median time of.
    rounds: int = 20
    # Processes for each side; a ratio comes from each.
    repeats: int = 5
    # What both sides run on.
    device: Literal["cpu", "cuda"] = "cpu"
    # Python that has torch and numpy, which may be another than this one.
    torch_python: str = sys.executable
    # Where to write the JSON that the last line says.
    out: Path | None = None


def ask(
    config: Config, side: str, batch: int, rounds: int, file: Path, device: str = "cpu", **variables: str
) -> Answer:
    """Run a side, "ours" or a mode of PyTorch, and read its answer. No rounds: without a time.

    Raises:
      InputError: the process failed; with its last word.
    """
    theirs = [config.torch_python, HERE.with_name("torch_games.py"), *RECIPES[config.recipe].torch, side]
    mine = [sys.executable, HERE.with_name("our_games.py"), config.recipe, batch]
    command = [*(mine if side == "ours" else theirs), rounds, file, *([] if side == "ours" else [device])]
    if device == "cpu":
        variables["CUDA_VISIBLE_DEVICES"] = ""
    platforms = {"cpu": "cpu", "cuda": "cuda,cpu"}[device]  # the CPU counts operations
    return processes.ask(command, JAX_PLATFORMS=platforms, **variables)


def apart(ours: list[Answer], theirs: list[Answer], losses: int | None = None) -> float:
    """The largest difference of the first `losses` losses, by player in turn, in shares of their size where that is
    above 1; by default of all."""
    a, b = (np.array([np.ravel(answer["losses"])[:losses] for answer in side]) for side in (ours, theirs))
    return float((np.abs(a - b) / np.maximum(1, np.abs(a))).max())


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
                batch = config.batch or RECIPES[config.recipe].batch
                answer = ask(config, side, batch, config.rounds, file, config.device)
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
    flops, peak = answers["ours"][0]["flops"], statistics.median(answer["peak"] for answer in answers["ours"])
    least = 1000 * flops / (peak * 1e9)
    alone = [answer["alone_ms"] for answer in answers["ours"] if answer["alone_ms"] is not None]
    first, three = (max(apart(answers["ours"], theirs, n) for theirs in answers.values()) for n in (1, None))
    return {
        "pytorch_ms": medians[fastest],
        "pytorch_mode": fastest,
        "ours_ms": medians["ours"],
        "ratio": statistics.median(ratios),
        "ratio_min": min(ratios),
        "ratio_max": max(ratios),
        "gflop": flops / 1e9,  # of a round, by XLA's count
        "peak_gflops": peak,  # of a large product of matrices, through XLA
        "ours_share": least / medians["ours"],  # of that peak
        "pytorch_share": least / medians[fastest],
        "ratio_at_peak": medians[fastest] / least,  # what a step without a single wasted moment would reach
        "ours_alone_ms": statistics.median(alone) if alone else None,  # of convolutions and products, by parts.py
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
    what["batch"] = config.batch or RECIPES[config.recipe].batch
    result = {**what, **report(answers), "modes_skipped": skipped, "largest_difference": difference}
    differences = (difference, result["first_loss_difference_float32"])
    result["losses_agree"] = all(d <= limit for d, limit in zip(differences, (DOUBLE, SINGLE[config.device])))
    about["command"] = " ".join([HERE.name, *(f"--{name} {value}" for name, value in what.items())])
    line = json.dumps({**result, "environment": {**about, "load_before": load}})
    if config.out is not None:
        config.out.parent.mkdir(parents=True, exist_ok=True)
        config.out.write_text(line + "\n")
    print(line)
    if not result["losses_agree"]:
        sys.exit("error: the losses differ: the two sides play different games")


if __name__ == "__main__":
    sys.exit(guarded(lambda: main(parse(Config, sys.argv[1:], sys.argv[0], main.__doc__ or ""))))
