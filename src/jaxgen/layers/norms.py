"""Normalisation that means the same on any number of devices."""

import jax
from flax import linen as nn
from jax import Array

from jaxgen import parallel


class BatchNorm(nn.Module):
    """Batch normalisation over the *global* batch (Ioffe & Szegedy 2015, alg. 1), however many devices share it.

    Args:
      momentum: share of the running statistics that a step keeps: PyTorch's momentum 0.1 is 0.9 here.
      epsilon: added to the variance.
      dtype: of the output; statistics are taken in float32 always.
    """

    momentum: float = 0.9
    epsilon: float = 1e-5
    dtype: jax.typing.DTypeLike | None = None

    @nn.compact
    def __call__(self, x: Array, *, train: bool) -> Array:
        """[..., C] -> [..., C]; by the batch's statistics when `train`, else by the running ones."""
        return nn.BatchNorm(
            use_running_average=not train,
            momentum=self.momentum,
            epsilon=self.epsilon,
            dtype=self.dtype,
            axis_name=parallel.AXIS if parallel.devices() else None,
            scale_init=lambda key, shape, dtype: 1 + 0.02 * jax.random.normal(key, shape, dtype),  # Radford 2016
        )(x)
