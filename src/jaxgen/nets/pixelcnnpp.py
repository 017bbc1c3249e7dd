"""PixelCNN++, Salimans et al. 2017 (arXiv:1701.05517), figure 2: shifted convolutions over three resolutions.

The net is written once, as two functions of the operations that it is made of: `vertical`, whose features see the rows
above a pixel, and `horizontal`, which also sees the pixels to the left and takes in the first. Whole images
(`PixelCNNPlusPlus`) and pixels one after the other (`jaxgen.sampling.ancestral`) are two meanings of these operations.
Published sizes: 160 filters, 5 resnets a block, dropout 0.5, 10 logistics. The authors' code also normalises weights
and initialises them from data: that is absent, kernels are plain, from LeCun's normal distribution. The output's order
is that of `losses.likelihood`, not theirs. With 1 resnet a block, some first pixels of rows do not reach back to the
last one of the row above; from 2 on every pixel sees all before it, in images of 8 pixels.
"""

from typing import Any, Protocol

import jax
import jax.numpy as jnp
from flax import linen as nn
from jax import Array

from jaxgen.layers import dropout, shifted_conv

SIZES = {"down": (2, 3), "right": (2, 2)}  # rows and columns of the kernels


class Ops(Protocol):
    """What the net is made of. Levels 0, 1 and 2 are resolutions of 1, 1/2 and 1/4."""

    def conv(self, name: str, x: Any, features: int, kind: str, level: int, size: tuple[int, int] = ...) -> Any: ...
    def halve(self, name: str, x: Any, features: int, kind: str, level: int) -> Any: ...
    def double(self, name: str, x: Any, features: int, kind: str, level: int) -> Any: ...
    def dense(self, name: str, x: Any, features: int, level: int) -> Any: ...
    def map(self, f: Any, level: int, *xs: Any) -> Any: ...
    def drop(self, name: str, x: Any) -> Any: ...
    def shift(self, x: Any, kind: str) -> Any: ...


def concat_elu(x: Array) -> Array:
    """elu of x and of -x, twice the channels."""
    return nn.elu(jnp.concatenate([x, -x], axis=-1))


def _gate(x: Array, h: Array) -> Array:
    a, b = jnp.split(h, 2, axis=-1)
    return x + a * nn.sigmoid(b)


def _resnet(o: Ops, name: str, x: Any, aside: Any, filters: int, kind: str, level: int) -> Any:
    """A gated resnet; `aside` are features of the same pixel that join between its two convolutions."""
    h = o.conv(f"{name}_1", o.map(concat_elu, level, x), filters, kind, level)
    if aside is not None:
        h = o.map(jnp.add, level, h, o.dense(f"{name}_aside", aside, filters, level))
    h = o.drop(f"{name}_drop", o.map(concat_elu, level, h))
    return o.map(_gate, level, x, o.conv(f"{name}_2", h, 2 * filters, kind, level))


def _cat(*xs: Array) -> Array:
    return concat_elu(jnp.concatenate(xs, axis=-1))


def _stack(o: Ops, kind: str, first: Any, filters: int, resnets: int, beside: list[Any] | None) -> list[Any]:
    """One of the two stacks from its first features, with what it takes in from the other: all maps in order."""
    made, skips, x = [first], [first], first
    take = iter(beside[1:]) if beside is not None else None

    def step(x: Any) -> Any:
        made.append(x)
        return x

    for level in range(3):
        for i in range(resnets):
            other = next(take) if take else None
            aside = o.map(concat_elu, level, other) if take else None
            x = step(_resnet(o, f"{kind}_up{level}_{i}", x, aside, filters, kind, level))
            skips.append(x)
        if level < 2:
            x = step(o.halve(f"{kind}_halve{level}", x, filters, kind, level))
            skips.append(x)
            if take:
                next(take)
    x = skips.pop()
    for level in (2, 1, 0):
        for i in range(resnets if level == 2 else resnets + 1):
            skip = skips.pop()
            joined = (next(take), skip) if take else (skip,)
            aside = o.map(_cat, level, *joined)
            x = step(_resnet(o, f"{kind}_down{level}_{i}", x, aside, filters, kind, level))
        if level > 0:
            x = step(o.double(f"{kind}_double{level}", x, filters, kind, level))
            if take:
                next(take)
    return made


