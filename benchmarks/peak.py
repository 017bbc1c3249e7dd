"""What a machine can do at most: the rate of a large product of matrices."""

import time

import jax
import jax.numpy as jnp


def peak(side: int = 2048, repeats: int = 10, dtype: jax.typing.DTypeLike = jnp.float32) -> float:
    """GFLOP/s of the fastest of several products of two square matrices, on all that one device uses."""
    x = jnp.ones((side, side), dtype)
    product = jax.jit(jnp.matmul)
    jax.block_until_ready(product(x, x))  # compiles
    seconds = []
    for _ in range(repeats):
        start = time.perf_counter()
        jax.block_until_ready(product(x, x))
        seconds.append(time.perf_counter() - start)
    return 2 * side**3 / min(seconds) / 1e9
