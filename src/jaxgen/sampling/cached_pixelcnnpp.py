"""Pixels one after the other from PixelCNN++: naively, and with cached rows, so that one costs its own column of work.

After Ramachandran et al. 2017 (arXiv:1704.06001). The cache holds one row of each convolution's input, and beside it,
within a row, one pixel of each. Layers at half and quarter resolution run at every 2nd and 4th row and column only.
"""

from typing import Any

import jax
import jax.numpy as jnp
from jax import Array, lax

from jaxgen.layers import shifted_conv
from jaxgen.nets import pixelcnnpp
from jaxgen.pixels import Pixels
from jaxgen.sampling import ancestral


@ancestral.cached.register
def cached(
    net: pixelcnnpp.PixelCNNPlusPlus,
    params: Any,
    keys: Array,
    images: Array,
    known: Array,
    family: Pixels,
    label: Array | None = None,
) -> Array:
    """As `ancestral.cached`; H and W divide by 4."""
    known = jnp.broadcast_to(known, images.shape[:3])
    batch, height, width, channels = images.shape

    def one_row(phase: int, state: Any, r: Array) -> tuple[Any, Array]:
        above, rows, tops_of = state
        o = _Rows(params, rows, phase, r)
        beside = pixelcnnpp.vertical(o, above, net.filters, net.resnets)
        real = lax.dynamic_index_in_dim(images, r, 1, keepdims=False)
        keep = lax.dynamic_index_in_dim(known, r, 1, keepdims=False)
        tops = _tops(params, tops_of, phase)
        low = {n: v for n, v in tops_of.items() if "_double" in n}
        xs = jax.tree.map(lambda a: _blocks(a, width), (beside, tops, low, real))

        def block(carry: Any, given: Any) -> tuple[Any, Any]:
            lefts, x = carry
            (beside, tops, low, real), j = given
            made: dict[str, list[Array]] = {}
            drawn = []
            for k in range(4):
                c = 4 * j + k
                p = _Pixels(params, lefts, tops, low, made, (phase, k), c)
                side = [None if b is None else p.at(b) for b in beside]
                out = pixelcnnpp.horizontal(p, x, side, net.filters, net.resnets, net.out)
                lefts = p.lefts
                new = jnp.where(
                    keep[:, c, None], real[k], family.draw(out, ancestral.pixel_keys(keys, r * width + c), real[k], 0)
                )
                drawn.append(new)
                x = _with_ones(new)
            return (lefts, x), (jnp.stack(drawn), {n: jnp.stack(v) for n, v in made.items()})

        pixel = jnp.zeros((batch, channels + 1))
        first = jax.tree.map(lambda a: a[0], (xs, jnp.arange(1)))
        shapes = jax.eval_shape(lambda: block(({}, pixel), first)[0][0])
        lefts = jax.tree.map(lambda s: jnp.zeros(s.shape, s.dtype), shapes)
        _, (drawn, made) = lax.scan(block, (lefts, pixel), (xs, jnp.arange(width // 4)))
        drawn = _row(drawn)
        below = _with_ones(drawn)
        after = {**tops_of, **{n: _row(v) for n, v in made.items()}, "left": below}
        return (below, o.rows, after), drawn

    def four(state: Any, i: Array) -> tuple[Any, Array]:
        made = []
        for phase in range(4):
            state, drawn = one_row(phase, state, 4 * i + phase)
            made.append(drawn)
        return state, jnp.stack(made, 1)

    above = jnp.zeros((batch, width, channels + 1))
    state = jax.eval_shape(lambda: one_row(0, (above, {}, {}), jnp.int32(0))[0])
    state = jax.tree.map(lambda s: jnp.zeros(s.shape, s.dtype), state)
    _, out = lax.scan(four, state, jnp.arange(height // 4))
    return jnp.moveaxis(out, 1, 0).reshape(images.shape)


def _with_ones(x: Array) -> Array:
    return jnp.concatenate([x, jnp.ones_like(x[..., :1])], -1)


def _blocks(a: Array, width: int) -> Array:
    """[B, w, C] -> [blocks of 4 full pixels, pixels in it, B, C]."""
    return jnp.moveaxis(a, 0, 1).reshape(width // 4, -1, a.shape[0], a.shape[2])


def _row(a: Array) -> Array:
    return jnp.moveaxis(a.reshape(-1, *a.shape[2:]), 0, 1)


def _tops(params: Any, rows: dict[str, Array], phase: int) -> dict[str, Array]:
    """What the row above gives to each convolution, for the whole row at once."""
    out = {}
    for name, above in rows.items():
        if "_double" not in name:
            stride = 2 if "_halve" in name else 1
            top = shifted_conv.whole(above[:, None], params[f"{name}_kernel"][:1], "right", stride)[:, 0]
            out[name] = jnp.pad(top, ((0, 0), (1, 0), (0, 0)))[:, :-1] if name == "left" else top
    return out


class _Some:
    """What rows and pixels share: values are None where a resolution does not run."""

    params: Any

    def dense(self, name: str, x: Any, features: int, level: int) -> Any:
        if x is None:
            return None
        return x @ self.params[f"{name}_kernel"] + self.params[f"{name}_bias"].reshape((1,) * (x.ndim - 1) + (-1,))

    def map(self, f: Any, level: int, *xs: Any) -> Any:
        return None if any(x is None for x in xs) else f(*xs)

    def drop(self, name: str, x: Any) -> Any:
        return x


class _Rows(_Some):
    """The operations on the row `r`, which is `phase` in a block of 4, from rows kept."""

    def __init__(self, params: Any, rows: dict[str, Array], phase: int, r: Array) -> None:
        self.params, self.rows, self.phase, self.r = params, dict(rows), phase, r

    def conv(self, name: str, x: Any, features: int, kind: str, level: int, size: Any = None, stride: int = 1) -> Any:
        if x is None:
            return None
        above = self.rows.get(name, jnp.zeros_like(x))
        self.rows[name] = x
        if stride == 2 and self.phase % (2 << level):
            return None
        kernel, bias = self.params[f"{name}_kernel"], self.params[f"{name}_bias"]
        return shifted_conv.row(above, x, kernel, kind, stride) + bias.reshape(1, 1, -1)

    def halve(self, name: str, x: Any, features: int, kind: str, level: int) -> Any:
        return self.conv(name, x, features, kind, level, stride=2)

    def double(self, name: str, x: Any, features: int, kind: str, level: int) -> Any:
        if x is not None:
            self.rows[name] = x
        if self.phase % (1 << (level - 1)):
            return None
        kernel, bias = self.params[f"{name}_kernel"], self.params[f"{name}_bias"]
        odd = (self.phase >> (level - 1)) & 1
        return shifted_conv.doubled_rows(self.rows[name], kernel[odd], kind) + bias.reshape(1, 1, -1)

    def shift(self, x: Any, kind: str) -> Any:
        return x * (self.r > 0)  # x is of the row above already


class _Pixels(_Some):
    """The operations on one pixel, from what the row above gives and the pixel to the left."""

    def __init__(
        self, params: Any, lefts: Any, tops: Any, low: Any, made: dict[str, list], phases: tuple[int, int], c: Array
    ) -> None:
        self.params, self.lefts, self.tops, self.low, self.made = params, dict(lefts), tops, low, made
        self.phases, self.c = phases, c

    def at(self, row: Array) -> Any:
        """This pixel of a block's row [n, B, C], or None between the pixels of a smaller resolution."""
        every = 4 // row.shape[0]
        return None if self.phases[1] % every else row[self.phases[1] // every]

    def conv(self, name: str, x: Any, features: int, kind: str, level: int, size: Any = None, stride: int = 1) -> Any:
        if x is None:
            return None
        left = self.lefts.get(name, jnp.zeros_like(x))
        self.lefts[name] = x
        self.made.setdefault(name, []).append(x)
        step = stride << level
        if self.phases[0] % step or self.phases[1] % step:
            return None
        kernel, bias = self.params[f"{name}_kernel"], self.params[f"{name}_bias"]
        top = self.tops[name][self.phases[1] // step] if name in self.tops else 0.0
        beside = left @ kernel[1, 0] if kernel.shape[1] == 2 else 0.0  # a kernel of one column sees this one
        return top + beside + x @ kernel[1, -1] + bias.reshape(1, -1)

    def halve(self, name: str, x: Any, features: int, kind: str, level: int) -> Any:
        return self.conv(name, x, features, kind, level, stride=2)

    def double(self, name: str, x: Any, features: int, kind: str, level: int) -> Any:
        half = 1 << (level - 1)
        if x is not None:
            self.lefts[name] = x
            self.made.setdefault(name, []).append(x)
        if self.phases[0] % half or self.phases[1] % half:
            return None
        odd, right = (self.phases[0] // half) & 1, (self.phases[1] // half) & 1
        low = self.low[name][self.phases[1] // (2 * half)] if odd else self.lefts[name]
        return low @ self.params[f"{name}_kernel"][odd, right] + self.params[f"{name}_bias"].reshape(1, -1)

    def shift(self, x: Any, kind: str) -> Any:
        return x * (self.c > 0)  # x is of the pixel to the left already
