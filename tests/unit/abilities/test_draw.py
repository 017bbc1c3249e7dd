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

EXACT = {"normal": distributions.norm(), "uniform": distributions.uniform(-1, 2)}

SAMPLER = Draw(mlp.Generator(4, 1, (8, 8)), 5, "uniform", "G_ab")


@pytest.mark.parametrize("prior", PRIORS)
def test_the_first_codes_do_not_depend_on_their_number(prior):
    length = 2 if prior in FLAT else 5
    sampler = Draw(SAMPLER.module, length, prior)
    drawn = jax.jit(lambda: [sampler.codes(jax.random.key(seed), n) for seed, n in ((1, 9), (1, 4), (1, 1), (2, 9))])
    codes, *fewer, others = drawn()
    assert codes.shape == (9, length)
    for few in fewer:
        np.testing.assert_allclose(few, codes[: len(few)], rtol=1e-6, atol=1e-6)
    if prior in EXACT:
        assert distributions.kstest(np.ravel(sampler.codes(jax.random.key(1), 2000)), EXACT[prior].cdf).pvalue > 0.01
    assert not np.isclose(others, codes).any()


def test_images_are_drawn_by_the_running_statistics():
    net = nets.net(SAMPLER.module)
    z = SAMPLER.codes(jax.random.key(0), 4)
    params, stats = jax.jit(net.init)(jax.random.key(1, impl="rbg"), z)
    stats = jax.tree.map(lambda s: s + 0.1, stats)
    images = SAMPLER.draw(params, stats, z)
    assert images.shape == (4, 4, 4, 1)
    np.testing.assert_allclose(SAMPLER.draw(params, stats, z[:1]), images[:1], rtol=1e-5, atol=1e-6)
    expected = SAMPLER.module.apply({"params": params, **stats}, z, train=False)
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
