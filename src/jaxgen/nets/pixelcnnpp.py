"""PixelCNN++, Salimans et al. 2017 (arXiv:1701.05517), figure 2: shifted convolutions over three resolutions.

The net is written once, as two functions of the operations that it is made of: `vertical`, whose features see the rows
above a pixel, and `horizontal`, which also sees the pixels to the left and takes in the first. Whole images
(`PixelCNNPlusPlus`), and rows and pixels one after the other (`jaxgen.sampling.cached_pixelcnnpp`), are meanings of
these operations.
Published sizes: 160 filters, 5 resnets a block, dropout 0.5, 10 logistics. As in the authors' code, weights are
normalised (Salimans & Kingma 2016) and start from the first batch, such that what a layer gives has mean 0 and
deviation 1, before a gate 0.1; unlike there nothing is dropped from that batch. The output's order is that of
`losses.likelihood`, not theirs. Classes (section 3.2) bias every convolution in the paper's words, and in that code one
of each resnet, whose output is split into a part and its gate: so here. With 1 resnet a block, some first pixels of
rows do not reach back to the last one of the row above; from 2 on every pixel sees all before it, in images of 8
pixels.
"""

import zlib
from collections.abc import Callable, Mapping
from functools import partial
from typing import Protocol

import jax
import jax.numpy as jnp
from flax import linen as nn
from jax import Array

from jaxgen.errors import InputError
from jaxgen.layers import dropout, shifted_conv, weight_norm

SIZES = {"down": (2, 3), "right": (2, 2)}  # rows and columns of the kernels of the two stacks
type Maps = Mapping[str, Array]  # what a stack has made, by stage: "up0_0", ..., "down0_2"


class Ops(Protocol):
    """What a stack is made of; names are those of its parameters."""

    def conv(self, name: str, x: Array, features: int, size: tuple[int, int] | None = None) -> Array: ...
    def shift(self, x: Array) -> Array:
        """A row down, or a pixel to the right."""

    def aside(self, stage: str, skip: Array | None, features: int) -> Array | float:
        """What joins a resnet: the other stack's map at this stage, and features of the way up, by a dense layer."""

    def drop(self, name: str, x: Array) -> Array: ...
    def label(self, stage: str, features: int) -> Array | float:
        """Features of the class, where there are classes."""

    def half(self, level: int, x: Array, features: int, inner: Callable) -> tuple[Array, Maps]:
        """`inner`, which takes operations and a map and gives a map and all that it made, at half the resolution."""


def concat_elu(x: Array) -> Array:
    """elu of x and of -x, twice the channels."""
    return nn.elu(jnp.concatenate([x, -x], axis=-1))


def plain(params: Mapping[str, Array]) -> dict[str, Array]:
    """A net's parameters, with the kernels that come of the normalised ones in their stead."""

    def kernel(name: str, p: Array) -> Array:
        g = params.get(f"{name.removesuffix('_kernel')}_scale") if name.endswith("_kernel") else None
        return p if g is None else weight_norm.normalised(p, g)

    return {name: kernel(name, p) for name, p in params.items() if not name.endswith("_scale")}


def _resnet(o: Ops, stage: str, x: Array, skip: Array | None, filters: int) -> Array:
    h = o.conv(f"{stage}_1", concat_elu(x), filters) + o.aside(stage, skip, filters)
    h = o.conv(f"{stage}_2", o.drop(stage, concat_elu(h)), 2 * filters) + o.label(stage, 2 * filters)
    a, b = jnp.split(h, 2, axis=-1)
    return x + a * nn.sigmoid(b)


def _stack(o: Ops, x: Array, filters: int, resnets: int, level: int = 0) -> tuple[Array, Maps]:
    """Up through resnets, through all that is at lower resolutions, and down; level 1 has half the resolution of 0."""
    made: dict[str, Array] = {}
    skips = [x]
    for i in range(resnets):
        x = made[f"up{level}_{i}"] = _resnet(o, f"up{level}_{i}", x, None, filters)
        skips.append(x)
    if level < 2:
        x, lower = o.half(level, x, filters, partial(_stack, filters=filters, resnets=resnets, level=level + 1))
        made |= lower
    else:
        skips.pop()
    for i, skip in enumerate(reversed(skips)):
        x = made[f"down{level}_{i}"] = _resnet(o, f"down{level}_{i}", x, skip, filters)
    return x, made


def vertical(o: Ops, x: Array, filters: int, resnets: int) -> tuple[Array, Maps]:
    """Features of the rows above each pixel: what the other stack begins with, and what joins it at each stage."""
    wide = o.shift(o.conv("wide", x, filters, (1, 3)))
    return wide, _stack(o, o.shift(o.conv("above", x, filters)), filters, resnets)[1]


def horizontal(o: Ops, x: Array, wide: Array, filters: int, resnets: int) -> Array:
    """Features of the pixels before each: those to the left, and by `wide` and the operations' `aside` those above."""
    left = o.shift(o.conv("left", x, filters, (2, 1)))
    return nn.elu(_stack(o, wide + left, filters, resnets)[0])


