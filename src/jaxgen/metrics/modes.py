"""Which modes of the data a generator covers, from the classes that a classifier sees in its samples.

On Stacked MNIST an image's three channels are three digits, a mode is one of their 1,000 codes, and 26,000 samples are
taken (VEEGAN, arXiv:1705.07761, section 4.2; PacGAN, arXiv:1712.04086, section 4). Everything can be jitted and mapped.
"""

from collections.abc import Callable

import chex
import jax
import jax.numpy as jnp
from jax import Array


def counts(classes: Array, modes: int) -> Array:
    """Samples in each mode: classes, integers [N] -> integers [modes]. Other classes count for none."""
    chex.assert_rank(classes, 1)
    chex.assert_type(classes, int)
    classes = jnp.where(classes < 0, modes, classes)
    return jnp.zeros(modes, jnp.int32).at[classes].add(1, mode="drop")


def covered(classes: Array, modes: int) -> Array:
    """How many modes at least one sample lies in: classes, integers [N] -> integer scalar."""
    return jnp.sum(counts(classes, modes) > 0)


def kl_to_uniform(classes: Array, modes: int) -> Array:
    """KL(p_g || uniform) = sum_k p_k log(p_k modes), in nats, p being the samples' shares of modes.

    Samples of no mode are left out; without any other the divergence is infinite. It is 0 for equal shares, log(modes)
    for a single mode. Drawing N samples of a perfectly uniform generator gives about (modes - 1) / 2N: .019 for 26,000
    of Stacked MNIST. VEEGAN and PacGAN compare with the shares of the data's modes, which are close to uniform.
    """
    seen = counts(classes, modes)
    p = seen / jnp.maximum(jnp.sum(seen), 1)
    return jnp.where(jnp.any(seen > 0), jnp.sum(jax.scipy.special.xlogy(p, p * modes)), jnp.inf)


def codes(digits: Array) -> Array:
    """Digits a, b, c, integers [N, 3] from 0 to 9 -> the modes of Stacked MNIST, 100 a + 10 b + c, integers [N]."""
    chex.assert_shape(digits, (None, 3))
    chex.assert_type(digits, int)
    return digits @ jnp.array([100, 10, 1], digits.dtype)


def stacked(logits: Callable[[Array], Array], images: Array) -> Array:
    """The modes of Stacked MNIST's images [N, H, W, 3], each channel classified by itself.

    Args:
      logits: a classifier of digits, images [N, H, W, 1] -> [N, 10], such as `jaxgen.model.classifier` gives.
      images: as the classifier takes them.
    """
    chex.assert_shape(images, (None, None, None, 3))
    return codes(jnp.stack([jnp.argmax(logits(images[..., i : i + 1]), -1) for i in range(3)], -1))
