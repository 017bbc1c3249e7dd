"""All that only a GPU can say, in one command of a few minutes.

    python benchmarks/speed/on_gpu.py --minutes 8 --out gpu.json

1. Every row of our_games.py beside the best of PyTorch's modes, in float32 (TF32 on both sides) and in bfloat16, with
   images a second and the share of what the GPU's maker promises; 2. sampling pixel by pixel, cached and naive;
3. 1, 4 and 16 rounds a dispatch; 4. with the time that is left a real training, R3GAN on CIFAR-10 where that is
   prepared, and its score by what is there.

What says most comes first. After each answer the whole of --out is written anew, so that a call that is cut short loses
one answer. An error, of memory too, is noted where its answer would be, and what follows goes on. Rows are of times
alone: that both sides play the same game is what against_pytorch.py shows. Without PyTorch there are our sides alone.
--dry does all of it on the CPU at its smallest, in about a minute.
"""

import shlex
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from budget import LONGEST, Budget, Record, attempt, said
from jaxgen.cli import guarded, parse
from jaxgen.errors import InputError
from on_gpu_training import Training, train
from processes import ALLOCATOR
from worker import Unanswered, Worker

# Rows of our_games.py, those first that say most.
ROWS = (
    "dcgan-32", "sngan-32", "pixelcnnpp-32", "wgan-gp-32", "vae", "srresnet-64", "mlp", "pix2pix-64", "cyclegan-64",
    "dcgan-64",
    "inpainting-32", "dcgan-28",
)  # fmt: skip
EAGER, COMPILED = ("eager", "channels_last"), "compile"  # modes of PyTorch; the latter takes long to start
FIRST = 3  # rows that are compiled by PyTorch before there is anything in bfloat16
# When a part must be over, in shares of the whole time.
ENDS = {"rows": 0.52, "sampling": 0.66, "dispatch": 0.76, "training": 1.0}


@dataclass(frozen=True)
class Config:
    """How long, and where to."""

    # Minutes that it may take.
    minutes: float = 8.0
    # Where the results go, as JSON; a training goes into a folder beside it.
    out: Path = Path("on-gpu.json")
    # Python that has torch and numpy, which may be another than this one.
    torch_python: str = sys.executable
    # Data to train on, in place of the first that is there: a TFDS name, or a file or a folder of images of 32 pixels.
    dataset: str | None = None
    # Where TFDS keeps prepared data sets; by default its own choice.
    data_dir: Path | None = None
    # All of it on the CPU, at its smallest.
    dry: bool = False


class Step(NamedTuple):
    """A question of the first part."""

    row: str
    dtype: str
    side: str  # "ours", or a mode of PyTorch


def steps(rows: Sequence[str] = ROWS) -> list[Step]:
    """The first part's questions, in order."""

    def each(dtype: str, *sides: str, of: Sequence[str] = rows) -> list[Step]:
        return [Step(row, dtype, side) for row in of for side in sides]

    return [
        *each("float32", "ours", *EAGER),
        *each("float32", COMPILED, of=rows[:FIRST]),
        *each("bfloat16", "ours", *EAGER),
        *each("bfloat16", COMPILED, of=rows[:FIRST]),
        *each("float32", COMPILED, of=rows[FIRST:]),
        *each("bfloat16", COMPILED, of=rows[FIRST:]),
    ]


