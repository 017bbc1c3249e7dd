"""Weight normalisation, Salimans & Kingma 2016 (arXiv:1602.07868)."""

import jax
import jax.numpy as jnp
from flax import linen as nn
from flax.linen.dtypes import promote_dtype
from jax import Array


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
        direction = v / jnp.linalg.norm(v, axis=0, keepdims=True)

        def scale(*_: Array) -> Array:
            if not self.from_data:
                return jnp.ones(self.features)
            deviation = jnp.std((x @ direction.astype(x.dtype)).astype(jnp.float32), 0)
            return 1 / jnp.where(deviation > 1e-6, deviation, 1.0)

        def shift(*_: Array) -> Array:
            if not self.from_data:
                return jnp.zeros(self.features)
            return -jnp.mean((x @ weight.astype(x.dtype)).astype(jnp.float32), 0)

        g = self.param("scale", scale) if self.train_scale else self.variable("scales", "scale", scale).value
        weight = direction * g[None]
        bias = self.param("bias", shift)
        x, weight, bias = promote_dtype(x, weight, bias, dtype=self.dtype)
        return x @ weight + bias[None]