class _Whole:
    """The operations on whole images, with a linen module's parameters; something is dropped where there are keys."""

    def __init__(
        self, module: "PixelCNNPlusPlus", keys: Array | None, of: Array | None, kind: str, beside: Maps
    ) -> None:
        self.module, self.keys, self.of, self.kind, self.beside = module, keys, of, kind, beside

    def layer(self, name: str, x: Array, features: int, size: tuple[int, ...], apply: Callable) -> Array:
        """`apply(x, kernel)` and a bias, by a kernel of a size."""
        net, name = self.module, f"{self.kind}_{name}"
        start = nn.initializers.normal(0.05) if net.weight_norm else nn.initializers.lecun_normal()
        kernel = net.param(f"{name}_kernel", start, (*size, x.shape[-1], features))

        def from_data(i: int) -> Callable:
            gated = name.endswith("_2")
            return lambda *_: weight_norm.from_outputs(
                apply(x, weight_norm.normalised(kernel).astype(net.dtype)), 0.1 if gated else 1.0
            )[i]

        if net.weight_norm:
            bias = net.param(f"{name}_bias", from_data(1))
            kernel = weight_norm.normalised(kernel, net.param(f"{name}_scale", from_data(0)))
        else:
            bias = net.param(f"{name}_bias", nn.initializers.zeros, (features,))
        return apply(x, kernel.astype(net.dtype)) + bias.astype(net.dtype).reshape(1, 1, 1, -1)

    def dense(self, name: str, x: Array, features: int) -> Array:
        return self.layer(name, x, features, (), jnp.matmul)

    def conv(self, name: str, x: Array, features: int, size: tuple[int, int] | None = None, stride: int = 1) -> Array:
        apply = partial(shifted_conv.whole, kind=self.kind, stride=stride)
        return self.layer(name, x, features, size or SIZES[self.kind], apply)

    def shift(self, x: Array) -> Array:
        down, right = (1, 0) if self.kind == "down" else (0, 1)
        return jnp.pad(x, ((0, 0), (down, 0), (right, 0), (0, 0)))[:, : x.shape[1], : x.shape[2]]

    def aside(self, stage: str, skip: Array | None, features: int) -> Array | float:
        parts = [x for x in (self.beside.get(stage), skip) if x is not None]
        if not parts:
            return 0.0
        return self.dense(f"{stage}_aside", concat_elu(jnp.concatenate(parts, axis=-1)), features)

    def drop(self, name: str, x: Array) -> Array:
        if self.keys is None or not self.module.dropout:
            return x
        number = zlib.crc32(f"{self.kind}_{name}".encode())  # of this place in the net
        own = jax.vmap(lambda key: jax.random.fold_in(key, number))(self.keys)
        return dropout(x, own, self.module.dropout)

    def label(self, stage: str, features: int) -> Array | float:
        if self.of is None:
            return 0.0
        start, shape = nn.initializers.normal(0.05), (self.module.classes, features)
        table = self.module.param(f"{self.kind}_{stage}_label", start, shape)
        return table.astype(self.module.dtype)[self.of][:, None, None]

    def half(self, level: int, x: Array, features: int, inner: Callable) -> tuple[Array, Maps]:
        x, made = inner(self, self.conv(f"halve{level}", x, features, stride=2))
        apply = partial(shifted_conv.doubled, kind=self.kind)
        return self.layer(f"double{level}", x, features, SIZES[self.kind], apply), made


class PixelCNNPlusPlus(nn.Module):
    """Images [B, H, W, C] in [-1, 1] -> parameters [B, H, W, out] of each pixel's distribution; sides divide by 4.

    With classes it takes labels [B]; training takes keys [B], by which features are dropped, after them.
    """

    out: int = 100  # 10 logistics of 3 channels; see `losses.likelihood`
    filters: int = 160
    resnets: int = 5
    dropout: float = 0.5
    classes: int = 0
    weight_norm: bool = True  # False: plain kernels, from LeCun's normal distribution
    dtype: jax.typing.DTypeLike = jnp.float32  # of the computation; parameters are float32

    @nn.compact
    def __call__(
        self, x: Array, label: Array | None = None, keys: Array | None = None, *, train: bool = False
    ) -> Array:
        if (label is None) != (not self.classes):
            raise InputError(f"a PixelCNN++ of {self.classes} classes, {'without' if label is None else 'with'} labels")
        if train and self.dropout and keys is None:
            raise ValueError("training with dropout takes keys [B]")
        if x.shape[1] % 4 or x.shape[2] % 4:
            raise InputError(f"PixelCNN++ takes images whose sides divide by 4, not {x.shape[1]}x{x.shape[2]}")
        ones = jnp.ones((*x.shape[:-1], 1), x.dtype)  # tells the border from zeros inside
        x = jnp.concatenate([x, ones], axis=-1).astype(self.dtype)
        keys = keys if train else None
        wide, beside = vertical(_Whole(self, keys, label, "down", {}), x, self.filters, self.resnets)
        right = _Whole(self, keys, label, "right", beside)
        x = horizontal(right, x, wide, self.filters, self.resnets)
        return right.dense("out", x, self.out).astype(jnp.float32)
