"""What on_gpu.py asks of the process that has jax: a function for each kind of question (worker.py)."""

import importlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import jax

import our_games
import throughput
from jaxgen.abilities import Drawing
from jaxgen.data import open_source
from jaxgen.errors import InputError
from jaxgen.measure import of_run
from jaxgen.measure.evaluate import NETWORKS
from jaxgen.metrics.protocol import PRESETS
from jaxgen.model import Model
from jaxgen.store.environment import environment
from peak import published

sampler: Any = importlib.import_module("sampling")  # the script beside this one, and not what it is about


def about() -> dict[str, Any]:
    """The machine, and what is installed."""
    return environment()


def row(name: str, dtype: str, rounds: int, file: str, batch: int | None = None) -> dict[str, Any]:
    """Our side of a row of `our_games.RECIPES`, and what the other side must know."""
    recipe = our_games.RECIPES[name]
    batch = batch or recipe.batch
    found = our_games.ours(name, batch, rounds, Path(file), dtype, our_games.unseen)
    most = published(jax.devices()[0].device_kind, dtype)
    rate = found["images"] / found["ms"] * 1000
    return {
        "batch": batch,
        "ms": found["ms"],
        "images": found["images"],
        "images_per_second": rate,
        "gflop": found["flops"] / 1e9,
        "share_of_peak": found["flops"] / found["ms"] / 1e9 / most if most else None,
        "share_of_product": found["flops"] / found["ms"] / 1e6 / found["peak"],  # of a large product of matrices
        "torch": recipe.torch,
    }


def dispatch(name: str, dtype: str, rounds: int, seconds: float) -> dict[str, Any]:
    """A row of workloads.py, many rounds a dispatch."""
    found = throughput.measure(throughput.Case(name, dtype, rounds), seconds, None)
    return {
        "ms": found["ms"],
        "images_per_second": 1000 * found["images"] / found["ms"],
        "compile_s": found["compile_s"],
    }


def sampling(precision: str, **given: Any) -> dict[str, Any]:
    """Cached and naive sampling, with products of matrices of that precision."""
    with jax.default_matmul_precision(precision):
        return sampler.measured(sampler.Config(**given))


def dataset(choices: list[list[Any]], data_dir: str | None) -> dict[str, Any]:
    """The first of some data sets that is there, by name and side in pixels."""
    for name, size in choices:
        try:
            source = open_source(name, split="train", size=size, data_dir=data_dir and Path(data_dir))
        except InputError:
            continue
        return {"dataset": name, "size": size, "images": source.length}
    raise InputError("none of the data sets is there")


def score(run: str, images: int) -> dict[str, Any]:
    """A finished run's Fréchet distance by the first network whose weights are there, or else what needs none."""
    model = Model(Path(run), "last")
    protocol = replace(PRESETS["quick"], real=images, generated=images)
    for metric, network in [*(("fid", network) for network in NETWORKS), ("swd", NETWORKS[0])]:
        try:
            found = of_run.scored(model, model.ability(Drawing), metric, protocol, None, network, None)
        except InputError:
            continue
        return {"scores": {one.name: one.value for one in found.scores}, "images": images, "notes": list(found.notes)}
    raise InputError("no score can be had")
