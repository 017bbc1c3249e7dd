"""Images through a frozen network, a batch at a time over all devices, into what scores are computed from."""

from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import Any

import flax.errors
import jax
import numpy as np
from jax.sharding import Mesh, NamedSharding
from jax.sharding import PartitionSpec as P

from jaxgen import parallel
from jaxgen.data import Source
from jaxgen.errors import InputError
from jaxgen.features import Features
from jaxgen.metrics import moments
from jaxgen.metrics.scores import Seen
from jaxgen.store.digest import on_host
from jaxgen.store.progress import Progress

BATCH = 64  # images on each device


def spread(function: Callable[[Any, Any], Any], variables: Any, mesh: Mesh) -> Callable[[Any], Any]:
    """A function of variables and a batch, leaves [B, ...], split over a mesh: arrays on the host in, all of the result
    out.

    Each process gives the whole batch and gets the whole result. Batches are filled up to one size, the largest so far,
    so that a stream of them is compiled once; and once for all calls with the same function.
    """
    compiled, whole, split = _compiled(function, mesh)
    on_hosts = jax.tree.map(lambda x: on_host(x) if isinstance(x, jax.Array) else np.asarray(x), variables)
    placed = jax.device_put(on_hosts, whole)
    devices, largest = mesh.devices.size, 0

    def call(batch: Any) -> Any:
        nonlocal largest
        size = len(jax.tree.leaves(batch)[0])
        largest = max(largest, -(-size // devices) * devices)

        def place(x: np.ndarray) -> jax.Array:
            full = np.concatenate([x, np.repeat(x[:1], largest - size, 0)])
            return jax.make_array_from_callback(full.shape, split, full.__getitem__)

        return jax.tree.map(
            lambda y: np.asarray(y.addressable_data(0))[:size], compiled(placed, jax.tree.map(place, batch))
        )

    return call


@lru_cache(8)
def _compiled(function: Callable, mesh: Mesh) -> tuple[Callable, NamedSharding, NamedSharding]:
    whole, split = NamedSharding(mesh, P()), NamedSharding(mesh, P(parallel.AXIS))
    return jax.jit(function, in_shardings=(whole, split), out_shardings=whole), whole, split


def extract(
    features: Features | None,
    batches: Iterable[np.ndarray],
    mesh: Mesh,
    wanted: frozenset[str],
    *,
    total: int = 0,
    what: str = "images",
) -> Seen:
    """Send images through a network and keep what is wanted of it.

    Args:
      features: the network; None where only "images" are wanted.
      batches: uint8 images [B, H, W, C], B the same but for the last.
      mesh: the devices.
      wanted: of "moments", "features", "logits", "images".
      total: images to come, for a line of progress on stderr; 0 says nothing.
      what: they are called in it.

    Raises:
      InputError: no images at all, or not uint8 ones.
    """
    through = spread(features.apply, features.variables, mesh) if features and wanted - {"images"} else None
    kept: dict[str, list[np.ndarray]] = {name: [] for name in wanted - {"moments"}}
    sums: moments.Moments | None = None
    count, progress = 0, Progress(total, what)
    for images in batches:
        _checked(images, what)
        try:
            seen = through(_as_wanted(images, features, what)) if through and features else {}
        except flax.errors.FlaxError as error:
            line = str(error).splitlines()[0]
            raise InputError(f"{what} of {images.shape[1:]} do not fit the network: {line}") from None
        for name, parts in kept.items():
            parts.append(images if name == "images" else seen[name])
        if "moments" in wanted:
            sums = moments.merge(sums, moments.moments(seen["features"])) if sums else moments.moments(seen["features"])
        count += len(images)
        progress(count)
    if not count:
        raise InputError(f"there are no {what}")
    return Seen(count, sums, **{name: np.concatenate(parts) for name, parts in kept.items()})


def _checked(images: np.ndarray, what: str) -> None:
    """Raises InputError for what are no uint8 images [N, H, W, C], in a line that says what they look like."""
    if images.ndim != 4 or 0 in images.shape:
        raise InputError(f"{what}: the shape is {images.shape}; images are [N, H, W, channels]")
    if images.dtype == np.uint8:
        return
    told = str(images.dtype)
    if images.dtype.kind == "f":
        low, high = float(images.min()), float(images.max())
        ranges = (form for least, form in ((0, "in [0, 1]"), (-1, "in [-1, 1]")) if least <= low and high <= 1)
        finite = np.all(np.isfinite(images))
        told += f" {next(ranges, f'from {low:g} to {high:g}')}" if finite else " with values that are not numbers"
    raise InputError(f"{what}: {told}; scores are of uint8 images, 0 to 255")


def _as_wanted(images: np.ndarray, features: Features, what: str) -> np.ndarray:
    """Greyscale three times over where the network sees colours."""
    if images.shape[3] == features.channels:
        return images
    if images.shape[3] == 1:
        return np.repeat(images, features.channels, 3)
    raise InputError(f"{what} are of {images.shape[3]} channels, and {features.name} looks at {features.channels}")


def evenly(length: int, count: int) -> np.ndarray:
    """Numbers of `count` images spread evenly over `length`, or of all: data may be sorted by class."""
    few = min(count, length)
    return np.arange(few) * length // few


def chosen(source: Source, count: int | None, seed: int, batch: int) -> Iterator[np.ndarray]:
    """`count` of a source's images, drawn without replacement by the seed; all of them where it has no more."""
    numbers = np.arange(source.length)
    if count is not None and count < source.length:
        numbers = np.sort(np.random.default_rng(seed).choice(source.length, count, replace=False))
    for i in range(0, len(numbers), batch):
        yield source.read(numbers[i : i + batch])["image"]
