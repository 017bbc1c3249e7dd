"""Content losses: by numbers, and by layers of a trunk of random weights."""

import jax
import numpy as np
import pytest

from jaxgen.features import content, lpips
from unit.features.test_lpips import tree

RNG = np.random.default_rng(0)
A, B = RNG.uniform(-1, 1, (2, 2, 32, 32, 3)).astype(np.float32)


def test_by_numbers():
    np.testing.assert_allclose(content.content("mse").unlike(A, B), ((A - B) ** 2).mean((1, 2, 3)), rtol=1e-5)
    np.testing.assert_allclose(content.content("l1").unlike(A, B), np.abs(A - B).mean((1, 2, 3)), rtol=1e-5)


@pytest.fixture
def vgg(monkeypatch):
    """VGG16 with random weights, as the package's."""
    net = lpips.TRUNKS["vgg"]
    variables = lpips.variables(net, tree(net), "x")
    layers = lambda v, x: lpips.activations(net, v, x)  # noqa: E731
    distance = lambda v, a, b: lpips.compare(layers(v, a), layers(v, b), v["heads"])  # noqa: E731
    found = lpips.Perceptual("lpips-vgg", "", variables, distance, layers)
    monkeypatch.setattr(lpips, "load", lambda trunk: found)
    return found


@pytest.mark.parametrize(("name", "place", "convolutions", "sides"), [("vgg22", 1, 4, 16), ("vgg53", 4, 13, 2)])
def test_by_a_layer_of_the_trunk(vgg, name, place, convolutions, sides):
    """Its net has the convolutions up to there and no others; features are divided by 12.75."""
    found = content.content(name)
    params, _ = found.net.init(jax.random.key(0), A)
    assert len(params["trunk"]) == convolutions
    features = [found.net.apply(params, {}, x, train=False)[0] for x in (A, B)]
    wanted = [np.asarray(vgg.layers(vgg.variables, x)[place]) / 12.75 for x in (A, B)]
    assert features[0].shape[1] == sides
    np.testing.assert_allclose(found.unlike(*features), ((wanted[0] - wanted[1]) ** 2).mean((1, 2, 3)), rtol=1e-4)


def test_by_lpips(vgg):
    found = content.content("lpips")
    params, _ = found.net.init(jax.random.key(0), A)
    features = [found.net.apply(params, {}, x, train=False)[0] for x in (A, B)]
    np.testing.assert_allclose(found.unlike(*features), vgg.distance(vgg.variables, A, B), rtol=1e-5)
