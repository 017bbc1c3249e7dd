"""PixelCNN (van den Oord et al. 2016a, arXiv:1601.06759) and gated PixelCNN (2016b, arXiv:1606.05328).

Images [B, H, W, C] in [-1, 1] -> parameters [B, H, W, out] of each pixel's distribution, that see only pixels before it
in raster order. With `groups` = C, for distributions that draw a pixel's channels one after the other, the parameters
of a channel (a C-th of `out` each) also see the channels before it of the same pixel.

Each net is written once, as functions of the operations that it is made of. Whole images (the modules), and rows and
pixels one after the other (`jaxgen.sampling.cached_pixelcnn`), are meanings of these operations.
"""

from typing import Any, Protocol

import jax
import jax.numpy as jnp
from flax import linen as nn
from jax import Array

from jaxgen.errors import InputError
from jaxgen.layers.masked_conv import MaskedConv
from jaxgen.layers.upsampled import Upsampled


class Ops(Protocol):
    """What the nets are made of; names are those of the parameters."""

    def conv(self, name: str, x: Array, features: int, **how: Any) -> Array:
        """A `MaskedConv`, by default of a pixel alone."""

    def given(self, name: str, features: int) -> Array | float:
        """Features of what the image is conditional on: the class, what is known of each place, both or nothing."""


class _Whole:
    """The operations on whole images."""

    def __init__(self, module: Any, x: Array, label: Array | None, around: Array | None = None) -> None:
        self.module, self.label, self.around = module, label, around
        if module.groups > 1 and (x.shape[-1] != module.groups or module.out % module.groups):
            raise InputError(
                f"a PixelCNN of {module.groups} channels in order and {module.out} parameters a pixel does not fit "
                f"images of {x.shape[-1]} channels"
            )
        if (label is None) != (not module.classes):
            raise InputError(f"a PixelCNN of {module.classes} classes, {'without' if label is None else 'with'} labels")
        if module.factor > 1:
            upsampled = Upsampled(module.width, module.factor, module.dtype, parent=module, name="upsampled")
            self.around = upsampled(x[:, :: module.factor, :: module.factor])[:, : x.shape[1], : x.shape[2]]

    def conv(self, name: str, x: Array, features: int, **how: Any) -> Array:
        net = self.module
        return MaskedConv(features, groups=net.groups, dtype=net.dtype, parent=net, name=name, **how)(x)

    def given(self, name: str, features: int) -> Array | float:
        net = self.module
        of: Array | float = 0.0
        if net.classes:
            embed = nn.Embed(net.classes, features, dtype=net.dtype, parent=net, name=f"{name}_label")
            of = embed(self.label)[:, None, None]
        return of if self.around is None else of + self.conv(f"{name}_small", self.around, features, kind="all")


def _head(o: Ops, x: Array, net: Any) -> Array:
    for i in range(2):
        x = o.conv(f"head{i}", nn.relu(x), net.head)
    return o.conv("out", nn.relu(x), net.out)


def plain(o: Ops, x: Array, net: "PixelCNN") -> Array:
    """2016a, table 1 and figure 5, left: a 7x7 convolution of mask A, residual blocks of mask B, two layers of 1x1."""
    h = net.width
    x = o.conv("first", x, 2 * h, size=(4, 7), kind="A")
    for i in range(net.blocks):
        y = o.conv(f"block{i}_in", nn.relu(x), h)
        y = o.conv(f"block{i}_3x3", nn.relu(y), h, size=(2, 3))
        x = x + o.conv(f"block{i}_out", nn.relu(y), 2 * h)
    return _head(o, x, net)


class PixelCNN(nn.Module):
    """The first PixelCNN. However deep, it does not see all pixels before: see 2016b, figure 1, right.

    ReLUs come before the convolutions. "ReLU followed by 1x1 conv (2 layers)" is read as two layers of `head` features
    before the one that gives the parameters.
    """

    out: int
    width: int = 16  # h of the paper: blocks have 2 h features outside, h inside
    blocks: int = 7
    head: int = 32
    groups: int = 1
    dtype: jax.typing.DTypeLike = jnp.float32  # of the computation; parameters are float32
    classes, factor = 0, 1

    @nn.compact
    def __call__(self, x: Array, *, train: bool = False) -> Array:
        return plain(_Whole(self, x, None), x, self).astype(jnp.float32)


def _gate(x: Array) -> Array:
    """2016b, equation 2: the first half of the features, gated by the second."""
    f, g = jnp.split(x, 2, axis=-1)
    return jnp.tanh(f) * nn.sigmoid(g)


def vertical(o: Ops, x: Array, net: "GatedPixelCNN") -> list[Array]:
    """What the rows above a pixel give to each layer of the other stack (2016b, figure 2)."""
    p, joins = net.width, []
    size, kind = (net.first // 2, net.first), "above"
    for i in range(net.layers):
        x = o.conv(f"vertical{i}", x, 2 * p, size=size, kind=kind)
        joins.append(o.conv(f"join{i}", x, 2 * p, kind="all"))
        if i + 1 < net.layers:  # after the last join nothing looks at this stack
            x = _gate(x + o.given(f"vertical{i}", 2 * p))
        size, kind = (net.kernel // 2 + 1, net.kernel), "all"
    return joins


def horizontal(o: Ops, x: Array, joins: list[Array], net: "GatedPixelCNN") -> Array:
    """Parameters from the pixels to the left and what joins each layer; residual from the second layer on."""
    p = net.width
    for i in range(net.layers):
        size, kind = ((1, net.kernel), "B") if i else ((1, net.first), "A")
        y = o.conv(f"horizontal{i}", x, 2 * p, size=size, kind=kind, parts=2)
        y = _gate(y + joins[i] + o.given(f"horizontal{i}", 2 * p))
        y = o.conv(f"horizontal{i}_out", y, p)
        x = x + y if i else y
    return _head(o, x, net)


class GatedPixelCNN(nn.Module):
    """PixelCNN of two stacks, which together see every pixel before; conditional on a label [B] if there are classes
    (2016b, equation 4), and with a `factor` above 1 on a small image: every factor-th pixel of every factor-th row; or,
    if `located`, on features [B, H, W, F] of every pixel's place (equation 5), which come in the label's stead.

    The upsampled small image biases every layer (equation 5). Its pixels have to be known, and what the net gives as
    their own parameters means nothing: `nets.multiscale` has no use for it.

    In the paper the vertical stack is shifted or masked where the other takes it in. Here the kernel of its first layer
    has only rows above, so that no layer after it sees others: the same sight.
    """

    out: int
    width: int = 32  # p of the paper
    layers: int = 8
    first: int = 7  # side of the first convolution
    kernel: int = 3  # of all others
    head: int = 32
    groups: int = 1
    classes: int = 0
    factor: int = 1
    dtype: jax.typing.DTypeLike = jnp.float32
    located: bool = False

    @nn.compact
    def __call__(self, x: Array, label: Array | None = None, *, train: bool = False) -> Array:
        o = _Whole(self, x, *((None, label) if self.located else (label,)))
        return horizontal(o, x, vertical(o, x, self), self).astype(jnp.float32)
