"""What bounds a round: its convolutions and products of matrices, each played alone.

    python benchmarks/speed/parts.py --recipes dcgan-32 pixelcnnpp-32

They are those of the traced program, of nets and of their gradients, in the forms that the library has chosen for this
backend. Each different one is compiled and timed by itself, on random numbers and with all cores, and counts as often
as a round has it; the rest of the round (normalisation, activations, slices, the optimiser) does not count. A round
hardly gets below their sum without faster convolutions than the compiler's, or fewer. It is no strict bound, since the
compiler may run two at once. A process of its own for each row, with the allocator settings of `processes.py`. Ends in
one line of JSON.
"""

import json
import statistics
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from math import prod
from pathlib import Path
from typing import Any

import jax
import numpy as np
from jax.extend.core import ClosedJaxpr, Jaxpr
from jax.interpreters.partial_eval import dce_jaxpr
from matplotlib.figure import Figure

from jaxgen.cli import guarded, parse
from jaxgen.executors import data_mesh
from jaxgen.store.environment import environment
from peak import peak
from processes import Answer, ask, tell, warn_if_busy
from workloads import WORKLOADS, Name, start

HERE = Path(__file__).resolve()
COUNTED = ("conv_general_dilated", "dot_general")
LEAST, SECONDS = 5, 0.2  # of each part: times, and seconds of them
ROUNDS = 5
SHOWN = 5  # of a row's parts, those that take longest


@dataclass(frozen=True)
class Config:
    """What to take apart."""

    # Rows of workloads.py.
    recipes: tuple[Name, ...] = tuple(WORKLOADS)
    # A file for the JSON, and beside it a plot.
    out: Path | None = None


@dataclass(frozen=True)
class Part:
    """One operation of a program, whatever it is applied to."""

    primitive: Any
    shapes: tuple[tuple[int, ...], ...]  # of its arguments
    dtypes: tuple[str, ...]
    result: tuple[int, ...]
    params: str  # of the primitive, in words: parts are the same where these are
    flop: float

    @property
    def name(self) -> str:
        kind = "conv" if "conv" in self.primitive.name else "product"
        return f"{kind} {' * '.join('x'.join(map(str, s)) for s in self.shapes)} -> {'x'.join(map(str, self.result))}"


def equations(jaxpr: Jaxpr, times: int = 1) -> Iterator[tuple[Any, int]]:
    """All of a program's, those of loops as often as they turn (of `while` once), and of branches all."""
    for eqn in jaxpr.eqns:
        yield eqn, times
        for value in eqn.params.values():
            for inner in value if isinstance(value, tuple | list) else [value]:
                if isinstance(inner, Jaxpr | ClosedJaxpr):
                    body = inner.jaxpr if isinstance(inner, ClosedJaxpr) else inner
                    yield from equations(body, times * eqn.params.get("length", 1))


def flop(eqn: Any) -> float:
    """Two for each product of numbers, those with a padding's zeros too."""
    left, right = (v.aval.shape for v in eqn.invars)
    result = prod(eqn.outvars[0].aval.shape)
    if eqn.primitive.name == "dot_general":
        (contracted, _), _ = eqn.params["dimension_numbers"]
        return 2.0 * result * prod(left[d] for d in contracted)
    layout = eqn.params["dimension_numbers"]
    return 2.0 * result * prod(right) / right[layout.rhs_spec[0]]  # a kernel's numbers for one of its features


def parts(jaxpr: Jaxpr) -> tuple[Counter[Part], dict[Part, Any]]:
    """How often each is in a program, without what nothing of its results needs, and one equation of each."""
    jaxpr, _ = dce_jaxpr(jaxpr, [True] * len(jaxpr.outvars))
    counts: Counter[Part] = Counter()
    of: dict[Part, Any] = {}
    for eqn, times in equations(jaxpr):
        if eqn.primitive.name in COUNTED:
            arguments = [v.aval for v in eqn.invars]
            shapes, dtypes = tuple(a.shape for a in arguments), tuple(str(a.dtype) for a in arguments)
            result = eqn.outvars[0].aval.shape
            part = Part(eqn.primitive, shapes, dtypes, result, str(eqn.params), flop(eqn))
            counts[part] += times
            of[part] = eqn
    return counts, of


