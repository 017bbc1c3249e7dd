"""Pictures of the latent space of an autoencoder."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from matplotlib.figure import Figure
from scipy.special import ndtri  # of scipy.stats, whose import takes a second

from jaxgen.data import Source
from jaxgen.game import Net, State
from jaxgen.measure.extract import evenly
from jaxgen.model.applied import of_state
from jaxgen.sampling import geometry
from jaxgen.show import pictures, plots
from jaxgen.store.folder import write

Encode = Callable[[Any], Any]  # images in [-1, 1] -> codes, or means and log-variances, of which the means are taken
Decode = Callable[[Any], Any]  # codes -> images in [-1, 1]
SHOWN = 16  # images in a row of again.png


def write_all(folder: Path, encode: Encode, decode: Decode, source: Source, latent: int) -> None:
    """codes.png, traversals.png, and of codes of length 2 latent.png."""
    write_map(folder, encode, source)
    write_traversals(folder, encode, decode, source)
    if latent == 2:
        write_manifold(folder, decode)


def write_map(folder: Path, encode: Encode, source: Source) -> None:
    """codes.png: a map of the codes of a source's images, coloured by class."""
    _write(folder / "codes.png", code_map(*some(encode, source)))


def write_manifold(folder: Path, decode: Decode) -> None:
    """latent.png: images of codes of length 2, laid out by the normal distribution's quantiles."""
    _write(folder / "latent.png", pictures.grid(*manifold(decode)))


def write_traversals(folder: Path, encode: Encode, decode: Decode, source: Source) -> None:
    """traversals.png: the code of a source's first image, with each of its first ten numbers varied alone."""
    code = _codes(encode(_floats(source, 1)))
    _write(folder / "traversals.png", pictures.grid(*traversals(decode, code, min(code.shape[1], 10))))


def write_again(folder: Path, encode: Encode, decode: Decode, source: Source) -> None:
    """again.png: a source's first images, and below each what becomes of it by its code."""
    first = source.read(np.arange(min(SHOWN, source.length)))["image"]
    again = pictures.to_uint8(decode(_codes(encode(_scaled(first)))))
    picture = pictures.grid(np.concatenate([first, again]), len(first))
    _write(folder / "again.png", pictures.titled(picture, rows=["image", "made of its code"]))


def rows(E: Net, G: Net, seen: Callable[[Array, Array], Array], seed: int) -> Callable[[State, Any], Array]:
    """A function of a state and a batch: its images, then what the encoder sees of them, then what becomes of that.

    Args:
      E: images in [-1, 1] -> codes.
      G: codes -> images.
      seen: images, keys [B] -> what E sees of them.
      seed: of the keys.
    """

    def draw(state: State, batch: Any) -> Array:
        shown = batch["image"].astype(jnp.float32) / 127.5 - 1
        changed = seen(shown, jax.random.split(jax.random.key(seed), len(shown)))
        made = of_state(state, "G", G)(of_state(state, "E", E)(changed))
        return jnp.concatenate([shown, changed, made])

    return draw


def some(encode: Encode, source: Source, count: int = 5000) -> tuple[np.ndarray, np.ndarray | None]:
    """Codes [N, latent] of a source's images, spread evenly over it, and their labels [N] where there are any."""
    numbers = evenly(source.length, count)
    batches = [source.read(numbers[i : i + 500]) for i in range(0, len(numbers), 500)]
    found = np.concatenate([np.asarray(_codes(encode(_scaled(batch["image"])))) for batch in batches])
    return found, np.concatenate([batch["label"] for batch in batches]) if "label" in batches[0] else None


def manifold(decode: Callable[[Array], Array], side: int = 20) -> tuple[np.ndarray, int]:
    """Images over a square of codes that the normal distribution's quantiles lay out evenly: Kingma & Welling 2014,
    figure 4. uint8 [side^2, H, W, C] and the columns of their grid; the first code rises from row to row downwards."""
    places = ndtri((np.arange(side) + 0.5) / side).astype(np.float32)
    z = np.stack(np.meshgrid(places, places, indexing="ij"), -1).reshape(-1, 2)
    return pictures.to_uint8(np.asarray(decode(jnp.asarray(z)))), side


def traversals(decode: Decode, code: Array, rows: int, columns: int = 11):
    """An image's code [1, latent] with each of its first numbers in turn from -3 to 3, a row each."""
    axes = jnp.eye(rows, code.shape[1])
    z = geometry.traverse(code * (1 - axes), axes, jnp.linspace(-3, 3, columns))
    return pictures.to_uint8(np.asarray(decode(z.reshape(rows * columns, -1)))), columns


def plane(codes: np.ndarray, method: str = "pca", seed: int = 0) -> np.ndarray:
    """Codes [N, latent] in a plane, [N, 2]: their own two numbers (or one, and zero), or longer ones' two principal
    components, or by "tsne" what t-SNE (van der Maaten & Hinton 2008) makes of them, with scikit-learn's settings."""
    if codes.shape[1] <= 2:
        return np.pad(codes, ((0, 0), (0, 2 - codes.shape[1])))
    if method == "tsne":
        from sklearn.manifold import TSNE  # here, as below: what draws no map must not pay for this import

        return TSNE(perplexity=min(30, (len(codes) - 1) / 3), random_state=seed).fit_transform(codes)
    from sklearn.decomposition import PCA

    return PCA(2, svd_solver="full").fit_transform(codes)


def code_map(codes: np.ndarray, labels: np.ndarray | None):
    """Codes [N, latent] in a plane, as `plane` lays them, coloured by class where there are labels [N]."""
    first, second = plane(codes).T
    figure = Figure(figsize=(6, 5.4), layout="constrained")
    panel = figure.subplots()
    if labels is None:
        panel.scatter(first, second, s=3, color=plots.REAL)
    else:
        points = panel.scatter(first, second, s=3, c=labels, cmap="tab10" if labels.max() < 10 else "turbo")
        figure.colorbar(points, label="class")
    panel.set(xlabel="first", ylabel="second")
    return plots.rendered(figure)


def _codes(told: Any) -> Array:
    return told[0] if isinstance(told, tuple) else told


def _floats(source: Source, count: int) -> np.ndarray:
    return _scaled(source.read(np.arange(count))["image"])


def _scaled(images: np.ndarray) -> np.ndarray:
    return images.astype(np.float32) / np.float32(127.5) - 1


def _write(path: Path, picture) -> None:
    write(path, pictures.png(picture))
