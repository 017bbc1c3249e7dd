"""Weight normalisation, Salimans & Kingma 2016 (arXiv:1602.07868)."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
from flax import linen as nn
from flax.linen.dtypes import promote_dtype
from jax import Array


def normalised(v: Array, g: Array | float = 1.0) -> Array:
    """g v / |v|, [..., features]: one length |v| and one g for each of the features (eq. 2)."""
    return v * (g / jnp.linalg.norm(v.reshape(-1, v.shape[-1]), axis=0)).reshape(*[1] * (v.ndim - 1), -1)


def from_outputs(y: Array, deviation: float = 1.0) -> tuple[Array, Array]:
    """g and b such that outputs [..., features], which v / |v| gave alone, get mean 0 and a deviation (eqs. 5 and 6).
    The g of one that does not vary is `deviation`."""
    y = y.astype(jnp.float32).reshape(-1, y.shape[-1])
    own = jnp.std(y, 0)
    g = deviation / jnp.where(own > 1e-6, own, 1.0)
    return g, -jnp.mean(y, 0) * g


class WeightNormDense(nn.Module):
    """y = g v.x / |v| + b, with one v, g and b for each of the outputs (eq. 2).

    Args:
      features: outputs.
      train_scale: whether g is a parameter. Otherwise it is kept with the statistics: so it is in the hidden layers of
        the authors' semi-supervised GAN, where a g that grew would drown the noise that regularises the net.
      from_data: whether the batch that `init` is given sets g and b such that every output has mean 0 and variance 1
        on it (eqs. 5 and 6); else they start as 1 and 0.
      dtype: of the computation; parameters are float32.
    """

    features: int
    train_scale: bool = True
    from_data: bool = True
    dtype: jax.typing.DTypeLike | None = None

    @nn.compact
    def __call__(self, x: Array) -> Array:
        """[B, A] -> [B, features]."""
        v = self.param("kernel", nn.initializers.normal(0.1), (x.shape[-1], self.features))

        def start(i: int, usual: float) -> Callable:
            return lambda *_: (
                from_outputs(x @ normalised(v).astype(x.dtype))[i]
                if self.from_data
                else jnp.full(self.features, usual, jnp.float32)
            )

        scale, shift = start(0, 1.0), start(1, 0.0)
        g = self.param("scale", scale) if self.train_scale else self.variable("scales", "scale", scale).value
        weight, bias = normalised(v, g), self.param("bias", shift)
        x, weight, bias = promote_dtype(x, weight, bias, dtype=self.dtype)
        return x @ weight + bias[None]
