"""The nets of Improved GAN's experiment on MNIST, Salimans et al. 2016 (arXiv:1606.03498), section 6.1.

Settings that the paper leaves out are those of the authors' code, whose images are in [0, 1]: D brings ours, in
[-1, 1], there first, so that the noise on them is as strong.
"""

import math

import jax
import jax.numpy as jnp
from flax import linen as nn
from jax import Array

from jaxgen.layers import BatchNorm, WeightNormDense, gaussian


class Generator(nn.Module):
    """z [B, latent] -> images [B, size, size, channels] in [-1, 1], float32. BatchNorm's scales are trained here."""

    size: int
    channels: int
    widths: tuple[int, ...] = (500, 500)
    dtype: jax.typing.DTypeLike = jnp.float32

    @nn.compact
    def __call__(self, z: Array, *, train: bool) -> Array:
        shape = (self.size, self.size, self.channels)
        x = z
        for width in self.widths:
            x = nn.Dense(width, use_bias=False, dtype=self.dtype)(x)
            x = nn.softplus(BatchNorm(dtype=self.dtype)(x, train=train))
        x = WeightNormDense(math.prod(shape), from_data=False, dtype=self.dtype)(x)
        return (2 * nn.sigmoid(x.astype(jnp.float32)) - 1).reshape(-1, *shape)


class Discriminator(nn.Module):
    """Images [B, H, W, C], keys [B] -> logits [B, classes] and features [B, widths[-1]] before them, float32.

    When `train`, Gaussian noise is added to the images and to what every hidden layer gives; the features are those of
    the last layer before its own noise. No hidden layer's scale is trained.
    """

    classes: int
    widths: tuple[int, ...] = (1000, 500, 250, 250, 250)
    image_noise: float = 0.3
    noise: float = 0.5
    dtype: jax.typing.DTypeLike = jnp.float32

    @nn.compact
    def __call__(self, x: Array, keys: Array, *, train: bool) -> tuple[Array, Array]:
        def noisy(x: Array, layer: int, deviation: float) -> Array:
            own = jax.vmap(lambda key: jax.random.fold_in(key, layer))(keys)
            return gaussian(x, own, deviation) if train else x

        features = noisy((x.reshape(len(x), -1) + 1) / 2, 0, self.image_noise)
        after = features
        for i, width in enumerate(self.widths):
            features = nn.relu(WeightNormDense(width, train_scale=False, dtype=self.dtype)(after))
            after = noisy(features, i + 1, self.noise)
        logits = WeightNormDense(self.classes, dtype=self.dtype)(after)
        return logits.astype(jnp.float32), features.astype(jnp.float32)
