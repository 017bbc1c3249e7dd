"""Means over a source of what nets make of it."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxgen.data.source import in_memory
from jaxgen.game import Net
from jaxgen.measure import means
from jaxgen.model.applied import Applied

IMAGES = np.random.default_rng(0).integers(0, 256, (23, 2, 2, 1)).astype(np.uint8)
LABELS = (np.arange(23) % 3).astype(np.int32)
SOURCE = in_memory("some", {"image": IMAGES, "label": LABELS})


def applied(function, params=None) -> Applied:
    return Applied(Net(lambda key, x: ({}, {}), lambda p, s, x, train: (function(p, x), s)), params or {}, {})


def test_every_example_counts_once_whatever_the_chunk():
    def value(net, batch, keys):
        return jnp.mean(net(batch["image"]), (1, 2, 3))

    expected = np.mean(IMAGES / 127.5 - 1) * 3
    for chunk in (5, 23, 100):
        found = means.mean_over(
            SOURCE, value, applied(lambda p, x: p["scale"] * x, {"scale": jnp.float32(3)}), None, chunk
        )
        assert found == pytest.approx(expected, abs=1e-6)
    some = np.array([3, 8, 21])
    found = means.mean_over(SOURCE, value, applied(lambda p, x: x), some, 2)
    assert found == pytest.approx(np.mean(IMAGES[some] / 127.5 - 1), abs=1e-6)


def test_an_images_noise_is_that_of_its_number():
    def noise(net, batch, keys):
        return jax.vmap(lambda key: jax.random.normal(key))(keys)

    every = [means.mean_over(SOURCE, noise, (), np.array([n])) for n in range(4)]
    assert len(set(every)) == 4
    assert means.mean_over(SOURCE, noise, (), np.arange(4), 3) == pytest.approx(np.mean(every), abs=1e-6)


def test_an_error_is_of_what_becomes_of_an_image_by_its_mean_code():
    encode = applied(lambda p, x: (x.reshape(len(x), -1) / 2, jnp.zeros((len(x), 4))))
    decode = applied(lambda p, z: z.reshape(-1, 2, 2, 1))
    expected = np.mean(np.sum(np.square((IMAGES / 127.5 - 1) / 2), (1, 2, 3)))
    assert means.error(SOURCE, encode, decode) == pytest.approx(expected, rel=1e-5)
    blind = means.error(SOURCE, encode, decode, seen=lambda images, keys: jnp.zeros_like(images))
    assert blind == pytest.approx(4 * expected, rel=1e-5)
    assert means.information(SOURCE, encode) == pytest.approx(expected / 2, rel=1e-5)


def test_accuracy_is_the_share_of_labels_that_are_found():
    always = applied(lambda p, x: jnp.broadcast_to(jnp.array([0.0, 1.0, 0.5]), (len(x), 3)))
    assert means.accuracy(SOURCE, always) == np.mean(LABELS == 1)
    assert means.accuracy(SOURCE, always, np.array([1, 4, 5])) == pytest.approx(2 / 3)


def test_parameters_are_arguments_and_no_constants():
    large = jnp.ones(50_000)
    net = applied(lambda p, x: x * jnp.mean(p["w"]), {"w": large})
    text = jax.jit(lambda net, x: net(x)).lower(net, jnp.ones((2, 2))).as_text()
    assert len(text) < 5000
    assert "50000xf32" in text  # it is one of what the program takes
