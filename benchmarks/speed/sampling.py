"""Autoregressive sampling with cached activations beside naive sampling, both compiled, from the same weights and keys.

    python benchmarks/speed/sampling.py --model pixelcnnpp --size 32 --batch 16

A naive pixel is as many forward passes over whole images as drawing it takes, and always costs the same: --pixels of
them are timed, and the time is scaled up to all. Cached sampling is timed as a whole. Both run once before they are
timed. `equal` says whether every pixel of the cached samples is what naive sampling draws: the --pixels first ones are
compared with it, and for all of them, full passes over the samples give the distributions that naive sampling would
have, pixel after pixel, and drawing from them with the same keys must give the same pixels again, but for rounding (of
256 levels, so a share is said). A GPU's usual TF32 rounds too much: JAX_DEFAULT_MATMUL_PRECISION=highest there.
`cache_bytes` is what is kept from row to row. Ends in one line of JSON.
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
from flax import linen as nn
from jax import Array

from jaxgen.nets.pixelcnn import GatedPixelCNN, PixelCNN
from jaxgen.nets.pixelcnnpp import PixelCNNPlusPlus
from jaxgen.nets.pixelrnn import DiagonalBiLSTM, RowLSTM
from jaxgen.pixels import Pixels, categorical, logistics
from jaxgen.sampling import ancestral
from jaxgen.sampling.walk import kept_bytes, pixel_keys
from jaxgen.store.environment import environment
from jaxgen.store.folder import write_json


@dataclass(frozen=True)
class Config:
    # The net, with random weights: time does not depend on them.
    model: Literal["pixelcnnpp", "gated", "pixelcnn", "row_lstm", "diagonal_bilstm"] = "pixelcnnpp"
    # Side of the images of 3 channels, in pixels.
    size: int = 32
    # Images at once.
    batch: int = 16
    # Channels of its layers; by default 80, and 64 inside the blocks of pixelcnn. As published: 160, 128, 128.
    filters: int | None = None
    # Resnets in a block, layers, or blocks; by default 2, 24 and 15. As published: 5 for pixelcnnpp, 15 for pixelcnn.
    depth: int | None = None
    # Pixels that naive sampling is timed on.
    pixels: int = 8
    # Times each side is run; the fastest counts.
    repeats: int = 3
    # Where the figures go; by default nowhere.
    out: Path | None = None


def ready(config: Config) -> tuple[nn.Module, Pixels, dict[str, int]]:
    """The net, what its pixels can be, and its sizes."""
    if config.model == "pixelcnnpp":
        family = logistics(3)
        filters, depth = config.filters or 80, config.depth or 2
        net: nn.Module = PixelCNNPlusPlus(family.out, filters, depth)
    elif config.model == "gated":
        family = categorical(3)
        filters, depth = config.filters or 80, config.depth or 24
        net = GatedPixelCNN(family.out, filters, depth, groups=3)
    elif config.model in ("row_lstm", "diagonal_bilstm"):
        family = categorical(3)
        filters, depth = config.filters or 30, config.depth or 7
        net = {"row_lstm": RowLSTM, "diagonal_bilstm": DiagonalBiLSTM}[config.model](
            family.out, filters, depth, groups=3
        )
    else:
        family = categorical(3)
        filters, depth = config.filters or 64, config.depth or 15
        net = PixelCNN(family.out, filters, depth, groups=3)
    return net, family, {"filters": filters, "depth": depth}


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


def redrawn(net: nn.Module, family: Pixels, params: Any, keys: Array, x: Array) -> Array:
    """Every pixel drawn again, given the pixels before it as they are."""
    parameters: Any = net.apply({"params": params}, x, train=False)
    count = x.shape[1] * x.shape[2]
    fresh = jax.vmap(lambda number: pixel_keys(keys, number))(jnp.arange(count))

    def draw(parameters: Array, keys: Array, pixel: Array) -> Array:
        for step in range(family.steps):  # a net's parameters of a channel saw the channels before it as they are
            pixel = family.draw(parameters, keys, pixel, step)
        return pixel

    flat = [a.reshape(len(x), count, -1) for a in (parameters, x)]
    return jax.vmap(draw, (1, 0, 1), 1)(flat[0], fresh, flat[1]).reshape(x.shape)


def measured(config: Config) -> dict[str, Any]:
    """Both ways of sampling, timed."""
    net, family, sizes = ready(config)
    blank = jnp.zeros((config.batch, config.size, config.size, 3))
    key = jax.random.key(0, impl="rbg")  # XLA's own generator: with jax's default, init compiles for minutes
    params = jax.jit(net.init)(key, blank[:1])["params"]
    keys = jax.random.split(jax.random.key(1), config.batch)
    given = keys, blank, jnp.zeros((config.size, config.size), bool), family
    fast, cached_s, compiling = timed(config, "cached", lambda p: ancestral.cached(net, p, *given), params)
    some, part_s, _ = timed(config, "naive", lambda p: ancestral.naive(net, p, *given, count=config.pixels), params)
    flat = (config.batch, config.size**2, 3)
    begins = np.abs(np.asarray(some - fast).reshape(flat))[:, : config.pixels].max()
    again = jax.jit(lambda p, x: redrawn(net, family, p, keys, x))(params, fast)
    share = float(np.mean(np.abs(np.asarray(again - fast)) < 1e-3))
    naive_s = part_s * config.size**2 / config.pixels
    return {
        **{name: value for name, value in asdict(config).items() if name != "out"},
        **sizes,
        "naive_s": round(naive_s, 2),
        "cached_s": round(cached_s, 4),
        "ratio": round(naive_s / cached_s, 1),
        "equal": bool(begins < 1e-3 and share > 0.999),
        "equal_share": share,
        "cache_bytes": kept_bytes(net, params, blank),
        "cached_compile_s": round(compiling, 1),
        "matmul_precision": jax.config.jax_default_matmul_precision or "default",  # of which a GPU's is TF32
    }


def main(config: Config) -> None:
    """Time both ways of sampling."""
    result = measured(config)
    if config.out:
        write_json(config.out, {**result, "environment": environment()})
    print(json.dumps(result))


if __name__ == "__main__":
    main(tyro.cli(Config, description=main.__doc__))
