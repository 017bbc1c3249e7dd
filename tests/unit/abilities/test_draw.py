"""Images from latent codes, and from what is given beside them."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import linen as nn
from scipy import stats as distributions

from jaxgen import nets
from jaxgen.abilities import Draw
from jaxgen.data.fields import Field
from jaxgen.errors import InputError
from jaxgen.latents import FLAT, PRIORS
from jaxgen.nets import mlp
from weights import weights

EXACT = {"normal": distributions.norm(), "uniform": distributions.uniform(-1, 2)}

SAMPLER = Draw(mlp.Generator(4, 1, (8, 8)), 5, "uniform", "G_ab")


@pytest.mark.parametrize("prior", PRIORS)
def test_the_first_codes_do_not_depend_on_their_number(prior):
    length = 2 if prior in FLAT else 5
    sampler = Draw(SAMPLER.module, length, prior)
    draw = jax.jit(sampler.codes, static_argnums=1)
    codes = draw(jax.random.key(1), 9)
    assert codes.shape == (9, length)
    np.testing.assert_allclose(draw(jax.random.key(1), 4), codes[:4], rtol=1e-6, atol=1e-6)
    if prior in EXACT:
        assert distributions.kstest(np.ravel(sampler.codes(jax.random.key(1), 2000)), EXACT[prior].cdf).pvalue > 0.01
    assert not np.isclose(draw(jax.random.key(2), 9), codes).any()


def test_images_are_drawn_by_the_running_statistics():
    net = nets.net(SAMPLER.module)
    z = SAMPLER.codes(jax.random.key(0), 4)
    params, stats = weights(net.init, z, spread=0.1)
    stats = jax.tree.map(abs, stats)
    draw = jax.jit(SAMPLER.draw)
    images = draw(params, stats, z)
    assert images.shape == (4, 4, 4, 1)
    np.testing.assert_allclose(draw(params, stats, z[:1]), images[:1], rtol=1e-5, atol=1e-6)
    applied = jax.jit(lambda params, stats, z: SAMPLER.module.apply({"params": params, **stats}, z, train=False))
    expected = applied(params, stats, z)
    np.testing.assert_array_equal(images, expected)


class Told(nn.Module):
    """An image whose grey is the class, and another whose grey is the first number of a box."""

    @nn.compact
    def __call__(self, z, label, box, *, train):
        grey = self.param("w", nn.initializers.ones, ()) * label + box[:, 0, 0]
        return jnp.broadcast_to(grey[:, None, None, None], (len(z), 2, 2, 1))


FIELDS = {"label": Field("label", (), ("a", "b", "c")), "box": Field("boxes", (1, 4))}
TOLD = Draw(Told(), 3, takes=FIELDS)


def test_what_is_given_reaches_the_net_in_the_order_of_the_fields():
    box = np.array([[[0.25, 0, 1, 1]]], np.float32)
    codes = TOLD.codes(jax.random.key(0), 5, box=box)
    assert codes["label"].tolist() == [0, 1, 2, 0, 1]  # without a label every class in turn
    images = TOLD.draw({"w": jnp.float32(1)}, {}, codes)
    np.testing.assert_allclose(images[:, 0, 0, 0], [0.25, 1.25, 2.25, 0.25, 1.25])
    given = TOLD.codes(jax.random.key(0), 4, box=box, label=np.array([2, 1]))
    assert given["label"].tolist() == [2, 1, 2, 1]
    np.testing.assert_allclose(given["z"], codes["z"][:4], rtol=1e-6)
    np.testing.assert_array_equal(TOLD.at(codes["z"], box=box, label=1)["label"], 1)


def test_what_is_missing_or_asked_for_in_vain_is_said():
    with pytest.raises(InputError, match="drawn by box, which must be given"):
        TOLD.codes(jax.random.key(0), 2)
    with pytest.raises(InputError, match="nothing is drawn by caption here, only by label, box"):
        TOLD.codes(jax.random.key(0), 2, caption="blue hair")
    with pytest.raises(InputError, match=r"nothing is drawn by label here$"):
        SAMPLER.codes(jax.random.key(0), 2, label=1)


def test_classes_as_weights_and_all_else_as_it_is():
    told = {"label": jnp.array([2, 0]), "box": jnp.ones((2, 1, 4))}
    found = TOLD.vectors({}, {}, told)
    np.testing.assert_array_equal(found["label"], [[0, 0, 1], [1, 0, 0]])
    assert found["box"] is told["box"]
