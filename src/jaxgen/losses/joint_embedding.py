"""Two kinds of things in one space, such as images and sentences, so that what belongs together has the larger product.

The structured joint embedding of Reed et al. 2016 (arXiv:1605.05395), eq. 2 to 6, which arXiv:1605.05396 (eq. 2) trains
its encoder of sentences with. Pairs in the batch stand for the paper's expectations over a class. They raise
AssertionError at trace time where vectors are not float [B, n] of one shape.
"""

import jax
import jax.numpy as jnp
from jax import Array

from jaxgen import parallel
from jaxgen.losses import checks


def symmetric(images: Array, sentences: Array, same: Array | None = None, *, margin: float = 1.0) -> Array:
    """A sentence for each image among all of the global batch, and an image for each sentence: -> [B].

    l_n = 1/N sum over m of [margin + v_n . t_m - v_n . t_n]+ + [margin + v_m . t_n - v_n . t_n]+, over those m that are
    not the same as n. The paper takes the worst class instead of the sum over them, the authors' code
    (JointEmbeddingLoss) the sum, over N; this is the code's.

    Args:
      images: vectors v of images [B, n].
      sentences: vectors t of their sentences [B, n].
      same: integers [B, ...] by which examples are the same where all are equal: classes [B], or tokens [B, L]. Without
        them each example is only the same as itself.
      margin: the paper's is 1, between different classes.
    """
    checks.features(images, sentences)
    different = ~alike(len(images), same)
    own = jnp.sum(images * sentences, 1, keepdims=True)
    total = jnp.zeros(len(images))
    for mine, others in ((images, sentences), (sentences, images)):
        products = mine @ parallel.gather(others).T
        total += jnp.sum(different * jax.nn.relu(margin + products - own), 1) / products.shape[1]
    return total


def found(images: Array, sentences: Array, same: Array | None = None) -> Array:
    """Whether of all sentences of the global batch an image's product is largest with one of its own: [B]."""
    products = images @ parallel.gather(sentences).T
    return jnp.any(alike(len(images), same) & (products == products.max(1, keepdims=True)), 1)


def alike(count: int, same: Array | None = None) -> Array:
    """Which of this device's `count` examples are the same as which of the global batch's: booleans [b, B]."""
    numbers = jnp.arange(count) + parallel.first(count) if same is None else same
    mine = numbers.reshape(count, -1)
    return jnp.all(mine[:, None] == parallel.gather(mine)[None], -1)
