"""Weights for tests by NumPy: an eager init compiles a program for every operation on every shape."""

from collections.abc import Callable
from typing import Any

import jax
import numpy as np


def weights(init: Callable, *xs: Any, spread: float = 0.0, seed: int = 0, **how: Any) -> Any:
    """What `init(key, *xs, **how)` has the shapes of: kernels that keep sizes, scales and variances of 1, else zeros,
    and to each number a normal one of deviation `spread` is added."""
    rng = np.random.default_rng(seed)

    def number(path: tuple, leaf: jax.ShapeDtypeStruct) -> np.ndarray:
        name, more = path[-1].key, spread * rng.normal(size=leaf.shape)
        if "kernel" in name or "embedding" in name:
            more = more + rng.normal(size=leaf.shape) / max(1, np.prod(leaf.shape[:-1])) ** 0.5
        return np.asarray(more + name.endswith(("scale", "var")), leaf.dtype)

    return jax.tree.map_with_path(number, jax.eval_shape(lambda: init(jax.random.key(0), *xs, **how)))
