"""Curves and clouds of points as pictures, and pictures as an animation."""

import io
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
from matplotlib.figure import Figure
from PIL import Image

from jaxgen.show import pictures
from jaxgen.store.folder import write

INK, REAL, FAKE, CRITIC = "#222222", "#9aa5b1", "#d1495b", "#2e6f95"


def rendered(figure: Figure, dpi: int = 90) -> Image.Image:
    """A figure as an RGB picture."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=dpi)
    return Image.open(buffer).convert("RGB")


def clouds(samples: np.ndarray, real: np.ndarray, columns: int = 5) -> Image.Image:
    """Points [S, N, 2] of S generators, a panel each, over real points [M, 2]."""
    rows = -(-len(samples) // columns)
    figure = Figure(figsize=(2.2 * min(columns, len(samples)), 2.2 * rows), layout="constrained")
    low, high = real.min(0), real.max(0)
    margin = 0.15 * (high - low).max() + np.zeros(2)
    for panel, points in zip(figure.subplots(rows, min(columns, len(samples)), squeeze=False).flat, samples):
        panel.plot(*real.T, ".", color=REAL, markersize=1.5)
        panel.plot(*points.T, ".", color=FAKE, markersize=1.5, alpha=0.6)
        panel.set(xlim=(low[0] - margin[0], high[0] + margin[0]), ylim=(low[1] - margin[1], high[1] + margin[1]))
        panel.set(xticks=[], yticks=[], aspect="equal")
    return rendered(figure)


def line_densities(
    x: np.ndarray, p_data: np.ndarray, samples: np.ndarray, d: np.ndarray, columns: int = 5
) -> Image.Image:
    """The 1-D picture of Goodfellow et al. 2014, figure 1, a panel for each of S generators.

    Args:
      x: places [M].
      p_data: the data's density there [M].
      samples: of the generators [S, N].
      d: D's probability that x is real [S, M].
      columns: panels in a row.
    """
    rows, columns = -(-len(samples) // columns), min(columns, len(samples))
    figure = Figure(figsize=(2.6 * columns, 2.1 * rows), layout="constrained")
    edges = np.linspace(x[0], x[-1], 81)
    for panel, points, curve in zip(figure.subplots(rows, columns, squeeze=False).flat, samples, d):
        panel.plot(x, p_data, color=INK, linewidth=1, linestyle=":", label="p_data")
        shares = np.histogram(points, edges)[0] / (len(points) * np.diff(edges))
        panel.stairs(shares, edges, color=FAKE, fill=True, alpha=0.5, label="p_g")
        panel.plot(x, curve, color=CRITIC, linewidth=1, label="D")
        panel.set(ylim=(0, max(1.02, 1.3 * p_data.max())), yticks=[0, 0.5, 1])
        panel.tick_params(labelsize=6)
    figure.axes[0].legend(fontsize=6, loc="upper left")
    return rendered(figure)


def generator_costs(costs: Mapping[str, Callable]) -> Image.Image:
    """G's costs, fake scores [N] -> [N], and how steep they are, against D(G(z)): Goodfellow 2016 (arXiv:1701.00160),
    figure 16."""
    d = np.linspace(0.002, 0.998, 400).astype(np.float32)
    scores = np.log(d / (1 - d))
    figure = Figure(figsize=(9, 3.4), layout="constrained")
    left, right = figure.subplots(1, 2)
    for name, cost in costs.items():
        left.plot(d, np.asarray(cost(scores)), label=name.replace("_", " "))
        right.plot(d, np.abs(jax.grad(lambda s, cost=cost: jnp.sum(cost(s)))(scores)), label=name.replace("_", " "))
    left.set(ylim=(-20, 6), title="cost of G", xlabel="D(G(z))")
    right.set(ylim=(1e-3, 300), yscale="log", title="|derivative by D's score|", xlabel="D(G(z))")
    for panel in (left, right):
        panel.grid(alpha=0.3)
    left.legend(fontsize=8)
    return rendered(figure)


def animation(frames: Sequence[Image.Image], seconds: float = 6.0, *, colours: int = 32, rest: bool = True) -> bytes:
    """Pictures of one size as a GIF of so many colours that plays in about `seconds`, again and again. With `rest` it
    stays a second on the last one."""
    small = [frame.convert("P", palette=Image.Palette.ADAPTIVE, colors=colours) for frame in frames]
    each = int(1000 * seconds / len(small))
    buffer = io.BytesIO()
    durations = [each] * (len(small) - 1) + [1000 if rest else each]
    small[0].save(buffer, "GIF", save_all=True, append_images=small[1:], duration=durations, loop=0, optimize=True)
    return buffer.getvalue()


def slides(frames: Sequence[Image.Image]) -> bytes:
    """Pictures of one size as a GIF, each for an eighth of a second and the last one for a whole one."""
    buffer = io.BytesIO()
    last = [frames[-1]] * 8
    frames[0].save(buffer, "GIF", save_all=True, append_images=[*frames[1:], *last], duration=120, loop=0)
    return buffer.getvalue()


def save_animation(frames: np.ndarray, out: Path) -> None:
    """Write uint8 images [frames, N, H, W, C] as a GIF that goes round, and say where.

    Raises:
      InputError: the file cannot be written.
    """
    sheets = [pictures.grid(images, smallest=256) for images in frames]
    with pictures.writing(out):
        write(out, animation(sheets, len(sheets) / 12, colours=128, rest=False))
    print(out)
