"""A pool of fakes that were drawn before, so that D goes on knowing them: Shrivastava et al. 2017 (arXiv:1612.07828,
section 2.3), as CycleGAN has it.

Each place of a batch has a pool of its own, which is part of the state: so the same fakes come back on any number of
devices, and after a run was resumed. With a batch of one it is the pool of the paper.
"""

from collections.abc import Mapping

import jax
import jax.numpy as jnp
from jax import Array

Pool = Mapping[str, Array]  # "images" [B, n, H, W, C], of which the first "filled" [B] are there


def empty(images: Array, size: int) -> Pool:
    """Room for `size` fakes, those of a whole global batch [B, ...] taken together, or a few more where B does not
    divide them."""
    batch, *shape = images.shape
    return {"images": jnp.zeros((batch, -(-size // batch), *shape)), "filled": jnp.zeros(batch, jnp.int32)}


def shown(pool: Pool, fakes: Array, keys: Array) -> tuple[Array, Pool]:
    """What D is shown in place of new fakes, and the pool after it.

    While there is room a fake is kept and shown. After that, in half of the cases, it takes the place of one that is
    drawn from the pool, and that one is shown; in the other half it is shown and not kept. The half is the code's of
    both papers' authors; Shrivastava's paper says it of half a batch, CycleGAN's only that 50 are kept.

    Args:
      pool: of as many places as there are fakes.
      fakes: [B, ...].
      keys: [B].
    """

    def one(images: Array, filled: Array, fake: Array, key: Array) -> tuple[Array, Array, Array]:
        size = len(images)
        k_swap, k_place = jax.random.split(key)
        room = filled < size
        swap = jnp.logical_and(~room, jax.random.bernoulli(k_swap))
        place = jnp.where(room, filled, jax.random.randint(k_place, (), 0, size))
        held = images[place]
        images = images.at[place].set(jnp.where(room | swap, fake, held))
        return jnp.where(swap, held, fake), images, jnp.minimum(filled + 1, size)

    given, images, filled = jax.vmap(one)(pool["images"], pool["filled"], fakes, keys)
    return given, {"images": images, "filled": filled}
