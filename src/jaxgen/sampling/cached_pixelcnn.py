"""Pixels one after the other from PixelCNN and gated PixelCNN, each at its own column's share of the work.

After Ramachandran et al. 2017 (arXiv:1704.06001). Of each convolution the last rows of its input are kept, as many as
its kernel sees, and what the rows above give to a row is computed for all of it at once. A pixel's own row is one
matrix product of the pixels to the left and itself. The gated net's vertical stack runs by rows alone.

Computed in float32, whatever the net's dtype.
"""

from typing import Any

import jax.numpy as jnp
from jax import Array, lax

from jaxgen.layers.upsampled import Upsampled
from jaxgen.nets import pixelcnn
from jaxgen.nets.pixelcnn import GatedPixelCNN, PixelCNN
from jaxgen.sampling.walk import Net, by_rows

type Rows = dict[str, Array]  # by a convolution's name: its input, [rows above and this one, W and borders, B, C]


def _weights(net: PixelCNN | GatedPixelCNN, params: Any, images: Array, *label: Array) -> dict[str, dict[str, Array]]:
    """Parameters with their masks applied."""
    _, seen = net.apply({"params": params}, images[:, :1, :1], *label, train=False, mutable=["masked"])
    return {
        name: {**p, "kernel": seen["masked"][name]["kernel"][0]} if "kernel" in p else p for name, p in params.items()
    }


