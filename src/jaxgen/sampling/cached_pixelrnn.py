"""Pixels one after the other from PixelRNN: the states of the row above are kept, and what they give to a row is
computed for all of it at once. A pixel costs one cell of each layer.

A Row LSTM keeps a state and a cell for each column and layer. A Diagonal BiLSTM's left cells go along the row with the
pixels; its right cells, whose row above is whole by then, run once a row from the right, over the layers' inputs there,
which are kept for them. Computed in float32, whatever the net's dtype.
"""

from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp
from jax import Array, lax

from jaxgen.nets import pixelrnn
from jaxgen.nets.pixelrnn import DiagonalBiLSTM, RowLSTM
from jaxgen.sampling.walk import Net, by_rows

SIDE = 3  # columns of the first convolution on either side of a pixel


def _weights(net: Any, params: Any, images: Array) -> Any:
    """Parameters with their masks applied."""

    def masked(params: Any, seen: Any) -> Any:
        return {
            name: masked(p, seen.get(name, {})) if isinstance(p, Mapping) else seen[name][0] if name in seen else p
            for name, p in params.items()
        }

    _, sown = net.apply({"params": params}, images[:, :1, :1], train=False, mutable=["masked"])
    return masked(params, sown["masked"])


def _alone(weights: Any, x: Array) -> Array:
    """A convolution of pixels alone, [..., C] -> [..., F]."""
    return x @ weights["kernel"][0, 0] + weights["bias"].reshape((1,) * (x.ndim - 1) + (-1,))


class _Image:
    """The first convolution and the last ones, of the image's last rows [4, W + borders, B, C] and of a pixel."""

    def __init__(self, weights: Any, images: Array) -> None:
        batch, _, width, channels = images.shape
        self.weights = weights
        self.start = jnp.zeros((SIDE + 1, width + 2 * SIDE, batch, channels))
        self.left = jnp.zeros((SIDE, batch, channels))

    def row(self, rows: Array) -> tuple[Array, Array]:
        """Room for the next row, and what the rows above give to its pixels, [W, B, 2 h]."""
        rows = jnp.concatenate([rows[1:], jnp.zeros_like(rows[:1])])
        kernel, width = self.weights["first"]["kernel"][:-1], rows.shape[1] - 2 * SIDE
        seen = jnp.concatenate([row[k : k + width] for row in rows[:-1] for k in range(2 * SIDE + 1)], -1)
        return rows, seen @ kernel.reshape(-1, kernel.shape[-1]) + self.weights["first"]["bias"].reshape(1, 1, -1)

    def first(self, above: Array, left: Array, x: Array) -> Array:
        """The first features [B, 2 h] of a pixel."""
        kernel = self.weights["first"]["kernel"][-1, : SIDE + 1]
        return above + jnp.concatenate([*left, x], -1) @ kernel.reshape(-1, kernel.shape[-1])

    def last(self, x: Array) -> Array:
        for name in ("head0", "head1", "out"):
            x = _alone(self.weights[name], jax.nn.relu(x))
        return x

    def write(self, rows: Array, left: Array, x: Array, c: Array) -> tuple[Array, Array]:
        return lax.dynamic_update_slice(rows, x[None, None], (SIDE, c + SIDE, 0, 0)), jnp.concatenate(
            [left[1:], x[None]]
        )


def _put(row: Array, x: Array, c: Array) -> Array:
    return lax.dynamic_update_index_in_dim(row, x, c, 0)