def vertical(o: Ops, x: Any, filters: int, resnets: int) -> list[Any]:
    """Features of the rows above each pixel: those that the other stack begins with, then every map of this one."""
    wide = o.shift(o.conv("wide", x, filters, "down", 0, (1, 3)), "down")
    first = o.shift(o.conv("above", x, filters, "down", 0, (2, 3)), "down")
    return [wide, *_stack(o, "down", first, filters, resnets, None)]


def horizontal(o: Ops, x: Any, above: list[Any], filters: int, resnets: int, out: int) -> Any:
    """The parameters of each pixel's distribution, from the pixels to the left and from `vertical`."""
    wide, *beside = above
    left = o.shift(o.conv("left", x, filters, "right", 0, (2, 1)), "right")
    last = _stack(o, "right", o.map(jnp.add, 0, wide, left), filters, resnets, beside)[-1]
    return o.dense("out", o.map(nn.elu, 0, last), out, 0)


class _Whole:
    """The operations on whole images, with a linen module's parameters; something is dropped where there are keys."""

    def __init__(self, module: Any, keys: Array | None) -> None:
        self.module, self.keys, self.drops = module, keys, 0

    def _kernel(self, name: str, shape: tuple[int, ...]) -> tuple[Array, Array]:
        kernel = self.module.param(f"{name}_kernel", nn.initializers.lecun_normal(), shape)
        bias = self.module.param(f"{name}_bias", nn.initializers.zeros, shape[-1:])
        return kernel.astype(self.module.dtype), bias.astype(self.module.dtype)

    def conv(
        self, name: str, x: Array, features: int, kind: str, level: int, size: Any = None, stride: int = 1
    ) -> Array:
        kernel, bias = self._kernel(name, (*(size or SIZES[kind]), x.shape[-1], features))
        return shifted_conv.whole(x, kernel, kind, stride) + bias.reshape(1, 1, 1, -1)

    def halve(self, name: str, x: Array, features: int, kind: str, level: int) -> Array:
        return self.conv(name, x, features, kind, level, stride=2)

    def double(self, name: str, x: Array, features: int, kind: str, level: int) -> Array:
        kernel, bias = self._kernel(name, (*SIZES[kind], x.shape[-1], features))
        return shifted_conv.doubled(x, kernel, kind) + bias.reshape(1, 1, 1, -1)

    def dense(self, name: str, x: Array, features: int, level: int) -> Array:
        kernel, bias = self._kernel(name, (x.shape[-1], features))
        return x @ kernel + bias.reshape(1, 1, 1, -1)

    def map(self, f: Any, level: int, *xs: Array) -> Array:
        return f(*xs)

    def drop(self, name: str, x: Array) -> Array:
        if self.keys is None or not self.module.dropout:
            return x
        self.drops += 1
        own = jax.vmap(lambda key: jax.random.fold_in(key, self.drops))(self.keys)
        return dropout(x, own, self.module.dropout)

    def shift(self, x: Array, kind: str) -> Array:
        if kind == "down":
            return jnp.pad(x, ((0, 0), (1, 0), (0, 0), (0, 0)))[:, :-1]
        return jnp.pad(x, ((0, 0), (0, 0), (1, 0), (0, 0)))[:, :, :-1]


class PixelCNNPlusPlus(nn.Module):
    """Images [B, H, W, C] in [-1, 1] -> parameters [B, H, W, out] of each pixel's distribution; sides divide by 4.

    Training takes keys [B], by which features are dropped, after the labels, of which there are none yet.
    """

    out: int = 100  # 10 logistics of 3 channels; see `losses.likelihood`
    filters: int = 160
    resnets: int = 5
    dropout: float = 0.5
    dtype: jax.typing.DTypeLike = jnp.float32  # of the computation; parameters and what it gives are float32

    @nn.compact
    def __call__(
        self, x: Array, label: Array | None = None, keys: Array | None = None, *, train: bool = False
    ) -> Array:
        if label is not None:
            raise ValueError("this net knows no classes")
        if train and self.dropout and keys is None:
            raise ValueError("training with dropout takes keys [B]")
        ones = jnp.ones((*x.shape[:-1], 1), x.dtype)  # tells the border from zeros inside
        x = jnp.concatenate([x, ones], axis=-1).astype(self.dtype)
        o = _Whole(self, keys if train else None)
        beside = vertical(o, x, self.filters, self.resnets)
        return horizontal(o, x, beside, self.filters, self.resnets, self.out).astype(jnp.float32)
