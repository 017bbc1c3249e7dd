"""How fast rounds are: milliseconds, real images a second, share of the machine's peak, memory, time to compile.

    python benchmarks/speed/throughput.py --recipes gan-mlp-28 dcgan-32 --dtype float32 bfloat16 --dispatch 1 4 16

Each measurement is a fresh process with the allocator settings of `processes.py`, repeat after repeat over all rows of
`workloads.py`; its time is the median over dispatches, and of those the median, least and most are said. The batches
lie on the devices: what waiting for data costs, a run's own metrics say. A round's floating-point operations are XLA's
count for the program that is written out for the CPU (it counts a loop's body once); the peak is that of one large
product of matrices of the same type. Of rounds longer than `SHORT` only one a dispatch is measured: a dispatch is
nothing to them. Ends in one line of JSON.
"""

import json
import resource
import statistics
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, NamedTuple

import jax
from matplotlib.figure import Figure

from jaxgen.cli import guarded, parse
from jaxgen.executors import data_mesh
from jaxgen.game import turns
from jaxgen.store.environment import environment
from peak import peak
from processes import Answer, ask, tell, warn_if_busy
from workloads import WORKLOADS, Name, start

HERE = Path(__file__).resolve()
WARM_UP = 2  # dispatches before the clock counts
LEAST, TRACED = 3, 3  # dispatches that are timed at least, and traced
SHORT = 50.0  # ms


@dataclass(frozen=True)
class Config:
    """What to measure, and how often."""

    # Rows of workloads.py.
    recipes: tuple[Name, ...] = tuple(WORKLOADS)
    # Types of the nets' computation.
    dtype: tuple[Literal["float32", "bfloat16"], ...] = ("float32",)
    # Rounds in a dispatch.
    dispatch: tuple[int, ...] = (1,)
    # Processes for each measurement.
    repeats: int = 3
    # Seconds of rounds in each process.
    seconds: float = 5.0
    # A folder for traces of a few dispatches, which TensorBoard and Perfetto show; by default none.
    trace: Path | None = None
    # A file for the JSON, and beside it a plot.
    out: Path | None = None


class Case(NamedTuple):
    """What a process measures."""

    recipe: str
    dtype: str
    dispatch: int

    @property
    def name(self) -> str:
        return f"{self.recipe} {self.dtype} x{self.dispatch}"


def measure(case: Case, seconds: float, trace: Path | None) -> Answer:
    """A process of its own: compile, then play for some seconds."""
    row, mesh = WORKLOADS[case.recipe], data_mesh()
    one = start(row, mesh, case.dtype, case.dispatch)
    began = time.perf_counter()
    compiled = one.step.lower(one.state, one.batches).compile()
    compile_s = time.perf_counter() - began
    state, times = one.state, list[float]()

    def play(count: int, until: float = 0.0) -> None:
        nonlocal state
        while len(times) < count or time.perf_counter() < until:
            began = time.perf_counter()
            state, _ = jax.block_until_ready(compiled(state, one.batches))
            times.append(1000 * (time.perf_counter() - began) / case.dispatch)

    play(WARM_UP)
    times.clear()
    play(LEAST, time.perf_counter() + seconds)
    ms = statistics.median(times)
    if trace:
        with jax.profiler.trace(str(trace / case.name.replace(" ", "-"))):
            play(len(times) + TRACED)
    return {
        "ms": ms,
        "compile_s": compile_s,
        "images": row.batch * turns(one.game),
        "devices": mesh.devices.size,
        "program_bytes": program_bytes(compiled),
        "process_bytes": 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss,
        "about": environment(),
    }


def program_bytes(compiled: Any) -> int | None:
    """Bytes of a device that a program needs: arguments, results and what lies between; None where XLA does not say."""
    if (sizes := compiled.memory_analysis()) is None:
        return None
    parts = ("argument_size_in_bytes", "output_size_in_bytes", "temp_size_in_bytes")
    return sum(getattr(sizes, part) for part in parts) - sizes.alias_size_in_bytes  # a donated state is both


def count(recipe: str) -> Answer:
    """Floating-point operations of a round, on CPU, where it has no loops."""
    one = start(WORKLOADS[recipe], data_mesh(jax.devices()[:1]))
    return {"flop": one.step.lower(one.state, one.batches).cost_analysis()["flops"]}


