"""Every autoregressive net: it sees the pixels before and no others, is a distribution of images, and draws the same
images with what it keeps as without. A new net is a new row of `NETS`."""

import itertools
from collections.abc import Callable
from functools import cache
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import linen as nn

from jaxgen import pixels
from jaxgen.nets.pixelcnn import GatedPixelCNN, PixelCNN
from jaxgen.nets.pixelcnnpp import PixelCNNPlusPlus
from jaxgen.nets.pixelrnn import DiagonalBiLSTM, RowLSTM
from jaxgen.sampling import ancestral


def before(rows, columns, last=None):
    """Whether a pixel that many rows above another, and columns to the right of it, comes before it; `last` says
    whether it is the last of its row."""
    return (rows > 0) | ((rows == 0) & (columns < 0))


def not_blind(rows, columns, last):
    """What the first PixelCNN and the Row LSTM see however deep they are: 3 columns to the right in the row above, by
    the first convolution, and one more in each row above that, by the 3x3 ones and by the neighbours of states."""
    return before(rows, columns) & ((rows == 0) | (columns <= rows + 2))


def diagonal(rows, columns, last):
    """What a Diagonal BiLSTM sees: all but the last pixel of the row above, which is not before itself and is seen by
    the first convolution alone."""
    return before(rows, columns) & ((rows != 1) | ~last | (columns <= 3))


class Row(NamedTuple):
    make: Callable[..., nn.Module]  # out -> module
    side: int = 3  # of images small enough to go through all of them
    sees: Callable = before
    groups: bool = True  # whether it takes an order of channels
    classes: int = 0


NETS = {
    "pixelcnn": Row(lambda out, **how: PixelCNN(out, width=6, blocks=6, head=9, **how), sees=not_blind),
    "gated": Row(lambda out, **how: GatedPixelCNN(out, width=6, layers=4, head=9, **how)),
    "gated, classes": Row(lambda out, **how: GatedPixelCNN(out, width=6, layers=2, classes=3, **how), classes=3),
    "row-lstm": Row(lambda out, **how: RowLSTM(out, width=6, layers=4, head=9, **how), sees=not_blind),
    "diagonal-bilstm": Row(lambda out, **how: DiagonalBiLSTM(out, width=6, layers=2, head=9, **how), sees=diagonal),
    "pixelcnn++": Row(lambda out: PixelCNNPlusPlus(out, filters=6, resnets=2), side=4, groups=False),
}
rows = pytest.mark.parametrize("row", NETS.values(), ids=NETS)
in_order = pytest.mark.parametrize(
    "row", [r for r in NETS.values() if r.groups], ids=[n for n in NETS if NETS[n].groups]
)


@cache
def ready(row: Row, side: int, channels: int, out: int, spread: float, **how):
    """A net, parameters of it, and labels for as many images as are asked for."""
    net = row.make(out, **how)
    label = lambda count: (jnp.arange(count) % row.classes,) if row.classes else ()  # noqa: E731
    x = jnp.zeros((1, side, side, channels))
    params = jax.jit(net.init)(jax.random.key(0, impl="rbg"), x, *label(1))["params"]
    leaves, tree = jax.tree.flatten(params)
    keys = jax.random.split(jax.random.key(1), len(leaves))
    leaves = [leaf + spread * jax.random.normal(k, leaf.shape) for leaf, k in zip(leaves, keys, strict=True)]
    return net, jax.tree.unflatten(tree, leaves), label


def seen(row, side, channels, out, **how):
    """Which values [side * side * channels] of an image each of its parameters [..., out] depends on."""
    net, params, label = ready(row, side, channels, out, 0.1, **how)
    params = jax.tree.map(lambda p: jnp.abs(p) / 3, params)  # so that no slope is zero by chance, nor by a ReLU
    x = jax.random.uniform(jax.random.key(2), (1, side, side, channels))
    slopes = jax.jit(jax.jacrev(lambda x: net.apply({"params": params}, x, *label(1))))(x)
    return np.asarray(slopes).reshape(side * side, out, side * side, channels) != 0


