"""Priors and posteriors of latent codes, drawn from per-example keys so that no number of devices changes them.

Every function takes keys [B], one typed key per example (`Turn.keys`, or `jax.random.split(key, B)`).
"""

import jax
import jax.numpy as jnp
from jax import Array


def split(keys: Array, parts: int = 2) -> tuple[Array, ...]:
    """Keys [B] -> `parts` independent sets of keys [B]."""
    return tuple(jax.vmap(lambda key: jax.random.split(key, parts), out_axes=1)(keys))


def normal(keys: Array, size: int) -> Array:
    """z ~ N(0, I), [B, size]."""
    return jax.vmap(lambda key: jax.random.normal(key, (size,)))(keys)


def posterior(mean: Array, log_variance: Array, keys: Array, samples: int = 1) -> Array:
    """z = mean + deviation * noise, reparameterised (Kingma & Welling 2014, arXiv:1312.6114, section 2.4), of what an
    encoder gives: [B, n] twice and keys [B] -> [samples, B, n]."""
    each = jax.vmap(lambda k: normal(jax.vmap(lambda key: jax.random.fold_in(key, k))(keys), mean.shape[-1]))
    return mean[None] + jnp.exp(log_variance / 2)[None] * each(jnp.arange(samples))


def uniform(keys: Array, size: int) -> Array:
    """z ~ U(-1, 1), [B, size]: the prior of Radford et al. 2016, section 4."""
    return jax.vmap(lambda key: jax.random.uniform(key, (size,), minval=-1.0, maxval=1.0))(keys)


def petals(keys: Array, size: int = 2) -> Array:
    """Ten Gaussians in a plane, [B, 2], that point away from its middle: a prior of Makhzani et al. 2015
    (arXiv:1511.05644), figure 2. The paper gives no numbers; here the k-th has its mean at a radius of 2 and an angle
    of k / 10 of a turn, and deviations of 0.5 along the radius and 0.1 across.

    Raises:
      ValueError: a size other than 2.
    """
    _flat(size)

    def one(key: Array) -> Array:
        k_petal, k_place = jax.random.split(key)
        angle = jax.random.randint(k_petal, (), 0, 10) * (2 * jnp.pi / 10)
        along, across = jax.random.normal(k_place, (2,)) * jnp.array([0.5, 0.1]) + jnp.array([2.0, 0.0])
        cosine, sine = jnp.cos(angle), jnp.sin(angle)
        return jnp.stack([along * cosine - across * sine, along * sine + across * cosine])

    return jax.vmap(one)(keys)


def swiss_roll(keys: Array, size: int = 2) -> Array:
    """A spiral of two turns in a plane, [B, 2], nearly uniform along its length and without width: the Swiss roll of
    Makhzani et al. 2015, figure 4. The paper gives no numbers; here the radius is 3 at most.

    Raises:
      ValueError: a size other than 2.
    """
    _flat(size)
    # The length of a spiral goes with the square of its angle, nearly: hence the root.
    t = jnp.sqrt(jax.vmap(jax.random.uniform)(keys))
    angle = 4 * jnp.pi * t
    return 3 * t[:, None] * jnp.stack([jnp.cos(angle), jnp.sin(angle)], axis=1)


def _flat(size: int) -> None:
    if size != 2:
        raise ValueError(f"this prior lies in a plane: a code has 2 numbers, not {size}")


FLAT = {"petals": petals, "swiss_roll": swiss_roll}  # of codes of length 2
PRIORS = {"normal": normal, "uniform": uniform, **FLAT}  # by name: keys [B], length of a code -> [B, length]
