"""Negative log-likelihoods of whole sets of images, streamed over all devices, with what the numbers depend on."""

import math
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.sharding import Mesh

from jaxgen import latents
from jaxgen.data import Source, labelled, open_source
from jaxgen.errors import InputError
from jaxgen.game import Net
from jaxgen.losses import divergence, importance, likelihood
from jaxgen.losses.decoders import Unlikely
from jaxgen.measure.extract import evenly, spread
from jaxgen.pixels import Pixels, floats
from jaxgen.store.progress import Progress

AT_ONCE = 50  # samples of an image that a VAE decodes at once
FEW = 5  # the same where decoding is a PixelCNN's pass, with far more features at every pixel


class Model(NamedTuple):
    """What gives images their likelihood."""

    nats: Callable[[Any, Mapping[str, Array]], Mapping[str, Array]]  # variables, batch and "number" -> [B] by name
    variables: Any
    shape: tuple[int, ...]  # of an image
    levels: int  # that a pixel's channel has: 2 (0 and 255) or 256
    classes: int = 0  # of images' labels that it is conditioned on; 0 is not at all
    about: Mapping[str, Any] = {}  # what is to be said with the numbers
    batch: int = 100  # images at once on each device


def of_autoregressive(P: Net, family: Pixels, variables: Any, shape: tuple[int, ...], classes: int = 0) -> Model:
    """Exact likelihoods of a net that `recipes.autoregressive` trains: "nll".

    Args:
      P: as of the recipe.
      family: the same.
      variables: P's parameters and stats.
      shape: of an image: H, W, C.
      classes: that it was conditioned on; 0 is not at all.
    """

    def nats(variables: Any, batch: Mapping[str, Array]) -> Mapping[str, Array]:
        images = floats(dict(batch), batch["number"])["image"]
        label = (batch["label"],) if classes else ()
        told, _ = P.apply(*variables, images, *label, train=False)
        return {"nll": family.unlikely(told, images)}

    about = {"measure": "exact", "data": f"{_levels(family.levels)}, not dequantised"}
    return Model(nats, variables, shape, family.levels, classes, about)


def of_vae(
    E: Net,
    G: Net,
    unlikely: Unlikely,
    variables: Any,
    shape: tuple[int, ...],
    decoder: str,
    samples: int,
    prepare: Callable = floats,
    seed: int = 0,
    autoregressive: bool = False,
) -> Model:
    """Bounds of a VAE's likelihood: "elbo", the negative ELBO, as a mean over all samples; "nll", the negative
    importance-weighted bound (Burda et al. 2016) by all of them; "kl", the divergence.

    Args:
      E, G, unlikely, prepare, autoregressive: as of `recipes.vae`.
      variables: parameters of "E" and "G", and their stats.
      shape: of an image: H, W, C.
      decoder: the likelihood's name: "bernoulli", "gaussian" or "logistic", or one of `jaxgen.pixels.PIXELS`.
      samples: of the importance-weighted bound.
      seed: of all noise.
    """
    at_once = min(samples, FEW if autoregressive else AT_ONCE)

    def nats(variables: Any, batch: Mapping[str, Array]) -> Mapping[str, Array]:
        params, stats = variables
        keys = jax.vmap(lambda n: jax.random.fold_in(jax.random.key(seed), n))(batch["number"])
        images = prepare(dict(batch), keys)["image"]
        (mean, log_variance), _ = E.apply(params["E"], stats["E"], images, train=False)

        def rest(z: Array, images: Array) -> Array:
            given = (images,) if autoregressive else ()
            return unlikely(G.apply(params["G"], stats["G"], z, *given, train=False)[0], images)

        def chunk(part: Array) -> Array:
            own = jax.vmap(lambda key: jax.random.fold_in(key, part + 1))(keys)
            z = latents.posterior(mean, log_variance, own, at_once)
            return importance.log_weights(rest, images, z, mean, log_variance)

        weights = jax.lax.map(chunk, jnp.arange(math.ceil(samples / at_once))).reshape(-1, len(images))[:samples]
        return {
            "elbo": -jnp.mean(weights, axis=0),
            "nll": -importance.bound(weights),
            "kl": divergence.to_standard(mean, log_variance),
        }

    levels = 2 if decoder == "bernoulli" else 256
    noise = "with uniform noise within a level" if decoder == "gaussian" else "not dequantised"
    about = {
        "measure": f"upper bounds: ELBO and importance-weighted bound of {samples} samples",
        "nll_samples": samples,
        "data": f"{_levels(levels)}, {noise}",
    }
    return Model(nats, variables, shape, levels, 0, about, 20 if autoregressive else 100)