def pattern(row, side):
    """Which pixels [side * side] each pixel should see."""
    r, c = np.divmod(np.arange(side * side), side)
    return row.sees(r[:, None] - r, c - c[:, None], np.broadcast_to(c == side - 1, (side**2, side**2)))


@rows
def test_a_net_sees_exactly_what_it_should(row):
    np.testing.assert_array_equal(seen(row, 8, 1, 1)[:, 0, :, 0], pattern(row, 8))


@in_order
def test_channels_see_those_before_them(row):
    side, levels = 4, 2
    of = seen(row, side, 3, 3 * levels, groups=3).reshape(side * side, 3, levels, side * side, 3).any(2)
    for c, other in itertools.product(range(3), range(3)):
        expected = pattern(row, side) | (np.eye(side * side, dtype=bool) & (other < c))
        np.testing.assert_array_equal(of[:, c, :, other], expected)


@rows
def test_probabilities_of_all_images_sum_to_1(row):
    family, count = pixels.bernoulli(), row.side**2
    net, params, label = ready(row, row.side, 1, 1, 0.3)
    images = 2.0 * ((np.arange(2**count)[:, None] >> np.arange(count)) & 1) - 1
    images = images.reshape(-1, row.side, row.side, 1).astype(np.float32)
    same = tuple(jnp.ones(len(images), int) for _ in label(1))
    unlikely = np.asarray(jax.jit(lambda x: family.unlikely(net.apply({"params": params}, x, *same), x))(images))
    assert unlikely.std() > 0.3  # not all alike
    assert np.exp(-unlikely.astype(np.float64)).sum() == pytest.approx(1, abs=1e-4)


FAMILIES = {
    "bernoulli": (pixels.bernoulli(), 1, False),
    "logistics": (pixels.logistics(3, 2), 3, False),
    "categorical": (pixels.categorical(3, 5), 3, True),
}
CASES = {f"{n}, {f}": (n, f) for n in NETS for f in FAMILIES if NETS[n].groups or not FAMILIES[f][2]}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_cached_is_naive_pixel_for_pixel(case):
    row, (family, channels, ordered) = NETS[case[0]], FAMILIES[case[1]]
    side, batch = 4 * -(-row.side // 4), 3
    net, params, label = ready(row, side, channels, family.out, 0.3, **({"groups": channels} if ordered else {}))
    keys = jax.random.split(jax.random.key(3), batch)

    def both(images, known):
        given = (net, params, keys, images, known, family, *label(batch))
        return ancestral.naive(*given), ancestral.cached(*given)

    both = jax.jit(both)
    nothing = jnp.zeros((batch, side, side), bool)
    slow, fast = both(jnp.full((batch, side, side, channels), 0.5), nothing)
    np.testing.assert_allclose(fast, slow, atol=1e-5)
    assert len({image.tobytes() for image in np.asarray(slow)}) == batch
    known = jnp.asarray(np.random.default_rng(0).random((batch, side, side)) < 0.5)
    given = -slow[::-1]
    slow, fast = both(given, known)
    np.testing.assert_allclose(fast, slow, atol=1e-5)
    np.testing.assert_array_equal(fast[known], given[known])
    assert not np.array_equal(fast[~known], given[~known])


def test_a_class_changes_what_is_drawn():
    row, family = NETS["gated, classes"], pixels.bernoulli()
    net, params, _ = ready(row, 4, 1, 1, 0.3)
    x = jnp.ones((3, 4, 4, 1))
    out = np.asarray(net.apply({"params": params}, x, jnp.arange(3)))
    assert not np.isclose(out[0], out[1]).any()
    keys = jnp.broadcast_to(jax.random.key(5), (30,))
    draws = ancestral.cached(
        net, params, keys, jnp.zeros((30, 4, 4, 1)), jnp.zeros((4, 4), bool), family, jnp.arange(30) % 3
    )
    assert len({draw.tobytes() for draw in np.asarray(draws)}) == 3
