"""Pixels one after the other from PixelCNN++, each at its own column's share of the work.

After Ramachandran et al. 2017 (arXiv:1704.06001). Kept are the last row of each convolution's input and, of the stack
that looks left, this row's as far as it has come. Three things make a pixel cheap beyond that: all that depends on the
rows above is done for a row at once (`_given`); a convolution's columns are one matrix product; and what is kept is
written once a pixel, in place, at all resolutions, also where the lower ones rest: then the same values again, so that
no branch of the program hands on whole rows. The program has each resolution once, and runs it where it is due.

Computed in float32, whatever the net's dtype.
"""

from collections.abc import Callable, Mapping
from typing import Any

import jax
import jax.numpy as jnp
from jax import Array, lax

from jaxgen.layers import shifted_conv
from jaxgen.nets import pixelcnnpp
from jaxgen.nets.pixelcnnpp import PixelCNNPlusPlus, concat_elu
from jaxgen.sampling.walk import Net, by_rows

type Rows = dict[str, Any]  # of a resolution, by the name of a convolution; below "half" those of the next lower one


@by_rows.register
def resolutions(net: PixelCNNPlusPlus, params: Any, images: Array, label: Array | None = None) -> Net:
    """Of PixelCNN++; H and W divide by 4."""
    batch, _, width, _ = images.shape
    params = {name: p[label] if name.endswith("_label") else p for name, p in pixelcnnpp.plain(params).items()}
    weights = _weights(params)

    def row(kept: tuple[Rows, Rows], r: Array) -> tuple[Any, Any, Rows]:
        above, left = kept
        o = _Row(params, above, r)
        wide, beside = pixelcnnpp.vertical(o, left["left"][1:], net.filters, net.resnets)
        given = {**_given(params, weights, left, beside, r), "wide": wide}
        return (o.rows, left), given, jax.tree.map(lambda rows: rows[0], left)

    def pixel(kept: tuple[Rows, Rows], last: Rows, given: Any, r: Array, c: Array, x: Array) -> tuple[Array, Rows]:
        o = _Pixel(weights, kept[1], last, given, r, c)
        out = pixelcnnpp.horizontal(o, last["left"], given["wide"][c], net.filters, net.resnets)
        return out @ weights["out"] + params["right_out_bias"].reshape(1, -1), o.new

    def write(kept: tuple[Rows, Rows], last: Rows, new: Rows, x: Array, c: Array) -> tuple[Any, Rows]:
        new = {**new, "left": _with_ones(x)}
        return (kept[0], _written(kept[1], new, c)), new

    start = _nothing(params, "down", 0, batch, width), _nothing(params, "right", 0, batch, width)
    return Net(start, row, pixel, write)


def _with_ones(x: Array) -> Array:
    return jnp.concatenate([x, jnp.ones_like(x[..., :1])], -1)


def _here(params: Any, kind: str, level: int) -> list[str]:
    """The convolutions of a stack whose inputs have the resolution `level`."""
    stages = (f"up{level}_", f"down{level}_", f"halve{level}", *(("left", "above") if level == 0 else ()))
    names = [name.removesuffix("_kernel").removeprefix(f"{kind}_") for name in params if name.endswith("_kernel")]
    return [n for n in names if n.startswith(stages) and not n.endswith("aside") and f"{kind}_{n}_kernel" in params]


