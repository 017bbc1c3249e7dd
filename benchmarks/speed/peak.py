"""What a machine can do at most: the rate of a large product of matrices."""

import time

import jax
import jax.numpy as jnp

SIDE = {"cpu": 2048}  # of the matrices; of other devices 8192
# What makers say that their GPUs reach, in TFLOP/s of products that are not sparse: TF32 (float32 where there is none)
# and bfloat16. The first name counts whose words are all in the device's.
PUBLISHED = {
    "B200": (1125.0, 2250.0),
    "GH200": (494.7, 989.4),
    "H200 NVL": (417.5, 835.5),
    "H200": (494.7, 989.4),
    "H100 PCIe": (378.0, 756.0),
    "H100 NVL": (417.5, 835.5),
    "H100": (494.7, 989.4),
    "A100": (156.0, 312.0),
    "A10G": (35.0, 70.0),
    "A10": (62.5, 125.0),
    "L40S": (183.0, 362.0),
    "L4": (60.0, 121.0),
    "RTX 5090": (104.8, 209.5),
    "RTX 4090": (82.6, 165.2),
    "RTX 3090": (35.6, 71.2),
    "RTX A6000": (77.4, 154.8),
    "T4": (8.1, None),
    "V100": (15.7, None),
}


def published(device: str, dtype: str) -> float | None:
    """TFLOP/s that a device's maker promises; None where it is not in the table."""
    words = set(device.replace("-", " ").split())
    found = [values for name, values in PUBLISHED.items() if set(name.split()) <= words and "Laptop" not in words]
    return found[0][dtype != "float32"] if found else None


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
