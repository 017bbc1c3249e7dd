"""Pictures of the latent space of an autoencoder."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.tree_util import Partial
from matplotlib.figure import Figure
from scipy.stats import norm

from jaxgen.data import Source
from jaxgen.game import State
from jaxgen.measure.extract import evenly
from jaxgen.pixels import as_floats
from jaxgen.sampling import geometry
from jaxgen.show import pictures, plots
from jaxgen.store.folder import write

Encode = Callable[[Array], Any]  # images [B, H, W, C] in [-1, 1] -> codes [B, latent]
Decode = Callable[[Array], Array]  # and back


def averaged(state: State, names: tuple[str, ...]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Parameters and stats of some nets on the host: the averaged parameters where there is an average."""
    found = {name: state.ema.get(name, state.params[name]) for name in names}
    return jax.device_get(found), jax.device_get({name: state.stats[name] for name in names})


def draw(folder: Path, encode: Encode, decode: Decode, source: Source, latent: int) -> None:
    """Write latent.png (where the code has length 2), traversals.png and codes.png into a folder."""
    if latent == 2:
        sheet, columns = manifold(decode)
        _write(folder / "latent.png", pictures.grid(sheet, columns))
    first = as_floats(source.read(np.arange(1))["image"])
    sheet, columns = traversals(decode, encode(first), min(latent, 10))
    _write(folder / "traversals.png", pictures.grid(sheet, columns))
    _write(folder / "codes.png", code_map(*some(encode, source)))


def some(encode: Encode, source: Source, count: int = 5000) -> tuple[np.ndarray, np.ndarray | None]:
    """Codes [N, latent] of a source's images, spread evenly over it, and their labels [N] where there are any."""
    numbers = evenly(source.length, count)
    batches = [source.read(numbers[i : i + 500]) for i in range(0, len(numbers), 500)]
    found = np.concatenate([np.asarray(encode(as_floats(batch["image"]))) for batch in batches])
    return found, np.concatenate([batch["label"] for batch in batches]) if "label" in batches[0] else None


def mean_over(source: Source, value: Callable[[Array, Array], Array], chunk: int = 500) -> float:
    """The mean over all of a source's images of a value [B] of images [B, H, W, C] in [-1, 1] and keys [B], summed in
    float64. An image's key is that of its number. A value of parameters is `jax.tree_util.Partial(value, parameters)`,
    so that these are an argument of what is compiled."""
    total, value = 0.0, value if isinstance(value, Partial) else Partial(value)
    for i in range(0, source.length, chunk):
        numbers = np.arange(i, i + chunk) % source.length  # one shape, one compilation
        seen = np.asarray(_values(value, source.read(numbers)["image"], numbers), np.float64)
        total += float(seen[: source.length - i].sum())
    return total / source.length


@jax.jit
def _values(value: Partial, images: Array, numbers: Array) -> Array:
    keys = jax.vmap(lambda n: jax.random.fold_in(jax.random.key(0), n))(numbers)
    return value(as_floats(images), keys)


def manifold(decode: Decode, side: int = 20) -> tuple[np.ndarray, int]:
    """Images over a square of codes that the normal distribution's quantiles lay out evenly: Kingma & Welling 2014,
    figure 4. uint8 [side^2, H, W, C] and the columns of their grid; the first code rises from row to row downwards."""
    places = norm.ppf((np.arange(side) + 0.5) / side).astype(np.float32)
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


def _write(path: Path, picture) -> None:
    write(path, pictures.png(picture))
