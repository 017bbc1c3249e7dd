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
from jaxgen.errors import InputError
from jaxgen.nets.pixelcnn import GatedPixelCNN, PixelCNN
from jaxgen.nets.pixelcnnpp import PixelCNNPlusPlus
from jaxgen.nets.pixelrnn import DiagonalBiLSTM, RowLSTM
from jaxgen.sampling import ancestral
from weights import weights


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


FAMILIES = {
    "bernoulli": (pixels.bernoulli(), 1),
    "categorical": (pixels.categorical(3, 5), 3),
    "logistics": (pixels.logistics(3, 2), 3),
}


class Row(NamedTuple):
    make: Callable[..., nn.Module]  # out, groups where channels are drawn in order -> module
    family: str  # that it is drawn from
    side: int = 3  # of images small enough to go through all of them
    sees: Callable = before
    classes: int = 0
    deep: tuple[tuple[str, int], ...] = ()  # what makes it deep enough for 8x8, where it is not


NETS = {
    "pixelcnn": Row(lambda out, **how: PixelCNN(out, 6, 4, 9, **how), "categorical", sees=not_blind),
    "gated": Row(lambda out, **how: GatedPixelCNN(out, 6, 3, kernel=5, head=9, **how), "categorical"),
    "gated, classes": Row(lambda out: GatedPixelCNN(out, 6, 3, kernel=5, classes=3), "bernoulli", classes=3),
    "pixelcnn++": Row(
        lambda out, resnets=1: PixelCNNPlusPlus(out, 6, resnets, classes=3),
        "logistics",
        side=4,
        classes=3,
        deep=(("resnets", 2),),
    ),
    "row-lstm": Row(lambda out, **how: RowLSTM(out, 6, 4, 9, **how), "categorical", sees=not_blind),
    "diagonal-bilstm": Row(lambda out, **how: DiagonalBiLSTM(out, 6, 2, 9, **how), "categorical", sees=diagonal),
}
rows = pytest.mark.parametrize("row", NETS.values(), ids=NETS)
in_order = pytest.mark.parametrize("name", [name for name, row in NETS.items() if row.family == "categorical"])


@cache
def ready(row: Row, side: int, channels: int, out: int, spread: float, **how):
    """A net, parameters of it, and labels for as many images as are asked for."""
    net = row.make(out, **how)
    label = lambda count: (np.arange(count) % row.classes,) if row.classes else ()  # noqa: E731
    x = np.zeros((1, side, side, channels), np.float32)
    return net, weights(net.init, x, *label(1), spread=spread)["params"], label


def seen(row, side, channels, out, **how):
    """Which values [side * side * channels] of an image each of its parameters [..., out] depends on."""
    net, params, label = ready(row, side, channels, out, 0.1, **dict(row.deep), **how)
    params = jax.tree.map(lambda p: np.abs(p) / 3, params)  # so that no slope is zero by chance, nor by a ReLU
    x = np.random.default_rng(2).uniform(size=(1, side, side, channels)).astype(np.float32)
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
def test_channels_see_those_before_them(name):
    row, side, levels = NETS[name], 4, 2
    of = seen(row, side, 3, 3 * levels, groups=3).reshape(side * side, 3, levels, side * side, 3).any(2)
    for c, other in itertools.product(range(3), range(3)):
        expected = pattern(row, side) | (np.eye(side * side, dtype=bool) & (other < c))
        np.testing.assert_array_equal(of[:, c, :, other], expected)


@rows
def test_probabilities_of_all_images_sum_to_1(row):
    """Where all are too many: of all that begin alike, to the probability of that beginning."""
    family, count, free = pixels.bernoulli(), row.side**2, 9
    net, params, label = ready(row, row.side, 1, 1, 0.3)
    images = np.ones((2**free, count), np.float32)
    images[:, count - free :] = 2.0 * ((np.arange(2**free)[:, None] >> np.arange(free)) & 1) - 1
    images = images.reshape(-1, row.side, row.side, 1)
    same = tuple(np.ones(len(images), int) for _ in label(1))

    def both(x):
        told = net.apply({"params": params}, x, *same)
        return told, family.unlikely(told, x)

    told, unlikely = (np.asarray(a, np.float64) for a in jax.jit(both)(images))
    begun = np.logaddexp(0, -told.reshape(len(images), count)[0, : count - free]).sum()  # whose pixels are all white
    assert unlikely.std() > 0.3  # not all alike
    assert np.exp(begun - unlikely).sum() == pytest.approx(1, abs=1e-4)


@rows
def test_cached_is_naive_pixel_for_pixel(row):
    family, channels = FAMILIES[row.family]
    side, batch = 8, 3
    net, params, label = ready(
        row, side, channels, family.out, 0.1, **({"groups": channels} if family.steps > 1 else {})
    )
    keys = jax.random.split(jax.random.key(3), batch)

    def both(images, known):
        given = (net, params, keys, images, known, family, *label(batch))
        return ancestral.naive(*given), ancestral.cached(*given)

    both = jax.jit(both)
    nothing = np.zeros((batch, side, side), bool)
    slow, fast = jax.device_get(both(np.full((batch, side, side, channels), 0.5, np.float32), nothing))
    np.testing.assert_allclose(fast, slow, atol=1e-5)
    assert len({image.tobytes() for image in np.asarray(slow)}) == batch
    known = np.random.default_rng(0).random((batch, side, side)) < 0.5
    given = -slow[::-1]
    slow, fast = jax.device_get(both(given, known))
    np.testing.assert_allclose(fast, slow, atol=1e-5)
    np.testing.assert_array_equal(fast[known], given[known])
    assert not np.array_equal(fast[~known], given[~known])


def test_every_pixel_is_conditional_on_the_class():
    net, params, _ = ready(NETS["gated, classes"], 3, 1, 1, 0.3)
    out = np.asarray(jax.jit(net.apply)({"params": params}, np.ones((3, 3, 3, 1), np.float32), np.arange(3)))
    for one, other in itertools.combinations(out, 2):
        assert not np.isclose(one, other).any()


@pytest.mark.parametrize(
    ("net", "shape", "labels"),
    [
        (PixelCNN(6, groups=3), (5, 5, 1), 0),
        (PixelCNN(7, groups=3), (5, 5, 3), 0),
        (GatedPixelCNN(6, groups=3), (5, 5, 4), 0),
        (GatedPixelCNN(1, classes=2), (5, 5, 1), 0),
        (GatedPixelCNN(1), (5, 5, 1), 1),
        (PixelCNNPlusPlus(), (6, 8, 3), 0),
        (PixelCNNPlusPlus(), (8, 8, 3), 1),
        (PixelCNNPlusPlus(classes=2), (8, 8, 3), 0),
    ],
    ids=str,
)
def test_images_that_a_net_is_not_made_for_are_refused(net, shape, labels):
    with pytest.raises(InputError, match=r"^(a )?PixelCNN.* (images|labels)") as refused:
        jax.eval_shape(net.init, jax.random.key(0), jnp.zeros((1, *shape)), *[jnp.zeros(1, int)] * labels)
    assert "\n" not in str(refused.value)