def _nothing(weights: Any, name: str, images: Array, rows: int) -> Array:
    _, columns, channels, _ = weights[name]["kernel"].shape
    batch, _, width, _ = images.shape
    return jnp.zeros((rows, width + 2 * (columns // 2), batch, channels))


def _next(rows: Array) -> Array:
    """Room for the next row, without the oldest."""
    return jnp.concatenate([rows[1:], jnp.zeros_like(rows[:1])])


def _over_rows(rows: Array, kernel: Array, bias: Array) -> Array:
    """A convolution's row [W, B, out] from as many rows of its input as the kernel has."""
    columns = kernel.shape[1]
    width = rows.shape[1] - columns + 1
    taps = [row[i : i + width] for row in rows for i in range(columns)]
    return jnp.concatenate(taps, -1) @ kernel.reshape(-1, kernel.shape[-1]) + bias.reshape(1, 1, -1)


def _alone(weights: Any, name: str, x: Array) -> Array:
    """A convolution of a pixel alone."""
    bias = weights[name]["bias"]
    return x @ weights[name]["kernel"][0, 0] + bias.reshape((1,) * (x.ndim - 1) + (-1,))


def _given(weights: Any, name: str, label: Array | None, around: Array | None) -> Array | float:
    """Features [..., B, F] of labels [..., B] and of what is around pixels, [..., B, c]."""
    of = 0.0 if label is None else weights[f"{name}_label"]["embedding"][label]
    return of if around is None else of + _alone(weights, f"{name}_small", around)


class _Pixel:
    """The operations on one pixel."""

    def __init__(self, weights: Any, last: dict[str, Array], above: dict[str, Array], *given: Array | None) -> None:
        self.weights, self.last, self.above = weights, last, above
        self.label, self.around = given
        self.new: dict[str, Array] = {}

    def conv(self, name: str, x: Array, features: int, **how: Any) -> Array:
        if name not in self.last:
            return _alone(self.weights, name, x)
        self.new[name] = x
        kernel = self.weights[name]["kernel"][-1, : len(self.last[name]) + 1]
        both = jnp.concatenate([*self.last[name], x], -1)
        return both @ kernel.reshape(-1, features) + self.above[name]

    def given(self, name: str, features: int) -> Array | float:
        return _given(self.weights, name, self.label, self.around)


def _moved(last: dict[str, Array], new: dict[str, Array]) -> dict[str, Array]:
    """The pixels to the left of the next one."""
    return {name: jnp.concatenate([last[name][1:], new[name][None]]) for name in last}


def _put(rows: Array, x: Array, c: Array) -> Array:
    """A pixel at its column of the last row."""
    return lax.dynamic_update_slice(rows, x[None, None], (len(rows) - 1, c, 0, 0))


@by_rows.register
def plain(net: PixelCNN, params: Any, images: Array, label: Array | None = None) -> Net:
    """Of PixelCNN, every convolution that is wider than a pixel keeps rows."""
    weights = _weights(net, params, images)
    wide = [name for name, p in weights.items() if p["kernel"].shape[1] > 1]
    sides = {name: weights[name]["kernel"].shape[1] // 2 for name in wide}

    def row(kept: Rows, r: Array) -> tuple[Rows, Any, Any]:
        kept = {name: _next(rows) for name, rows in kept.items()}
        given = {
            name: _over_rows(rows[:-1], weights[name]["kernel"][:-1], weights[name]["bias"])
            for name, rows in kept.items()
        }
        return kept, given, {name: rows[-1, : sides[name]] for name, rows in kept.items()}

    def pixel(kept: Rows, last: Any, given: Any, r: Array, c: Array, x: Array) -> tuple[Array, Any]:
        p = _Pixel(weights, last, {name: g[c] for name, g in given.items()}, None, None)
        return pixelcnn.plain(p, x, net), p.new

    def write(kept: Rows, last: Any, new: Any, x: Array, c: Array) -> tuple[Rows, Any]:
        new = {**new, "first": x}
        return {name: _put(rows, new[name], c + sides[name]) for name, rows in kept.items()}, _moved(last, new)

    start = {name: _nothing(weights, name, images, sides[name] + 1) for name in wide}
    return Net(start, row, pixel, write)


class _Row:
    """The operations on one row of the vertical stack."""

    def __init__(self, weights: Any, kept: Rows, *given: Array | None) -> None:
        self.weights, self.kept = weights, dict(kept)
        self.label, self.around = given

    def conv(self, name: str, x: Array, features: int, **how: Any) -> Array:
        if name not in self.kept:
            return _alone(self.weights, name, x)
        kernel, bias = self.weights[name]["kernel"], self.weights[name]["bias"]
        rows = self.kept[name]
        if name != "vertical0":  # whose row is written pixel by pixel
            side = kernel.shape[1] // 2
            rows = jnp.concatenate([rows[1:], jnp.pad(x, ((side, side), (0, 0), (0, 0)))[None]])
            self.kept[name] = rows
        return _over_rows(rows[: len(kernel)], kernel, bias)

    def given(self, name: str, features: int) -> Array | float:
        return _given(self.weights, name, self.label, self.around)


def _around(net: GatedPixelCNN, params: Any, images: Array, label: Array | None) -> Array | None:
    """Features [H, W, B, c] of what is known of each place beforehand."""
    if net.located and label is not None:
        return jnp.moveaxis(label, 0, 2)
    if net.factor == 1:
        return None
    small = images[:, :: net.factor, :: net.factor]
    features: Any = Upsampled(net.width, net.factor).apply({"params": params["upsampled"]}, small)
    return jnp.moveaxis(features, 0, 2)[: images.shape[1], : images.shape[2]]


@by_rows.register
def gated(net: GatedPixelCNN, params: Any, images: Array, label: Array | None = None) -> Net:
    """Of gated PixelCNN, only the vertical stack keeps rows."""
    given = () if label is None else (label[:, :1, :1] if net.located else label,)
    weights = _weights(net, params, images, *given)
    across = [f"horizontal{i}" for i in range(net.layers)]
    sides = {name: weights[name]["kernel"].shape[1] // 2 for name in across}
    around = _around(net, params, images, label)
    label = None if net.located else label

    def row(kept: Rows, r: Array) -> tuple[Rows, Any, Any]:
        kept = {**kept, "vertical0": _next(kept["vertical0"])}
        row_label, row_around = None if label is None else label[None], None if around is None else around[r]
        o = _Row(weights, kept, row_label, row_around)
        joins = pixelcnn.vertical(o, o.kept["vertical0"], net)
        empty = {n: jnp.zeros((sides[n], images.shape[0], weights[n]["kernel"].shape[2])) for n in across}
        return o.kept, joins, empty

    def pixel(kept: Rows, last: Any, given: Any, r: Array, c: Array, x: Array) -> tuple[Array, Any]:
        here = None if around is None else around[r, c]
        p = _Pixel(weights, last, {n: weights[n]["bias"].reshape(1, -1) for n in across}, label, here)
        return pixelcnn.horizontal(p, x, [join[c] for join in given], net), p.new

    def write(kept: Rows, last: Any, new: Any, x: Array, c: Array) -> tuple[Rows, Any]:
        image = _put(kept["vertical0"], x, c + net.first // 2)
        return {**kept, "vertical0": image}, _moved(last, {**new, "horizontal0": x})

    start = {
        name: _nothing(weights, name, images, len(weights[name]["kernel"]) + (name == "vertical0"))
        for name in (f"vertical{i}" for i in range(net.layers))
    }
    return Net(start, row, pixel, write)
