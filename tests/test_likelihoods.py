"""Likelihoods of whole splits, by the command and by hand."""

import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxgen.data.source import in_memory
from jaxgen.errors import InputError
from jaxgen.executors import data_mesh
from jaxgen.game import Net
from jaxgen.pixels import bernoulli, categorical
from jaxgen.run import likelihoods

RNG = np.random.default_rng(0)
SHAPE = (3, 4, 1)


def _constant(logits):
    """A net that gives every pixel the same parameters, shifted by the image's class where it is told."""

    def apply(params, stats, images, label=None, *, train):
        told = jnp.broadcast_to(params["logits"], (*images.shape[:3], len(logits)))
        return (told if label is None else told + label[:, None, None, None]), stats

    return Net(None, apply), ({"logits": jnp.asarray(logits, jnp.float32)}, {})


def _binary(count=37):
    return 255 * RNG.integers(0, 2, (count, *SHAPE), dtype=np.uint8)


def test_nats_are_those_of_the_formula_on_any_number_of_devices():
    images = _binary()
    source, label = images, RNG.integers(0, 3, len(images)).astype(np.int32)
    net, variables = _constant([0.3])
    model = likelihoods.of_autoregressive(net, bernoulli(), variables, SHAPE, classes=3)._replace(batch=4)
    white = 1 / (1 + np.exp(-(0.3 + label[:, None, None, None].astype(float))))
    nats = -np.log(np.where(images, white, 1 - white)).reshape(len(images), -1).sum(1)
    for devices in (1, 8):
        found = likelihoods.measured(
            model,
            in_memory("some", {"image": source, "label": label}),
            30,
            data_mesh(jax.devices()[:devices]),
        )
        assert found["nll"] == pytest.approx(nats[:30].mean(), rel=1e-6)
        assert found["nll_error"] == pytest.approx(nats[:30].std() / math.sqrt(30), rel=1e-4)
        assert found["nll_bits_per_dim"] == pytest.approx(nats[:30].mean() / 12 / math.log(2), rel=1e-6)
        assert (found["images"], found["levels"], found["likelihood"]) == (30, 2, True)


def test_a_softmax_over_256_values_has_8_bits_when_it_knows_nothing():
    net, variables = _constant(np.zeros(256))
    model = likelihoods.of_autoregressive(net, categorical(1), variables, SHAPE)
    grey = in_memory("grey", {"image": RNG.integers(0, 256, (5, *SHAPE), dtype=np.uint8)})
    assert likelihoods.measured(model, grey, 5, data_mesh(jax.devices()[:1]))["nll_bits_per_dim"] == pytest.approx(8)


@pytest.mark.parametrize(
    ("arrays", "said"),
    [
        ({"image": np.full((4, *SHAPE), 7, np.uint8), "label": np.zeros(4, np.int32)}, "0 and 255 alone.*grey values"),
        ({"image": _binary(4).repeat(3, 3), "label": np.zeros(4, np.int32)}, "images of 3x4x1 .* has 3x4x3"),
        ({"image": _binary(4)}, "no labels"),
        ({"image": _binary(4), "label": np.full(4, 3, np.int32)}, "3 classes, and some has a label 3"),
    ],
)
def test_images_that_a_model_is_not_of_are_refused_in_one_line(arrays, said):
    net, variables = _constant([0.0])
    model = likelihoods.of_autoregressive(net, bernoulli(), variables, SHAPE, classes=3)
    with pytest.raises(InputError, match=said):
        likelihoods.measured(model, in_memory("some", arrays), 4, data_mesh(jax.devices()[:1]))
