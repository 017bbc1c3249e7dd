"""What a state is, in 64 characters."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import jax
import numpy as np
from jax import Array
from jax.experimental import multihost_utils


def flatten(state: Any) -> dict[str, Array]:
    """Every array of a state, or of a state's shapes, by its path ("params/G/Dense_0/kernel"); keys as their data."""
    paths = jax.tree_util.tree_leaves_with_path(state)
    return {jax.tree_util.keystr(path, simple=True, separator="/"): _raw(leaf) for path, leaf in paths}


def unflatten(arrays: Mapping[str, Array], like: Any) -> Any:
    """The reverse of `flatten`: arrays by their paths -> a state like `like`, with keys of jax's default kind."""
    names = list(flatten(like))
    leaves, structure = jax.tree.flatten(like)
    wrapped = [
        jax.random.wrap_key_data(arrays[name]) if _is_key(leaf) else arrays[name] for name, leaf in zip(names, leaves)
    ]
    return jax.tree.unflatten(structure, wrapped)


def _is_key(leaf: Array) -> bool:
    return jax.dtypes.issubdtype(leaf.dtype, jax.dtypes.prng_key)


def _raw(leaf: Any) -> Any:
    if not _is_key(leaf):
        return leaf
    if isinstance(leaf, jax.ShapeDtypeStruct):
        data = jax.eval_shape(jax.random.key_data, leaf)
        return jax.ShapeDtypeStruct(data.shape, data.dtype, sharding=leaf.sharding)
    return jax.random.key_data(leaf)


def on_host(array: Array) -> np.ndarray:
    """An array as numpy, wherever it lies. Call it on all processes: what is split over them is gathered."""
    if isinstance(array, np.ndarray) or array.is_fully_addressable or array.is_fully_replicated:
        return np.asarray(array)
    return np.asarray(multihost_utils.process_allgather(array, tiled=True))


def manifest(arrays: Mapping[str, Array], position: Mapping[str, Any]) -> dict[str, Any]:
    """Type, shape and SHA-256 of every array, the data's position, and one digest of all of that.

    The same on any number of devices and processes for the same numbers.
    """
    leaves = {}
    for name in sorted(arrays):
        array = np.ascontiguousarray(on_host(arrays[name]))
        sha = hashlib.sha256(array.tobytes()).hexdigest()
        leaves[name] = {"dtype": array.dtype.name, "shape": list(np.shape(arrays[name])), "sha256": sha}
    whole = hashlib.sha256(json.dumps([leaves, dict(position)], sort_keys=True).encode()).hexdigest()
    return {"digest": whole, "position": dict(position), "leaves": leaves}
