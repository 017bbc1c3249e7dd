"""What a machine can do at most: the rate of a large product of matrices."""

import time

import jax
import jax.numpy as jnp

SIDE = {"cpu": 2048}  # of the matrices; of other devices 8192


def peak(dtype: jax.typing.DTypeLike = "float32", repeats: int = 20) -> float:
    """GFLOP/s of the fastest of several products of two square matrices, on one device."""
    side = SIDE.get(jax.default_backend(), 8192)
    x = jax.random.normal(jax.random.key(0), (side, side), jnp.dtype(dtype))
    product = jax.jit(jnp.matmul)
    jax.block_until_ready(product(x, x))  # compiles
    seconds = []
    for _ in range(repeats):
        start = time.perf_counter()
        jax.block_until_ready(product(x, x))
        seconds.append(time.perf_counter() - start)
    return 2 * side**3 / min(seconds) / 1e9