def _nothing(params: Any, kind: str, level: int, batch: int, width: int) -> Rows:
    """Rows before the first one, with a column of zeros at the left, of "down" also at the right."""

    def row(channels: int) -> Array:
        return jnp.zeros((width + (2 if kind == "down" else 1), batch, channels))

    rows: Rows = {name: row(params[f"{kind}_{name}_kernel"].shape[2]) for name in _here(params, kind, level)}
    if level > 0:
        features = params[f"{kind}_double{level - 1}_kernel"].shape[2]
        rows["double"] = row(features) if kind == "down" else row(4 * features)
    if level < 2:
        rows["half"] = _nothing(params, kind, level + 1, batch, width // 2)
    return rows


def _weights(params: Any) -> dict[str, Array]:
    """Kernels of the stack that looks left, as matrices: of this row, of the row above, of what joins the resnets."""
    out = {}
    for full in params:
        if not (full.startswith("right_") and full.endswith("_kernel")):
            continue
        name, kernel = full.removeprefix("right_").removesuffix("_kernel"), params[full]
        features = kernel.shape[-1]
        if name.endswith("_aside"):  # of concat_elu of both: its inputs are [x, skip, -x, -skip]
            stage = name.removesuffix("_aside")
            split = kernel.reshape(2, 1 if name.startswith("up") else 2, -1, features)
            out[f"{stage}_beside"], out[f"{stage}_skip"] = (split[:, i].reshape(-1, features) for i in (0, -1))
        elif name == "out":
            out[name] = kernel
        elif name.startswith("double"):  # to all four pixels at once
            out[name] = jnp.moveaxis(kernel, 2, 0).reshape(kernel.shape[2], -1)
        else:
            out[f"{name}_top"], out[name] = (row.reshape(-1, features) for row in kernel)
    return out


def _bias(params: Any, name: str) -> Array:
    return params[f"right_{name}_bias"].reshape(1, 1, -1)


def _given(
    params: Any, weights: Mapping[str, Array], left: Rows, beside: Mapping[str, Array], r: Array, level: int = 0
) -> Rows:
    """What the rows above and the class give to each convolution of a row, and to the other layers that join it."""
    out: Rows = {}
    for name in _here(params, "right", level):
        stride, kept = (2 if name.startswith("halve") else 1), left[name]
        taps = [kept[:-1:stride]] if name == "left" else [kept[:-1:stride], kept[1::stride]]
        out[name] = jnp.concatenate(taps, -1) @ weights[f"{name}_top"] + _bias(params, name)
        stage = name.removesuffix("_1")
        if stage in beside and stage != name:
            joined = concat_elu(beside[stage]) @ weights[f"{stage}_beside"]
            out[name] += joined + _bias(params, f"{stage}_aside")
        if (label := f"right_{name.removesuffix('_2')}_label") in params:
            out[name] += params[label][None]
    if level < 2:
        out[f"double{level}"] = params[f"right_double{level}_bias"].reshape(1, -1)

        def run() -> Rows:
            return _given(params, weights, left["half"], beside, r, level + 1)

        out["half"] = lax.cond(_due(r, level + 1), run, lambda: _zeros(jax.eval_shape(run)))
    return out


def _due(at: Array, level: int) -> Array:
    """Whether a resolution runs at a row or pixel; `at` may be row | column."""
    return at % (1 << level) == 0


def _zeros(like: Any) -> Any:
    return jax.tree.map(lambda x: jnp.zeros(x.shape, x.dtype), like)


def _bordered(row: Array) -> Array:
    return jnp.pad(row, ((1, 1), (0, 0), (0, 0)))


def _read(rows: Rows, c: Array) -> Rows:
    """A pixel's values, at every resolution."""
    out = {n: rows[n][c + 1] for n in rows if n != "half"}
    return {**out, "half": _read(rows["half"], c // 2)} if "half" in rows else out


def _written(rows: Rows, new: Rows, c: Array) -> Rows:
    """A pixel's values in their place, at every resolution."""
    out = {n: lax.dynamic_update_index_in_dim(rows[n], new[n], c + 1, 0) for n in rows if n != "half"}
    return {**out, "half": _written(rows["half"], new["half"], c // 2)} if "half" in rows else out


class _Row:
    """The operations on row r of the stack that looks up."""

    def __init__(self, params: Any, rows: Rows, r: Array) -> None:
        self.params, self.rows, self.r = params, dict(rows), r

    def conv(self, name: str, x: Array, features: int, size: Any = None, stride: int = 1) -> Array:
        kernel, bias = self.params[f"down_{name}_kernel"], self.params[f"down_{name}_bias"]
        row = _bordered(x)
        rows = (self.rows[name], row) if len(kernel) == 2 else (row,)
        taps = jnp.concatenate([row[i : i + len(x) : stride] for row in rows for i in range(3)], -1)
        self.rows |= {name: row} if name in self.rows else {}
        return taps @ kernel.reshape(-1, kernel.shape[-1]) + bias.reshape(1, 1, -1)

    def shift(self, x: Array) -> Array:
        return x * (self.r > 0)  # x is of the row above already

    def aside(self, stage: str, skip: Array | None, features: int) -> Array | float:
        if skip is None:
            return 0.0
        kernel, bias = self.params[f"down_{stage}_aside_kernel"], self.params[f"down_{stage}_aside_bias"]
        return concat_elu(skip) @ kernel + bias.reshape(1, 1, -1)

    def drop(self, name: str, x: Array) -> Array:
        return x

    def label(self, stage: str, features: int) -> Array | float:
        name = f"down_{stage}_label"
        return self.params[name][None] if name in self.params else 0.0

    def half(self, level: int, x: Array, features: int, inner: Callable) -> tuple[Array, Any]:
        kernel, bias = self.params[f"down_double{level}_kernel"], self.params[f"down_double{level}_bias"]
        rows, low = dict(self.rows), self.rows["half"]

        def run() -> tuple[Rows, Any]:
            halved = _Row(self.params, rows, self.r).conv(f"halve{level}", x, features, stride=2)
            o = _Row(self.params, low, self.r)
            y, made = inner(o, halved)
            return {**o.rows, "double": _bordered(y)}, made

        def rest() -> tuple[Rows, Any]:
            return low, _zeros(jax.eval_shape(run)[1])

        self.rows["half"], made = lax.cond(_due(self.r, level + 1), run, rest)
        self.rows[f"halve{level}"] = _bordered(x)
        last = jnp.swapaxes(self.rows["half"]["double"][1:-1], 0, 1)
        out = shifted_conv.doubled_rows(last, kernel[(self.r >> level) & 1], "down") + bias.reshape(1, 1, -1)
        return jnp.swapaxes(out, 0, 1), made


class _Pixel:
    """The operations on pixel (r, c) of the stack that looks left."""

    def __init__(
        self, weights: Mapping[str, Array], left: Rows, last: Rows, given: Rows, r: Array, c: Array, level: int = 0
    ) -> None:
        self.weights, self.left, self.last, self.given = weights, left, last, given
        self.r, self.c, self.at = r, c, c >> level
        self.new: Rows = {}

    def conv(self, name: str, x: Array, features: int, size: Any = None) -> Array:
        self.new[name] = x
        both = x if name == "left" else jnp.concatenate([self.last[name], x], -1)
        return both @ self.weights[name] + self.given[name][self.at]

    def shift(self, x: Array) -> Array:
        return x * (self.c > 0)  # x is of the pixel to the left already

    def aside(self, stage: str, skip: Array | None, features: int) -> Array | float:
        return 0.0 if skip is None else concat_elu(skip) @ self.weights[f"{stage}_skip"]

    def drop(self, name: str, x: Array) -> Array:
        return x

    def label(self, stage: str, features: int) -> Array | float:
        return 0.0  # among what is given to the row

    def half(self, level: int, x: Array, features: int, inner: Callable) -> tuple[Array, Any]:
        name = f"halve{level}"
        self.new[name] = x
        below, at = self.left["half"], self.at // 2

        def run() -> Rows:
            o = _Pixel(self.weights, below, self.last["half"], self.given["half"], self.r, self.c, level + 1)
            both = jnp.concatenate([self.last[name], x], -1)
            y, _ = inner(o, both @ self.weights[name] + self.given[name][at])
            return {**o.new, "double": y @ self.weights[f"double{level}"]}

        new = self.new["half"] = lax.cond(_due(self.r | self.c, level + 1), run, lambda: _read(below, at))
        four = new["double"].reshape(len(x), 2, 2, features)
        bias = self.given[f"double{level}"]
        return four[:, (self.r >> level) & 1, (self.c >> level) & 1] + bias, {}
