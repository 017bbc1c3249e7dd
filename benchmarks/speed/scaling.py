"""What splitting a round over devices costs, and what it sends between them.

    python benchmarks/speed/scaling.py --recipes gan-mlp-28 dcgan-32 --devices 1 2 4 8

The devices are fake ones that share this machine's cores, and the batch of all together stays the same: a round that
takes as long on eight as on one is split for nothing. Then the same in processes of one device each, which send to each
other as machines do, but over this one's loopback. They say nothing of how fast real ones are. For that there is a
model, no measurement: each accelerator has the row's whole batch for itself, and a round takes the longer of its
operations at the peak rate and its bytes at the memory's, and then the all-reduce, each number of which a device sends
and gets 2 (n - 1) / n times, at the links' rate, waiting for nothing and hidden behind nothing. Operations and bytes
are XLA's for the program of one CPU device. The defaults are NVIDIA's figures for one H100 SXM: dense TF32, HBM3, and
NVLink in one direction.

That a turn ends in one all-reduce of its gradients, and that nothing else grows with the parameters, is read from each
compiled program; if it is not so, this fails. Ends in one line of JSON.
"""

import json
import socket
import statistics
import sys
import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import jax
from matplotlib.figure import Figure

from collectives import Collective, collectives
from jaxgen.cli import guarded, parse
from jaxgen.executors import data_mesh
from jaxgen.game import Game, State, plays_singly
from jaxgen.store.environment import environment
from processes import Answer, ask, tell, warn_if_busy
from workloads import WORKLOADS, Name, start

HERE = Path(__file__).resolve()
# What may travel beside gradients: a share of their bytes, since BatchNorm's statistics are of features, of which a
# kernel has the square; and bytes a row, for metrics.
BESIDE, METRICS = 0.02, 4096


@dataclass(frozen=True)
class Config:
    """What to measure, and the accelerator of the model."""

    # Rows of workloads.py.
    recipes: tuple[Name, ...] = tuple(WORKLOADS)
    # Numbers of devices; the first is what the others are compared with.
    devices: tuple[int, ...] = (1, 2, 4, 8)
    # Processes with a device each; 1 is without them.
    processes: int = 2
    # Rounds that are timed, after one that is not.
    rounds: int = 5
    # The accelerator's name.
    accelerator: str = "NVIDIA H100 SXM"
    # Its peak, 10^12 operations a second.
    tflops: float = 494.0
    # Of its memory, 10^9 bytes a second.
    memory_gbs: float = 3350.0
    # Of its links to the others, 10^9 bytes a second in each direction.
    links_gbs: float = 450.0
    # A file for the JSON, and beside it a plot.
    out: Path | None = None


def gradient_sizes(game: Game, state: State) -> list[int]:
    """Numbers in the gradients that each turn of a round has to share; no gradients are those of examples' own nets."""
    size = {net: sum(x.size for x in jax.tree.leaves(params)) for net, params in state.params.items()}
    turns = [
        sum(size[net] for net in player.owns)
        for name, player in game.players.items()
        if not plays_singly(game, name, state.params)
        for _ in range(player.turns)
    ]
    return [numbers for numbers in turns if numbers]


def sent(found: list[Collective], gradients: list[int]) -> dict[str, Any]:
    """What a program sends: by kind, and whether it is one all-reduce of gradients a turn and no more."""
    kinds: dict[str, dict[str, int]] = defaultdict(lambda: {"count": 0, "bytes": 0})
    for one in found:
        kinds[one.kind]["count"] += 1
        kinds[one.kind]["bytes"] += one.bytes
    least = min(gradients, default=sys.maxsize)
    large = [one for one in found if 2 * one.numbers > least]  # XLA lets a leaf travel with the next BatchNorm's sums
    beside = sum(one.bytes for one in found) - 4 * sum(gradients)
    return {
        "collectives": dict(kinds),
        "gradient_all_reduces": len(large) / len(gradients) if gradients else 0.0,  # a turn
        "beside_gradients_bytes": beside,
        "one_a_turn": [one.kind for one in large] == ["all-reduce"] * len(gradients),
    }


def measure(recipe: str, devices: str, rounds: str, coordinator: str = "", process: str = "") -> Answer:
    """A process of its own, with as many devices; with a coordinator one of as many processes."""
    if coordinator:
        jax.distributed.initialize(coordinator, int(devices), int(process))
    one = start(WORKLOADS[recipe], data_mesh(jax.devices()[: int(devices)]))
    compiled = one.step.lower(one.state, one.batches).compile()
    gradients, cost = gradient_sizes(one.game, one.state), compiled.cost_analysis()
    state, times = one.state, list[float]()
    for _ in range(1 + int(rounds)):
        began = time.perf_counter()
        state, _ = jax.block_until_ready(compiled(state, one.batches))
        times.append(1000 * (time.perf_counter() - began))
    return {
        "devices": int(devices),
        "processes": jax.process_count(),
        "ms": statistics.median(times[1:]),
        "ms_least": min(times[1:]),
        "ms_most": max(times[1:]),
        "turns": len(gradients),
        "gradients_bytes": 4 * sum(gradients),
        **sent(collectives(compiled.as_text()), gradients),
        "flop": cost["flops"],
        "bytes": cost["bytes accessed"],
        "about": environment(),
    }


