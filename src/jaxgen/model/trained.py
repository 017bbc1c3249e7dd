"""The nets of a finished or running run, ready to draw from."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import flax.errors
import jax
import jax.numpy as jnp
import numpy as np
from flax import linen as nn
from jax import Array

from jaxgen import sampling
from jaxgen.errors import InputError
from jaxgen.features import Features
from jaxgen.nets import linen
from jaxgen.show import pictures
from jaxgen.store.checkpoint import Checkpoints
from jaxgen.store.folder import Folder
from jaxgen.store.progress import Progress


class Trained:
    """A run's sampler with the parameters of its last whole checkpoint: the averaged ones where there is an average.

    Args:
      path: the run's folder.
      sampler: how its images are made; by default as its config says, which nets of `jaxgen.nets` suffice for.
      checkpoint: "last", or "best" for the one that --every found to have the best score.

    Raises:
      InputError: it is not a run's folder, has no whole checkpoint, or its net is not ours and no sampler is given.
    """

    def __init__(self, path: Path, sampler: sampling.Sampler | None = None, checkpoint: str = "last"):
        self.folder = Folder(path)
        config = self.folder.config()
        if sampler is None and config.get("sampler") is None:
            raise InputError(f"{path} is a run of {config.get('experiment')}, which draws no images")
        self.sampler = sampler or sampling.build(config["sampler"])
        arrays, self.record = read_checkpoint(self.folder, checkpoint)
        self.round = int(arrays["round"])
        self.params, self.stats = variables(arrays, self.sampler.net)
        averaged = bool(subtree(arrays, f"ema/{self.sampler.net}/"))
        self.parameters = "averaged" if averaged else "as trained"  # which of them these are
        self._draw = jax.jit(self.sampler.draw)

    def images(self, z: np.ndarray, chunk: int | None = None) -> np.ndarray:
        """Codes of the sampler [N, ...] -> uint8 images [N, H, W, C], `chunk` at a time, by default 256, or 64 where
        they are drawn pixel by pixel. What takes long tells on stderr how far it is."""
        by_pixels = isinstance(self.sampler, sampling.AncestralSampler | sampling.PixelVAESampler)
        chunk = chunk or (64 if by_pixels else 256)
        drawn, kind = [], np.float32 if np.issubdtype(z.dtype, np.floating) else z.dtype
        progress = Progress(len(z), "images drawn")
        try:
            for i in range(0, len(z), chunk):
                part = np.zeros((min(chunk, len(z)), *z.shape[1:]), kind)  # one shape, one compilation
                part[: len(z[i : i + chunk])] = z[i : i + chunk]
                drawn.append(np.asarray(self._draw(self.params, self.stats, part))[: len(z[i : i + chunk])])
                progress(min(i + chunk, len(z)))
        except flax.errors.FlaxError as error:
            line = str(error).splitlines()[0]
            raise InputError(
                f"the checkpoint of {self.folder.path} does not fit the net in its config: {line}"
            ) from None
        return pictures.to_uint8(np.concatenate(drawn))


def classifier(path: Path) -> Callable[[jax.typing.ArrayLike], Array]:
    """A run's classifier as a pure function.

    Args:
      path: the folder of a run whose config describes a net "C", such as those of `experiments/classifiers/classifier.py`.

    Returns:
      Images [B, H, W, C], uint8 or float in [-1, 1], -> logits [B, K], by the averaged parameters where there is an
      average, and by the running statistics. It can be jitted, split over devices and differentiated.

    Raises:
      InputError: it is not a run's folder, has no whole checkpoint, or describes no classifier.
    """
    module, params, stats, _ = _classifier(path)
    C = linen.net(module)
    return jax.jit(lambda images: C.apply(params, stats, _to_float(images), train=False)[0])


def classifier_features(path: Path) -> Features:
    """A run's classifier as a network to compare images by: its last hidden layer, and its logits.

    Args and Raises: as of `classifier`.
    """
    module, params, stats, digest = _classifier(path)
    logits, hidden = linen.net(module), linen.net(module.clone(head=False))

    def apply(variables: Any, images: Array) -> dict[str, Array]:
        x = _to_float(images)
        return {
            "features": hidden.apply(*variables, x, train=False)[0],
            "logits": logits.apply(*variables, x, train=False)[0],
        }

    config = Folder(Path(path)).config()
    channels = next(leaf.shape[-2] for leaf in jax.tree.leaves(params) if leaf.ndim == 4)
    name = f"classifier of {config['settings']['dataset']}"
    return Features(name, digest, channels, "not resized", (params, stats), apply)


def _classifier(path: Path) -> tuple[nn.Module, dict[str, Any], dict[str, Any], str]:
    folder = Folder(Path(path))
    described = (folder.config().get("nets") or {}).get("C")
    if described is None:
        raise InputError(f"{path} is a run of {folder.config().get('experiment')}, which has no classifier")
    arrays, record = read_checkpoint(folder)
    return linen.build(described), *variables(arrays, "C"), record["digest"]


def _to_float(images: jax.typing.ArrayLike) -> Array:
    x = jnp.asarray(images)
    return x.astype(jnp.float32) / 127.5 - 1 if x.dtype == jnp.uint8 else x


def read_checkpoint(folder: Folder, which: str = "last") -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """The arrays and the manifest of a run's last whole checkpoint, or of its "best" one, verified.

    Raises:
      InputError: it is not a run's folder, or has no such checkpoint that is whole.
    """
    folder.config()
    if which == "best" and not folder.best.is_dir():
        raise InputError(f"{folder.path} has no best checkpoint: --every keeps one during training")
    checkpoints = Checkpoints(folder.best if which == "best" else folder.checkpoints, keep=0)
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
