"""Naive against cached sampling of PixelCNN++ with random weights, both compiled: one JSON line.

    python benchmarks/sampling.py --size 32 --batch 16

Naive is timed on its first --pixels pixels, each of which costs the same, and scaled up. `equal` is the share of all
images' numbers that a full pass over the cached samples draws again from the same keys: where it is 1, naive sampling
draws the same, by induction over the pixels.
"""

import argparse
import json
import time

import jax
import jax.numpy as jnp
import numpy as np

from jaxgen.losses import likelihood
from jaxgen.nets.pixelcnnpp import PixelCNNPlusPlus
from jaxgen.sampling import ancestral

parser = argparse.ArgumentParser()
parser.add_argument("--model", choices=["pixelcnnpp"], default="pixelcnnpp")
for name, value in (("size", 32), ("batch", 16), ("filters", 80), ("resnets", 2), ("pixels", 4)):
    parser.add_argument(f"--{name}", type=int, default=value)
a = parser.parse_args()

net = PixelCNNPlusPlus(filters=a.filters, resnets=a.resnets)
blank = jnp.zeros((a.batch, a.size, a.size, 3))
params = jax.jit(net.init)(jax.random.key(0), blank[:1])["params"]
keys = jax.random.split(jax.random.key(1), a.batch)


def draw(parameters, keys):
    return likelihood.sample_pixel(parameters, keys, 3)


def timed(f, *xs):
    compiled = f.lower(*xs).compile()
    start = time.perf_counter()
    out = jax.block_until_ready(compiled(*xs))
    return out, time.perf_counter() - start


@jax.jit
def again(params, x):
    out = net.apply({"params": params}, x).reshape(a.batch, a.size**2, -1)
    folded = jax.vmap(lambda i: jax.vmap(lambda key: jax.random.fold_in(key, i))(keys))(jnp.arange(a.size**2))
    return jax.vmap(draw, (1, 0), 1)(out, folded).reshape(x.shape)


known = jnp.zeros((a.size, a.size), bool)
fast, cached_s = timed(jax.jit(lambda p, x: ancestral.cached(net, p, keys, x, known, draw)), params, blank)
_, part_s = timed(jax.jit(lambda p, x: ancestral.naive(net, p, keys, x, draw, a.pixels)), params, blank)
naive_s = part_s * a.size**2 / a.pixels
equal = float(np.mean(np.abs(np.asarray(again(params, fast) - fast)) < 1e-3))
print(json.dumps({"naive_s": naive_s, "cached_s": cached_s, "ratio": naive_s / cached_s, "equal": equal, **vars(a)}))
