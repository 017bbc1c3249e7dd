"""What lets D see a whole batch, so that a G whose images are all alike is found out.

Both layers relate the examples of the *global* batch, however many devices share it, and append to an example what they
find. Fakes and real images come in batches of their own.
"""

import chex
import jax.numpy as jnp
from flax import linen as nn
from jax import Array

from jaxgen import parallel


class MinibatchDiscrimination(nn.Module):
    """Closeness to all other examples, Salimans et al. 2016 (arXiv:1606.03498), section 3.2.

    f(x_i) T = M_i in R^(kernels x dims); o(x_i)_b = sum_j exp(-|M_ib - M_jb|_1); the output is [f(x_i), o(x_i)].

    Reading taken: the sum is over all j, the example itself included, as in the paper. The authors' code leaves it out,
    which is 1 less and what a bias makes good, and also normalises T; T here starts from N(0, 1 / features), so that
    distances of normalised features are of order `dims`.
    """

    kernels: int = 50  # the paper's B
    dims: int = 5  # of a kernel, the paper's C

    @nn.compact
    def __call__(self, x: Array) -> Array:
        """Features [B, A] -> [B, A + kernels]."""
        chex.assert_rank(x, 2)
        tensor = self.param(
            "kernel", nn.initializers.normal(x.shape[1] ** -0.5), (x.shape[1], self.kernels * self.dims)
        )
        own = (x @ tensor.astype(x.dtype)).reshape(-1, 1, self.kernels, self.dims)
        everyone = parallel.gather(own[:, 0])[None]
        closeness = jnp.exp(-jnp.sum(jnp.abs(own - everyone), -1))  # [B, N, kernels]
        return jnp.concatenate([x, jnp.sum(closeness, 1)], -1)


class MinibatchStdDev(nn.Module):
    """The standard deviation within a group of images, Karras et al. 2018 (arXiv:1710.10196), section 3.

    Per feature and place over the group (biased, 1e-8 inside the root), then averaged over features and places: one
    number a group, appended as a constant feature map. As in the authors' code, groups are strided: of N images in
    groups of G, image i is in group i mod (N / G). The paper has one group, the whole batch.
    """

    group: int = 4  # images in a group; all of a batch that is smaller

    @nn.compact
    def __call__(self, x: Array) -> Array:
        """[B, H, W, C] -> [B, H, W, C + 1]; the global batch must divide into groups."""
        chex.assert_rank(x, 4)
        everyone = parallel.gather(x.astype(jnp.float32))
        size = min(self.group, len(everyone))
        if len(everyone) % size:
            raise ValueError(f"a batch of {len(everyone)} does not divide into groups of {size}")
        groups = everyone.reshape(size, -1, *x.shape[1:])
        spread = jnp.sqrt(jnp.var(groups, 0) + 1e-8)
        mine = (parallel.first(len(x)) + jnp.arange(len(x))) % groups.shape[1]
        feature = jnp.mean(spread, (1, 2, 3))[mine].astype(x.dtype)
        return jnp.concatenate([x, jnp.broadcast_to(feature[:, None, None, None], (*x.shape[:3], 1))], -1)
