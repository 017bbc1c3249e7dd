"""Games that no script plays, and what the benchmarks do with them."""

import jax
import jax.numpy as jnp
import optax
from flax import linen as nn
from jax import Array

from jaxgen import pixels, recipes, schedules
from jaxgen.game import Game
from jaxgen.layers import dropout
from jaxgen.nets import conditional, mlp, net
from jaxgen.recipes.adversary import NON_SATURATING
from rows.gan import GAN
from rows.row import Row

ALL = {f"all/{m.replace('/', '_')}" for m in GAN if "grad_norm" not in m} | {"all/loss", "all/grad_norm"}
TWICE = {"G": 2, "D": 2}


def small() -> Game:
    G, D = net(mlp.Generator(16, 1, widths=(16, 32))), net(mlp.Discriminator(widths=(32, 16)))
    adam = optax.adam(2e-4, b1=0.5)
    return recipes.gan(G, D, latent=10, G_tx=adam, D_tx=adam)


def consensus() -> Game:
    return schedules.consensus(small(), optax.adam(2e-4, b1=0.5), weight=0.1)


def extragradient() -> Game:
    return schedules.extragradient(small(), optax.adam(2e-4, b1=0.5), lr=0.01)


def fine_tuning() -> Game:
    E, C = mlp.Encoder(3, (16,)), mlp.Points(10, ())
    return recipes.probe(net(E), net(C), tx=optax.adam(2e-4, b1=0.5), tune=True)


def conditional_gan() -> Game:
    G, D = net(conditional.Generator(10, 16, 1, 4, embedding=3)), net(conditional.Discriminator(10, 4))
    told, adam = (lambda batch: (batch["label"],)), optax.adam(2e-4, b1=0.5)
    wrong = {"mismatched": (0.5, recipes.mismatched(NON_SATURATING, told))}
    return recipes.gan(G, D, latent=8, G_tx=adam, D_tx=adam, given=told, on_D=wrong)


class Dropping(nn.Module):
    """The smallest net with PixelCNN++'s parts and its arguments: a shifted convolution and dropout."""

    out: int

    @nn.compact
    def __call__(self, x: Array, label: Array | None = None, keys: Array | None = None, *, train: bool) -> Array:
        x = jnp.pad(x, ((0, 0), (0, 0), (1, 0), (0, 0)))[:, :, :-1]
        for i in range(2):
            x = nn.elu(nn.Conv(8, (2, 2), padding=((1, 0), (1, 0)))(x))
            if train:
                x = dropout(x, jax.vmap(lambda key, i=i: jax.random.fold_in(key, i))(keys), 0.25)
        return nn.Dense(self.out)(x)


def dropping() -> Game:
    family, adam = pixels.logistics(1, 2), optax.adam(2e-4, b1=0.5)
    return recipes.autoregressive(net(Dropping(6)), family=family, tx=adam, ema=0.9, dropout=True)


ROWS = {
    "dropping": Row("", "", {f"P/{m}" for m in ("loss", "grad_norm", "nll", "bits_per_dim")}, game=dropping),
    "consensus": Row("", "", ALL | {"all/consensus"}, TWICE, game=consensus, slow=True),
    "extragradient": Row("", "", ALL, TWICE, game=extragradient, slow=True),
    "conditional_gan": Row("", "", GAN | {"D/mismatched"}, game=conditional_gan, slow=True),
    "fine-tuning": Row("", "", {"C/loss", "C/grad_norm", "C/cross_entropy", "C/accuracy"}, game=fine_tuning),
}
