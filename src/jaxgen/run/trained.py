"""The nets of a finished or running run, ready to draw from."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import flax.errors
import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from jaxgen import sampling
from jaxgen.errors import InputError
from jaxgen.nets import linen
from jaxgen.run import pictures
from jaxgen.run.checkpoint import Checkpoints
from jaxgen.run.folder import Folder


class Trained:
    """A run's sampler with the parameters of its last whole checkpoint: the averaged ones where there is an average.

    Args:
      path: the run's folder.
      sampler: how its images are made; by default as its config says, which nets of `jaxgen.nets` suffice for.

    Raises:
      InputError: it is not a run's folder, has no whole checkpoint, or its net is not ours and no sampler is given.
    """

    def __init__(self, path: Path, sampler: sampling.Sampler | None = None):
        self.folder = Folder(path)
        config = self.folder.config()
        if sampler is None and config.get("sampler") is None:
            raise InputError(f"{path} is a run of {config.get('experiment')}, which draws no images")
        self.sampler = sampler or sampling.build(config["sampler"])
        arrays, self.record = read_checkpoint(self.folder)
        self.params, self.stats = variables(arrays, self.sampler.net)
        self._draw = jax.jit(self.sampler.draw)

    def images(self, z: np.ndarray, chunk: int = 256) -> np.ndarray:
        """Codes of the sampler [N, ...] -> uint8 images [N, H, W, C], `chunk` at a time."""
        drawn, kind = [], np.float32 if np.issubdtype(z.dtype, np.floating) else z.dtype
        try:
            for i in range(0, len(z), chunk):
                part = np.zeros((min(chunk, len(z)), *z.shape[1:]), kind)  # one shape, one compilation
                part[: len(z[i : i + chunk])] = z[i : i + chunk]
                drawn.append(np.asarray(self._draw(self.params, self.stats, part))[: len(z[i : i + chunk])])
        except flax.errors.FlaxError as error:
            line = str(error).splitlines()[0]
            raise InputError(
                f"the checkpoint of {self.folder.path} does not fit the net in its config: {line}"
            ) from None
        return pictures.to_uint8(np.concatenate(drawn))


def classifier(path: Path) -> Callable[[jax.typing.ArrayLike], Array]:
    """A run's classifier as a pure function.

    Args:
      path: the folder of a run whose config describes a net "C", such as those of `experiments/classifier.py`.

    Returns:
      Images [B, H, W, C], uint8 or float in [-1, 1], -> logits [B, K], by the averaged parameters where there is an
      average, and by the running statistics. It can be jitted, split over devices and differentiated.

    Raises:
      InputError: it is not a run's folder, has no whole checkpoint, or describes no classifier.
    """
    folder = Folder(Path(path))
    described = (folder.config().get("nets") or {}).get("C")
    if described is None:
        raise InputError(f"{path} is a run of {folder.config().get('experiment')}, which has no classifier")
    C = linen.net(linen.build(described))
    params, stats = variables(read_checkpoint(folder)[0], "C")

    @jax.jit
    def logits(images: jax.typing.ArrayLike) -> Array:
        x = jnp.asarray(images)
        x = x.astype(jnp.float32) / 127.5 - 1 if x.dtype == jnp.uint8 else x
        return C.apply(params, stats, x, train=False)[0]

    return logits


def read_checkpoint(folder: Folder) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """The arrays and the manifest of a run's last whole checkpoint, verified.

    Raises:
      InputError: it is not a run's folder, or has no whole checkpoint.
    """
    folder.config()
    checkpoints = Checkpoints(folder.checkpoints, keep=0)
    try:
        return checkpoints.read()
    finally:
        checkpoints.close()


def variables(arrays: Mapping[str, np.ndarray], net: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """A net's parameters, averaged ones where there are, and its stats, from a checkpoint's arrays."""
    params = subtree(arrays, f"ema/{net}/") or subtree(arrays, f"params/{net}/")
    return params, subtree(arrays, f"stats/{net}/")


def subtree(arrays: Mapping[str, np.ndarray], prefix: str) -> dict[str, Any]:
    """Flat names below a prefix as nested dicts: "params/G/Dense_0/kernel" -> {"Dense_0": {"kernel": ...}}."""
    tree: dict[str, Any] = {}
    for name, array in arrays.items():
        if name.startswith(prefix):
            *parents, last = name.removeprefix(prefix).split("/")
            branch = tree
            for parent in parents:
                branch = branch.setdefault(parent, {})
            branch[last] = array
    return tree
