"""Normalisation, of activations and of weights, that means the same on any number of devices."""

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


def spectral(layer: nn.Module, x: Array, *, train: bool) -> Array:
    """A linear layer's output with its kernel divided by the kernel's largest singular value, inside a compact module.

    Miyato et al. 2018 (arXiv:1802.05957), eq. 8 and algorithm 1: one power iteration a call when `train`; the vector is
    kept in the stats. A convolution's kernel is the matrix [h * w * in, out], as in the authors' code.
    """
    return nn.SpectralNorm(layer, collection_name="batch_stats")(x, update_stats=train)
