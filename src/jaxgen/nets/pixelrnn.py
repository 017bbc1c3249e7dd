"""PixelRNN, van den Oord et al. 2016 (arXiv:1601.06759), section 3: Row LSTM and Diagonal BiLSTM.

Images [B, H, W, C] in [-1, 1] -> parameters [B, H, W, out] of each pixel's distribution, which see only pixels before
it in raster order. With `groups` = C the parameters of a channel (a C-th of `out` each) also see the channels before it
of the same pixel, as masks A and B have it (`layers.masked_conv`).

As table 1 has it: a 7x7 convolution of mask A to 2 h features; LSTM layers, each h features from a masked convolution,
the input-to-state one, and added to its input by a 1x1 convolution of mask B (figure 5, right); two layers of 1x1 of
mask B behind ReLUs. The paper's gates are sigmoids and its content gate is tanh; states begin with zeros. On black and
white MNIST its best Diagonal BiLSTM has 7 layers, h = 16 and heads of 32; on CIFAR-10 12 layers, h = 128 and 1,024.

A state sees every group of features of the states before: those are of other pixels. The state-to-state convolutions
are products of matrices with shifted states, since XLA's CPU backend takes many times longer for the gradients of
convolutions in a loop.
"""

from typing import Any

import jax
import jax.numpy as jnp
from flax import linen as nn
from jax import Array, lax

from jaxgen.layers.masked_conv import MaskedConv

Cell = tuple[Array, Array]  # h and c of equation 3, [..., features] each


def lstm(gates: Array, c: Array) -> Cell:
    """Equation 3: gates [..., 4 h], all sums done, and the cell before -> the state and the cell, [..., h] each."""
    o, f, i, g = jnp.split(gates, 4, axis=-1)
    c = nn.sigmoid(f) * c + nn.sigmoid(i) * jnp.tanh(g)
    return nn.sigmoid(o) * jnp.tanh(c), c


def beside(h: Array, columns: int = 3) -> Array:
    """A row's states [B, W, h] with their neighbours': [B, W, columns h], from the left one to the right one."""
    pad = columns // 2
    wide = jnp.pad(h, ((0, 0), (pad, pad), (0, 0)))
    return jnp.concatenate([wide[:, k : k + h.shape[1]] for k in range(columns)], axis=-1)


def with_above(h: Array) -> Array:
    """A diagonal's states [B, H, h] with those of the row above: [B, H, 2 h], the one above first."""
    return jnp.concatenate([jnp.pad(h, ((0, 0), (1, 0), (0, 0)))[:, :-1], h], axis=-1)


def skewed(x: Array) -> Array:
    """[B, H, W, F] -> [B, H, W + H - 1, F]: each row one pixel further to the right than the row above (figure 3)."""
    b, height, width, features = x.shape
    wide = jnp.pad(x, ((0, 0), (0, 0), (0, height), (0, 0))).reshape(b, -1, features)
    return wide[:, :-height].reshape(b, height, width + height - 1, features)


def straight(x: Array, width: int) -> Array:
    """What `skewed` made its argument of."""
    b, height, _, features = x.shape
    flat = jnp.pad(x.reshape(b, -1, features), ((0, 0), (0, height), (0, 0)))
    return flat.reshape(b, height, width + height, features)[:, :, :width]


def _scanned(gates: Array, kernel: Array, axis: int, before: Any) -> Array:
    """States along an axis of gates [B, H, W, 4 h] from the input; `before` -> the states that a kernel is for."""

    def step(cell: Cell, gates: Array) -> tuple[Cell, Array]:
        cell = lstm(gates + before(cell[0]) @ kernel, cell[1])
        return cell, cell[0]

    lines = jnp.moveaxis(gates, axis, 0)
    start = jnp.zeros((*lines.shape[1:-1], gates.shape[-1] // 4), gates.dtype)
    return jnp.moveaxis(lax.scan(step, (start, start), lines)[1], 0, axis)


class _Layer(nn.Module):
    """What both layers are made of: gates from the input, a kernel from states to gates, the way back to 2 h."""

    width: int
    groups: int
    dtype: jax.typing.DTypeLike

    def gates(self, x: Array, name: str, columns: int) -> Array:
        conv = MaskedConv(4 * self.width, (1, columns), groups=self.groups, parts=4, dtype=self.dtype, name=name)
        return conv(x)

    def kernel(self, name: str, states: int) -> Array:
        shape = (states * self.width, 4 * self.width)
        return self.param(name, nn.initializers.lecun_normal(), shape).astype(self.dtype)

    def back(self, x: Array, h: Array) -> Array:
        return x + MaskedConv(2 * self.width, groups=self.groups, dtype=self.dtype, name="back")(h)


class _Row(_Layer):
    columns: int

    @nn.compact
    def __call__(self, x: Array) -> Array:
        gates, kernel = self.gates(x, "gates", self.columns), self.kernel("states", self.columns)
        return self.back(x, _scanned(gates, kernel, 1, lambda h: beside(h, self.columns)))


class _Diagonal(_Layer):
    @nn.compact
    def __call__(self, x: Array) -> Array:
        def states(side: str, x: Array) -> Array:
            gates = skewed(self.gates(x, f"{side}_gates", 1))
            return straight(_scanned(gates, self.kernel(f"{side}_states", 2), 2, with_above), x.shape[2])

        right = states("right", x[:, :, ::-1])[:, :, ::-1]
        above = jnp.pad(right, ((0, 0), (1, 0), (0, 0), (0, 0)))[:, :-1]  # so as not to see pixels to come
        return self.back(x, states("left", x) + above)


class _PixelRNN(nn.Module):
    """What both nets are: `layer` says which."""

    out: int
    width: int = 16  # h of the paper
    layers: int = 7
    head: int = 32
    groups: int = 1
    dtype: jax.typing.DTypeLike = jnp.float32  # of the computation; parameters are float32

    def layer(self, name: str) -> nn.Module:
        raise NotImplementedError

    def conv(self, name: str, features: int, size: tuple[int, int] = (1, 1), kind: str = "B") -> MaskedConv:
        return MaskedConv(features, size, kind, self.groups, dtype=self.dtype, name=name)

    @nn.compact
    def __call__(self, x: Array, *, train: bool = False) -> Array:
        x = self.conv("first", 2 * self.width, (4, 7), "A")(x)
        for i in range(self.layers):
            x = self.layer(f"layer{i}")(x)
        for i in range(2):
            x = self.conv(f"head{i}", self.head)(nn.relu(x))
        return self.conv("out", self.out)(nn.relu(x)).astype(jnp.float32)


class RowLSTM(_PixelRNN):
    """Section 3.1: a state sees its row's left part and, of the rows above, a triangle that grows by a pixel a row."""

    columns: int = 3  # of both convolutions

    def layer(self, name: str) -> nn.Module:
        return _Row(self.width, self.groups, self.dtype, self.columns, name=name)


class DiagonalBiLSTM(_PixelRNN):
    """Section 3.2: states along diagonals, from the left and from the right, which together see all rows above.

    The input-to-state convolution is 1x1, the state-to-state one takes the pixel above and the one beside. The right
    states are shifted down by a row. Since a pixel's features are of the pixels before it, the last pixel of the row
    above is seen only within the 3 columns of the first convolution; of all others every one is.
    """

    def layer(self, name: str) -> nn.Module:
        return _Diagonal(self.width, self.groups, self.dtype, name=name)