def test_split(dataset: str, split: str, **where: Any) -> tuple[Source, str]:
    """The split "test" of a run's data, and its name; where it has none, or the run saw it, the split trained on.

    Args:
      dataset, split: the run's.
      where: as of `open_source`: data_dir, size, channels.
    """
    test = labelled.held_out(dataset, split=split, **where)
    return (test, "test") if test else (open_source(dataset, split=split, **where), split)


def _levels(levels: int) -> str:
    return "0 and 255 alone, as they are in the data" if levels == 2 else f"{levels} levels of each channel"


def measured(model: Model, source: Source, count: int, mesh: Mesh, *, strict: bool = True) -> dict[str, Any]:
    """Means over `count` images, spread evenly over all, in nats an image and bits per dimension, summed in float64.

    Returns:
      For every bound that the model has its mean, "..._bits_per_dim" and "..._error", the standard error of the mean
      over images; "images", "likelihood" (whether all pixels were on the model's levels) and what the model says.

    Raises:
      InputError: the images are of another shape or without the labels that the model needs, or (`strict`) have grey
        values for a model of black and white.
    """
    through = spread(model.nats, model.variables, mesh)
    at_once = model.batch * mesh.devices.size
    sums: dict[str, np.ndarray] = {}
    on_levels, progress = True, Progress(count, "images")
    every = evenly(source.length, count)
    for i in range(0, count, at_once):
        numbers = every[i : i + at_once]
        batch = checked(source.read(numbers), model, source.name, strict)
        on_levels = on_levels and _fits(batch["image"], model)
        for name, values in through({**batch, "number": numbers.astype(np.int32)}).items():
            wide = np.asarray(values, np.float64)
            sums[name] = sums.get(name, np.zeros(2)) + np.array([wide.sum(), np.square(wide).sum()])
        progress(len(numbers) + i)
    found: dict[str, Any] = {}
    for name, (total, square) in sums.items():
        mean = total / count
        deviation = math.sqrt(max(square / count - mean**2, 0.0))
        found |= {
            name: mean,
            f"{name}_bits_per_dim": likelihood.bits(mean, model.shape),
            f"{name}_error": deviation / count**0.5,
        }
    return {**found, "images": count, "likelihood": on_levels, "levels": model.levels, **model.about}


def _fits(images: np.ndarray, model: Model) -> bool:
    return model.levels == 256 or bool(np.all((images == 0) | (images == 255)))


def checked(batch: Mapping[str, np.ndarray], model: Model, name: str, strict: bool = True) -> dict[str, np.ndarray]:
    """What the model looks at of a batch of data that have a name: "image" and, with classes, "label".

    Raises:
      InputError: as of `measured`.
    """
    ours, theirs = ("x".join(map(str, shape)) for shape in (model.shape, batch["image"].shape[1:]))
    if ours != theirs:
        raise InputError(f"the model is of images of {ours} (height, width, channels), and {name} has {theirs}")
    if strict and not _fits(batch["image"], model):
        raise InputError(f"the model is of pixels of 0 and 255 alone, and {name} has grey values between them")
    if not model.classes:
        return {"image": batch["image"]}
    if "label" not in batch:
        raise InputError(f"the model is of images given their class, and {name} has no labels")
    if (label := batch["label"]).min() < 0 or label.max() >= model.classes:
        raise InputError(f"the model is of {model.classes} classes, and {name} has a label {label.max()}")
    return {"image": batch["image"], "label": label}


def lines(found: Mapping[str, Any]) -> list[str]:
    """What `measured` found, and what is said with it, for people."""
    names = {"nll": "negative log-likelihood", "elbo": "negative ELBO"}
    if "nll_samples" in found:
        names["nll"] = f"importance-weighted bound ({found['nll_samples']} samples)"
    said = [
        f"{what}: {found[name]:.4f} nats (± {found[f'{name}_error']:.4f}), "
        f"{found[f'{name}_bits_per_dim']:.4f} bits per dimension"
        for name, what in names.items()
        if name in found
    ]
    shape = "x".join(map(str, found["shape"]))
    return [
        *said,
        f"{found['images']:,} images of {shape}, {found['split']} split of {found['dataset']}: {found['data']}",
        f"parameters {found['parameters']}, round {found['round']:,}; {found['measure']}",
    ]