@by_rows.register
def row_lstm(net: RowLSTM, params: Any, images: Array, label: Array | None = None) -> Net:
    """As `walk.by_rows`."""
    weights, layers = _weights(net, params, images), range(net.layers)
    image, side = _Image(weights, images), net.columns // 2
    batch, _, width, _ = images.shape

    def row(kept: Any, r: Array) -> tuple[Any, Any, Any]:
        rows, cells = kept
        rows, above = image.row(rows)
        given = []
        for i, (h, c) in zip(layers, cells):
            around = jnp.swapaxes(pixelrnn.beside(jnp.swapaxes(h, 0, 1), net.columns), 0, 1)
            w = weights[f"layer{i}"]
            given.append((around @ w["states"] + w["gates"]["bias"].reshape(1, 1, -1), c))
        left = [jnp.zeros((side, batch, 2 * net.width)) for _ in layers]
        return (rows, cells), (above, given), (image.left, left)

    def pixel(kept: Any, last: Any, given: Any, r: Array, c: Array, x: Array) -> tuple[Array, Any]:
        (before, lefts), (above, states), new = last, given, []
        x = image.first(above[c], before, x)
        for i, left, (gates, cell) in zip(layers, lefts, states):
            w = weights[f"layer{i}"]
            kernel = w["gates"]["kernel"][0, : side + 1]
            seen = jnp.concatenate([*left, x], -1) @ kernel.reshape(-1, kernel.shape[-1])
            made = pixelrnn.lstm(seen + gates[c], cell[c])
            new.append((x, made))
            x = x + _alone(w["back"], made[0])
        return image.last(x), new

    def write(kept: Any, last: Any, new: Any, x: Array, c: Array) -> tuple[Any, Any]:
        (rows, cells), (before, lefts) = kept, last
        rows, before = image.write(rows, before, x, c)
        cells = [tuple(_put(of, a, c) for of, a in zip(cell, made)) for cell, (_, made) in zip(cells, new)]
        return (rows, cells), (before, [jnp.concatenate([b[1:], f[None]]) for b, (f, _) in zip(lefts, new)])

    nothing = jnp.zeros((width, batch, net.width))
    return Net((image.start, [(nothing, nothing) for _ in layers]), row, pixel, write)


@by_rows.register
def diagonal_bilstm(net: DiagonalBiLSTM, params: Any, images: Array, label: Array | None = None) -> Net:
    """As `walk.by_rows`."""
    weights, layers = _weights(net, params, images), range(net.layers)
    image, (batch, _, width, _) = _Image(weights, images), images.shape
    nothing = jnp.zeros((batch, net.width))

    def from_right(w: Any, features: Array, above: Array) -> Array:
        """The right states of a row, [W, B, h], from its features and the states of the row above."""
        kernel = w["right_states"]
        gates = _alone(w["right_gates"], features) + above @ kernel[: net.width]

        def step(cell: pixelrnn.Cell, gates: Array) -> tuple[pixelrnn.Cell, Array]:
            cell = pixelrnn.lstm(gates + cell[0] @ kernel[net.width :], cell[1])
            return cell, cell[0]

        return lax.scan(step, (nothing, nothing), gates, reverse=True)[1]

    def row(kept: Any, r: Array) -> tuple[Any, Any, Any]:
        rows, states = kept
        rows, above = image.row(rows)
        given, moved = [], []
        for i, (features, left, right) in zip(layers, states):
            w = weights[f"layer{i}"]
            right = from_right(w, features, right) * (r > 0)  # above the first row there are no states
            given.append((left @ w["left_states"][: net.width], right))
            moved.append((features, left, right))
        return (rows, moved), (above, given), (image.left, [(nothing, nothing) for _ in layers])

    def pixel(kept: Any, last: Any, given: Any, r: Array, c: Array, x: Array) -> tuple[Array, Any]:
        (before, cells), (above, states), new = last, given, []
        x = image.first(above[c], before, x)
        for i, cell, (gates, right) in zip(layers, cells, states):
            w = weights[f"layer{i}"]
            seen = _alone(w["left_gates"], x) + gates[c] + cell[0] @ w["left_states"][net.width :]
            made = pixelrnn.lstm(seen, cell[1])
            new.append((x, made))
            x = x + _alone(w["back"], made[0] + right[c])
        return image.last(x), new

    def write(kept: Any, last: Any, new: Any, x: Array, c: Array) -> tuple[Any, Any]:
        (rows, states), (before, _) = kept, last
        rows, before = image.write(rows, before, x, c)
        moved = [
            (_put(features, f, c), _put(left, h, c), right) for (features, left, right), (f, (h, _)) in zip(states, new)
        ]
        return (rows, moved), (before, [made for _, made in new])

    line = jnp.zeros((width, batch, net.width))
    start = [(jnp.zeros((width, batch, 2 * net.width)), line, line) for _ in layers]
    return Net((image.start, start), row, pixel, write)