PARTS: dict[str, Callable[..., Answer]] = {  # of a process of this script's own: what it is asked first -> what it does
    "measure": lambda recipe, dtype, dispatch, seconds, trace="": measure(
        Case(recipe, dtype, int(dispatch)), float(seconds), Path(trace) if trace else None
    ),
    "count": count,
    "peak": lambda dtype: {"peak": 1e9 * peak(dtype)},
}


def in_process(*words: object, **variables: str) -> Answer:
    return ask([sys.executable, HERE, *words], **variables)


def measured(config: Config) -> dict[Case, list[Answer]]:
    """Every case's answers, one a repeat."""
    cases = [Case(r, t, d) for r in config.recipes for t in config.dtype for d in sorted({1, *config.dispatch})]
    answers: dict[Case, list[Answer]] = {}
    trace = [config.trace] if config.trace else []
    for repeat in range(config.repeats):
        for case in cases:
            one = answers.get(case._replace(dispatch=1))
            if case.dispatch > 1 and one and one[0]["ms"] > SHORT:
                continue
            answer = in_process("measure", *case, config.seconds, *(trace if repeat == 0 else []))
            answers.setdefault(case, []).append(answer)
            print(
                f"{repeat + 1}/{config.repeats} {case.name}: {answer['ms']:.2f} ms, "
                f"compiled in {answer['compile_s']:.1f} s",
                flush=True,
            )
    return answers


def report(case: Case, answers: list[Answer], flop: float, most: float) -> dict[str, Any]:
    """A row of the results."""
    ms, first = [answer["ms"] for answer in answers], answers[0]
    middle, devices = statistics.median(ms), first["devices"]
    return {
        **case._asdict(),
        "ms": middle,
        "ms_least": min(ms),
        "ms_most": max(ms),
        "images_per_second_and_device": 1000 * first["images"] / middle / devices,
        "gflop": flop / 1e9,
        "share_of_peak": flop / (middle / 1000) / devices / most,
        "compile_s": statistics.median(answer["compile_s"] for answer in answers),
        "program_bytes": first["program_bytes"],
        "process_bytes": max(answer["process_bytes"] for answer in answers),
        "devices": devices,
    }


def plot(rows: Iterable[dict[str, Any]]) -> Figure:
    """Images a second and the share of the peak, a bar for each row."""
    shown = list(rows)[::-1]
    names = [Case(row["recipe"], row["dtype"], row["dispatch"]).name for row in shown]
    figure = Figure(figsize=(9, 1 + 0.3 * len(shown)), layout="constrained")
    left, right = figure.subplots(1, 2, sharey=True)
    left.barh(names, [row["images_per_second_and_device"] for row in shown], color="#2e6f95")
    left.set(xscale="log", xlim=(1, None), xlabel="real images a second and a device")
    right.barh(names, [100 * row["share_of_peak"] for row in shown], color="#d1495b")
    right.set(xlabel="% of the matrix product's peak")
    return figure


def main(config: Config) -> None:
    """Measure how fast rounds are."""
    load = warn_if_busy()
    peaks: dict[str, float] = {dtype: in_process("peak", dtype)["peak"] for dtype in config.dtype}
    flops = {recipe: in_process("count", recipe, JAX_PLATFORMS="cpu")["flop"] for recipe in config.recipes}
    answers = measured(config)
    rows = [report(case, given, flops[case.recipe], peaks[case.dtype]) for case, given in answers.items()]
    result = {
        "rows": rows,
        "peak_gflops": {dtype: value / 1e9 for dtype, value in peaks.items()},
        "settings": {name: value for name, value in asdict(config).items() if name not in ("trace", "out")},
    }
    tell(result, next(iter(answers.values()))[0]["about"], load, config.out, plot(rows))


if __name__ == "__main__":
    if sys.argv[1:2] and sys.argv[1] in PARTS:
        print(json.dumps(PARTS[sys.argv[1]](*sys.argv[2:])))
    else:
        sys.exit(guarded(lambda: main(parse(Config, sys.argv[1:], sys.argv[0], main.__doc__ or ""))))