def modelled(config: Config, alone: Answer, devices: int, sent_bytes: int) -> dict[str, float]:
    """Milliseconds of a round on so many accelerators, as the text above says, and the share that is not sending."""
    whole = {what: alone["devices"] * alone[what] for what in ("flop", "bytes")}  # of a batch: XLA counts a device's
    computing = max(whole["flop"] / (config.tflops * 1e12), whole["bytes"] / (config.memory_gbs * 1e9))
    sending = 2 * (devices - 1) / devices * sent_bytes / (config.links_gbs * 1e9)
    return {"ms": 1000 * (computing + sending), "efficiency": computing / (computing + sending)}


def played(recipe: str, devices: int, rounds: int, processes: int = 1) -> Answer:
    """On so many devices of one process, or of a process each; the first one answers."""
    flags = f"--xla_force_host_platform_device_count={devices // processes}"
    words = [sys.executable, HERE, "measure", recipe, devices, rounds]
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{s.getsockname()[1]}"
    each = [[*words, address, i] for i in range(processes)] if processes > 1 else [words]
    with ThreadPoolExecutor(processes) as threads:
        answers = list(threads.map(lambda words: ask(words, JAX_PLATFORMS="cpu", XLA_FLAGS=flags), each))
    return answers[0]


def scaled(config: Config, recipe: str) -> dict[str, Any]:
    """A row of the results."""
    found: list[Answer] = []
    apart = [(config.processes, config.processes)] if config.processes > 1 else []
    for devices, processes in [*((devices, 1) for devices in config.devices), *apart]:
        answer = played(recipe, devices, config.rounds, processes)
        crossing = sum(kind["bytes"] for kind in answer["collectives"].values())
        answer["model"] = modelled(config, found[0] if found else answer, devices, crossing)
        found.append(answer)
        print(
            f"{recipe} on {layout(answer)}: {answer['ms']:.1f} ms, {answer['gradient_all_reduces']:.0f} gradient "
            f"all-reduces a turn, {answer['beside_gradients_bytes']} bytes beside them",
            flush=True,
        )
    return {"recipe": recipe, "devices": found}


def layout(answer: Answer) -> str:
    """Where a row was played."""
    return f"{answer['devices']}" + (f" in {answer['processes']} processes" if answer.get("processes", 1) > 1 else "")


def plot(rows: list[dict[str, Any]]) -> Figure:
    """A line for each row: time relative to one device, and the model's efficiency."""
    figure = Figure(figsize=(10, 4), layout="constrained")
    left, right = figure.subplots(1, 2)
    for row in rows:
        shown = [one for one in row["devices"] if one["processes"] == 1]
        devices = [one["devices"] for one in shown]
        left.plot(devices, [one["ms"] / shown[0]["ms"] for one in shown], "o-", label=row["recipe"])
        right.plot(devices, [100 * one["model"]["efficiency"] for one in shown], "o-")
    left.set(xlabel="fake devices on the same cores", ylabel="time of a round / on one", ylim=(0, None))
    right.set(xlabel="accelerators (a model)", ylabel="% of a round that is not sending", ylim=(0, 105))
    for panel in (left, right):
        panel.set_xscale("log", base=2)
        panel.xaxis.set_major_formatter("{x:.0f}")
    left.legend(fontsize=7)
    return figure


def faults(rows: list[dict[str, Any]]) -> list[str]:
    """Programs that send more than they have to. On one device nothing is sent, and sums are not kept in one piece."""
    return [
        f"{row['recipe']} on {layout(one)}"
        for row in rows
        for one in row["devices"]
        if one["devices"] > 1
        and (not one["one_a_turn"] or one["beside_gradients_bytes"] > BESIDE * one["gradients_bytes"] + METRICS)
    ]


def main(config: Config) -> None:
    """Measure what splitting a round over devices costs and sends."""
    load = warn_if_busy()
    rows = [scaled(config, recipe) for recipe in config.recipes]
    about = rows[0]["devices"][0]["about"]
    for row in rows:
        row["devices"] = [{name: x for name, x in one.items() if name != "about"} for one in row["devices"]]
    wrong = faults(rows)
    result = {
        "rows": rows,
        "fake_devices": True,
        "as_it_should_be": not wrong,
        "settings": {name: value for name, value in asdict(config).items() if name != "out"},
    }
    tell(result, {**about, "xla_flags": ""}, load, config.out, plot(rows))
    if wrong:
        sys.exit(f"error: more than a turn's gradients crosses devices: {', '.join(wrong)}")


if __name__ == "__main__":
    if sys.argv[1:2] == ["measure"]:
        print(json.dumps(measure(*sys.argv[2:])))
    else:
        sys.exit(guarded(lambda: main(parse(Config, sys.argv[1:], sys.argv[0], main.__doc__ or ""))))
