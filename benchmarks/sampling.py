"""Autoregressive sampling with cached activations beside naive sampling, both compiled, from the same weights and keys.

    python benchmarks/sampling.py --model pixelcnnpp --size 32 --batch 16

A naive pixel is a forward pass over whole images and always costs the same: --pixels of them are timed, and the time is
scaled up to all. Cached sampling is timed as a whole. Both run once before they are timed. `equal` says whether every
pixel of the cached samples is what naive sampling draws: one full pass over them gives the distributions that naive
sampling would have, pixel after pixel, and drawing from them with the same keys must give the same pixels again, but
for rounding (of 255ths, so a share is said). Ends in one line of JSON.
"""

import json
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import jax
import jax.numpy as jnp
import numpy as np
import tyro
from jax import Array

from jaxgen import pixels
from jaxgen.nets.pixelcnnpp import PixelCNNPlusPlus
from jaxgen.run.environment import environment
from jaxgen.run.folder import write_json
from jaxgen.sampling import ancestral


@dataclass(frozen=True)
class Config:
    # The net, with random weights: time does not depend on them.
    model: Literal["pixelcnnpp"] = "pixelcnnpp"
    # Side of the images, in pixels.
    size: int = 32
    # Images at once.
    batch: int = 16
    # Channels of its layers; 160 as published.
    filters: int = 80
    # Resnets in a block; 5 as published.
    resnets: int = 2
    # Pixels that naive sampling is timed on.
    pixels: int = 8
    # Times each side is run; the fastest counts.
    repeats: int = 3
    # Where the figures go; by default nowhere.
    out: Path | None = None


def timed(config: Config, name: str, function: Callable, *xs: Any) -> tuple[Any, float, float]:
    """What it gives, the least seconds that it takes, and those of its compilation."""
    began = time.perf_counter()
    compiled = jax.jit(function).lower(*xs).compile()
    compiling = time.perf_counter() - began
    out, took = jax.block_until_ready(compiled(*xs)), []
    for _ in range(config.repeats):
        began = time.perf_counter()
        out = jax.block_until_ready(compiled(*xs))
        took.append(time.perf_counter() - began)
    print(f"{name}: compiled in {compiling:.1f} s, runs in {min(took):.3f} s", file=sys.stderr, flush=True)
    return out, min(took), compiling


def main(config: Config) -> None:
    """Time both ways of sampling."""
    net = PixelCNNPlusPlus(filters=config.filters, resnets=config.resnets)
    blank = jnp.zeros((config.batch, config.size, config.size, 3))
    key = jax.random.key(0, impl="rbg")  # XLA's own generator: with jax's default, init compiles for minutes
    params = jax.jit(net.init)(key, blank[:1])["params"]
    keys = jax.random.split(jax.random.key(1), config.batch)
    family = pixels.logistics(3)
    nothing = jnp.zeros((config.size, config.size), bool)

    def redrawn(params: Any, x: Array) -> Array:
        out = net.apply({"params": params}, x).reshape(config.batch, config.size**2, -1)
        each = jax.vmap(lambda i: jax.vmap(lambda key: jax.random.fold_in(key, i))(keys))(jnp.arange(config.size**2))
        draw = jax.vmap(lambda parameters, keys: family.draw(parameters, keys, x[:, 0, 0], 0), (1, 0), 1)
        return draw(out, each).reshape(x.shape)

    fast, cached_s, compiling = timed(
        config, "cached", lambda p, x: ancestral.cached(net, p, keys, x, nothing, family), params, blank
    )
    some, part_s, _ = timed(
        config,
        "naive",
        lambda p, x: ancestral.naive(net, p, keys, x, nothing, family, count=config.pixels),
        params,
        blank,
    )
    flat = (config.batch, config.size**2, 3)
    begins = np.abs(np.asarray(some - fast).reshape(flat))[:, : config.pixels].max()
    share = float(np.mean(np.abs(np.asarray(jax.jit(redrawn)(params, fast) - fast)) < 1e-3))
    naive_s = part_s * config.size**2 / config.pixels
    result = {
        **{name: value for name, value in asdict(config).items() if name != "out"},
        "naive_s": round(naive_s, 2),
        "cached_s": round(cached_s, 4),
        "ratio": round(naive_s / cached_s, 1),
        "equal": bool(begins < 1e-3 and share > 0.999),
        "equal_share": share,
        "cached_compile_s": round(compiling, 1),
    }
    if config.out:
        write_json(config.out, {**result, "environment": environment()})
    print(json.dumps(result))


if __name__ == "__main__":
    main(tyro.cli(Config, description=main.__doc__))
