"""Nets that are told where to draw: their sizes, what a place changes, and keypoints that stay as they are given."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxgen.errors import InputError
from jaxgen.nets import gawwn, keypoints, net

DRAWS = np.random.default_rng(0)
PLACES = {
    "boxes": np.float32([[[0.1, 0.2, 0.5, 0.5]], [[np.nan] * 4]]),
    "points": np.float32([[[0.2, 0.3], [np.nan, np.nan], [0.9, 0.5]], [[np.nan, np.nan]] * 3]),
}


def normal(*shape):
    return DRAWS.normal(size=shape).astype(np.float32)


@pytest.mark.parametrize("size", [16, 32, 64])
@pytest.mark.parametrize("where", PLACES)
def test_images_of_every_size_and_their_scores(where, size):
    def both(z, text, place):
        G, D = net(gawwn.Generator(where, size, 3, 4, 8)), net(gawwn.Discriminator(where, 4, 8))
        images, _ = G.apply(*G.init(jax.random.key(0), z, text, place), z, text, place, train=True)
        return images, D.apply(*D.init(jax.random.key(0), images, text, place), images, text, place, train=True)[0]

    images, scores = jax.eval_shape(both, normal(2, 6), normal(2, 5), PLACES[where])
    assert images.shape == (2, size, size, 3)
    assert scores.shape == (2,)


@pytest.mark.parametrize("size", [8, 28, 48])
def test_other_sizes_are_one_line(size):
    with pytest.raises(InputError, match=f"images of 16, 32, 64, ... pixels a side, not {size}"):
        gawwn.cells(size)


def test_a_box_that_is_not_there_is_the_whole_image():
    def drawn(place):
        G, z, text = net(gawwn.Generator("boxes", 16, 1, 4, 8)), normal(1, 6), normal(1, 5)
        variables = G.init(jax.random.key(0), z, text, place)
        return G.apply(*variables, z, text, place, train=False)[0]

    DRAWS.bit_generator.state = np.random.default_rng(1).bit_generator.state
    both = jax.jit(jax.vmap(drawn))(np.float32([[[[np.nan] * 4]], [[[0, 0, 1, 1]]], [[[0, 0, 0.5, 0.5]]]]))
    np.testing.assert_array_equal(both[0], both[1])
    assert np.abs(both[0] - both[2]).max() > 1e-2 * np.abs(both[0]).max()  # first weights are small


def test_keypoints_that_are_given_stay_and_others_are_drawn():
    K, points = net(keypoints.Generator(8, 8)), PLACES["points"]
    z, text = normal(2, 6), normal(2, 5)
    found = np.asarray(
        jax.jit(lambda: K.apply(*K.init(jax.random.key(0), z, text, points), z, text, points, train=False)[0])()
    )
    assert found.shape == (2, 3, 3)
    np.testing.assert_array_equal(found[0, [0, 2]], np.float32([[0.2, 0.3, 1], [0.9, 0.5, 1]]))
    assert ((found > 0) & (found <= 1)).all()
    marks = jnp.asarray([[[0.2, 0.3, 1.0], [0.4, 0.4, 0.3]]])
    np.testing.assert_array_equal(keypoints.unmarked(marks), np.float32([[[0.2, 0.3], [np.nan, np.nan]]]))
    np.testing.assert_array_equal(keypoints.marked(points)[0, 1], [0, 0, 0])
    np.testing.assert_array_equal(keypoints.unmarked(keypoints.marked(points)), points)