def rows(record: Record, budget: Budget, given: Sequence[Step], ours: Worker, theirs: Worker | None, how: dict) -> None:
    """The first part.

    Args:
      given: its questions.
      ours, theirs: who answers them.
      how: what is asked beside a row's name: the device, rounds, a batch other than the row's.
    """
    made: dict[tuple[str, str], dict[str, Any]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for step in given:
            row, file = made.get(step[:2]), str(Path(folder, f"{step.row}.npz"))
            name = " ".join(step)
            if step.side == "ours":
                about = {"name": step.row, "dtype": step.dtype, "file": file, **how["ours"]}
                answer = attempt(record, budget, "rows", name, partial(ours.ask, "row", about))
                if answer is not None:
                    made[step[:2]] = {"recipe": step.row, "dtype": step.dtype, **answer, "pytorch": {}}
                    record.found["rows"].append(made[step[:2]])
            elif theirs is None or row is None or "error" in row:
                continue
            else:
                game, nets = row["torch"]
                about = {"game": game, "nets": nets, "mode": step.side, "carried": file, "dtype": step.dtype}
                about |= how["theirs"]
                answer = attempt(record, budget, "rows", name, partial(theirs.ask, "theirs", about))
                if answer is not None:
                    compare(row, step.side, answer)
                    record.found.setdefault("pytorch", answer.get("about"))
            if answer is not None:
                record.tell(f"{name}: {said(answer)}")


def compare(row: dict[str, Any], mode: str, answer: dict[str, Any]) -> None:
    """Put a mode of PyTorch into a row, and what is said of the fastest mode."""
    modes = row["pytorch"]
    modes[mode] = answer if "error" in answer else {"ms": answer["ms"]}
    times = {name: mode["ms"] for name, mode in modes.items() if "ms" in mode}
    if times:
        best = min(times, key=times.__getitem__)
        row["pytorch_best"], row["ratio"] = best, times[best] / row["ms"]
        row["pytorch_images_per_second"] = row["images_per_second"] / row["ratio"]
        row["pytorch_share_of_peak"] = row["share_of_peak"] and row["share_of_peak"] / row["ratio"]


def several(record: Record, budget: Budget, part: str, ours: Worker, given: Sequence[dict[str, Any]]) -> None:
    """The second or the third part: a question of that name for each."""
    for one in given:
        name = " ".join([part, *(f"{key}={value}" for key, value in one.items())])
        answer = attempt(record, budget, part, name, partial(ours.ask, part, one))
        if answer is not None:
            record.found[part].append({**one, **answer})
            record.tell(f"{name}: {said(answer)}")


def has_torch(python: str) -> bool:
    look = "import importlib.util, sys; sys.exit(importlib.util.find_spec('torch') is None)"
    return subprocess.run([python, "-c", look]).returncode == 0


def driver() -> str | None:
    """The GPU's name and its driver's version, as nvidia-smi says them."""
    asked = ["nvidia-smi", "--query-gpu=name,driver_version", "--format=csv,noheader"]
    try:
        return subprocess.run(asked, capture_output=True, text=True, timeout=10).stdout.strip() or None
    except (OSError, subprocess.TimeoutExpired):
        return None


def measure(config: Config, record: Record, budget: Budget, ours: Worker, theirs: Worker | None) -> None:
    """All parts but the training, smallest where it is dry."""
    dry, rounds = config.dry, 1 if config.dry else 200
    mine = {"rounds": rounds} | ({"batch": 8} if dry else {})
    how = {"ours": mine, "theirs": {"rounds": rounds, "device": "cpu" if dry else "cuda"}}
    given = [step for step in steps(["mlp"]) if step.side != COMPILED] if dry else steps()
    rows(record, budget, given, ours, theirs, how)
    least = {"size": 4, "batch": 1, "filters": 4, "depth": 1, "pixels": 1, "repeats": 1}
    nets = [("pixelcnnpp", "highest"), ("gated", "highest"), ("pixelcnnpp", "default")]
    nets = [("pixelcnn", "highest")] if dry else nets
    drawn = [{"model": net, "precision": precision, **(least if dry else {"repeats": 2})} for net, precision in nets]
    several(record, budget, "sampling", ours, drawn)
    games = ["gan-mlp-28"] if dry else ["dcgan-32", "gan-mlp-28"]
    some = [{"name": name, "dtype": "float32", "rounds": n} for name in games for n in ((1, 2) if dry else (1, 4, 16))]
    several(record, budget, "dispatch", ours, [{**one, "seconds": 0.1 if dry else 1.5} for one in some])


def main(config: Config) -> None:
    """Measure all that only a GPU can say."""
    if (run := config.out.with_suffix("")).exists():
        raise InputError(f"{run} exists, where the training would go: choose another --out")
    budget = Budget(60 * config.minutes, ENDS)
    record = Record(config.out, budget, {part: [] for part in ("rows", "sampling", "dispatch")})
    variables = {"JAX_PLATFORMS": "cpu" if config.dry else "cuda,cpu", **ALLOCATOR}
    # A training has the GPU to itself; before it, PyTorch's process needs some of its memory too.
    ours = Worker("on_gpu_parts", **variables, XLA_PYTHON_CLIENT_MEM_FRACTION="0.45")
    theirs = Worker("torch_games", config.torch_python, **ALLOCATOR) if has_torch(config.torch_python) else None
    try:
        about = ours.ask("about", {}, LONGEST)
        command = shlex.join(["python", *sys.argv])
        record.found = {"gpu": driver(), "environment": {**about, "command": command}, **record.found}
        record.tell(f"on {', '.join(about['devices'])}")
        if theirs is None:
            record.tell(f"{Path(config.torch_python).name} has no PyTorch: our sides alone")
        measure(config, record, budget, ours, theirs)
        if theirs is not None:
            theirs.close()
        training = Training(config.out.with_suffix(""), config.dataset, config.data_dir, config.dry)
        train(record, budget, ours, training, variables)
    except Unanswered as why:
        raise InputError(f"nothing can be measured: {why}") from None
    finally:
        for worker in (ours, theirs):
            if worker is not None:
                worker.close()
    record.tell(f"done; left out: {', '.join(record.found['left_out']) or 'nothing'}")


if __name__ == "__main__":
    sys.exit(guarded(lambda: main(parse(Config, sys.argv[1:], sys.argv[0], main.__doc__ or ""))))