def milliseconds(f: Callable[..., Any], *arguments: Any) -> float:
    """The median, after one that does not count."""
    jax.block_until_ready(f(*arguments))
    times, until = list[float](), time.perf_counter() + SECONDS
    while len(times) < LEAST or time.perf_counter() < until:
        began = time.perf_counter()
        jax.block_until_ready(f(*arguments))
        times.append(1000 * (time.perf_counter() - began))
    return statistics.median(times)


def alone(part: Part, eqn: Any) -> float:
    """Milliseconds of a program that does nothing else."""
    rng = np.random.default_rng(0)
    numbers = [rng.standard_normal(s, np.float32).astype(t) for s, t in zip(part.shapes, part.dtypes)]
    return milliseconds(jax.jit(lambda *x: eqn.primitive.bind(*x, **eqn.params)), *map(jax.device_put, numbers))


def timed(jaxpr: Jaxpr) -> tuple[Counter[Part], dict[Part, float]]:
    """How often each is in a program, and its milliseconds alone."""
    counts, of = parts(jaxpr)
    return counts, {part: alone(part, of[part]) for part in counts}


def together(counts: Counter[Part], each: dict[Part, float]) -> float:
    """Milliseconds of all, one after the other."""
    return sum(counts[part] * each[part] for part in counts)


def measure(recipe: str) -> Answer:
    """A process of its own: whole rounds, and then their parts."""
    one = start(WORKLOADS[recipe], data_mesh(jax.devices()[:1]))
    traced = one.step.trace(one.state, one.batches)
    compiled = traced.lower().compile()
    state, times = one.state, list[float]()
    for _ in range(2 + ROUNDS):
        began = time.perf_counter()
        state, _ = jax.block_until_ready(compiled(state, one.batches))
        times.append(1000 * (time.perf_counter() - began))
    counts, each = timed(traced.jaxpr.jaxpr)
    longest = sorted(counts, key=lambda part: -counts[part] * each[part])
    return {
        "recipe": recipe,
        "ms": statistics.median(times[2:]),
        "alone_ms": together(counts, each),
        "alone_gflop": sum(counts[part] * part.flop for part in counts) / 1e9,
        "parts": sum(counts.values()),
        "peak_gflops": peak(),
        "longest": [
            {
                "part": part.name,
                "count": counts[part],
                "ms": counts[part] * each[part],
                "gflops": part.flop / each[part] / 1e6,
            }
            for part in longest[:SHOWN]
        ],
        "about": environment(),
    }


def plot(rows: list[dict[str, Any]]) -> Figure:
    """What part of a round they take, a bar for each row."""
    figure = Figure(figsize=(8, 1 + 0.3 * len(rows)), layout="constrained")
    axes = figure.subplots()
    axes.barh([row["recipe"] for row in rows][::-1], [100 * row["alone_ms"] / row["ms"] for row in rows][::-1])
    axes.set(xlabel="convolutions and products, each alone, % of a round's time")
    return figure


def main(config: Config) -> None:
    """Time a round's convolutions and products, each alone."""
    load, rows = warn_if_busy(), list[dict[str, Any]]()
    for recipe in config.recipes:
        row = ask([sys.executable, HERE, "measure", recipe])
        about = row.pop("about")
        rows.append(row)
        print(f"{recipe}: {row['alone_ms']:.1f} ms alone, of {row['ms']:.1f} ms a round", flush=True)
    settings = {"recipes": asdict(config)["recipes"]}
    tell({"rows": rows, "settings": settings}, about, load, config.out, plot(rows))


if __name__ == "__main__":
    if sys.argv[1:2] == ["measure"]:
        print(json.dumps(measure(*sys.argv[2:])))
    else:
        sys.exit(guarded(lambda: main(parse(Config, sys.argv[1:], sys.argv[0], main.__doc__ or ""))))
