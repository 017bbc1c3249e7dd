"""Normalisation, of activations and of weights, that means the same on any number of devices."""

from collections.abc import Callable
from typing import Any

import chex
import jax
import jax.numpy as jnp
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
            **_over_devices(train),
            momentum=self.momentum,
            epsilon=self.epsilon,
            dtype=self.dtype,
            scale_init=lambda key, shape, dtype: 1 + 0.02 * jax.random.normal(key, shape, dtype),  # Radford 2016
        )(x)


class ConditionalBatchNorm(nn.Module):
    """Batch normalisation whose gains and shifts follow from a condition: (1 + A c) x' + B c, x' being normalised.

    De Vries et al. 2017 (arXiv:1707.00683), section 3; of classes Dumoulin et al. 2017 (arXiv:1610.07629), eq. 5, for
    GANs Miyato & Koyama 2018 (arXiv:1802.05637). A and B begin at zero, so that all conditions begin alike, as in
    Miyato's code (BigGAN draws them small at random); the 1 is not trained. Arguments as of `BatchNorm`.
    """

    momentum: float = 0.9
    epsilon: float = 1e-5
    dtype: jax.typing.DTypeLike | None = None

    @nn.compact
    def __call__(self, x: Array, condition: Array, *, train: bool) -> Array:
        """[B, ..., C] and conditions [B, d], such as one-hot codes of classes -> [B, ..., C]."""
        x = nn.BatchNorm(
            **_over_devices(train),
            momentum=self.momentum,
            epsilon=self.epsilon,
            dtype=self.dtype,
            use_scale=False,
            use_bias=False,
        )(x)

        def of_condition(name: str) -> Array:
            linear = nn.Dense(x.shape[-1], use_bias=False, kernel_init=nn.initializers.zeros, dtype=x.dtype, name=name)
            return linear(condition).reshape(len(x), *[1] * (x.ndim - 2), x.shape[-1])

        return x * (1 + of_condition("gain")) + of_condition("shift")


class InstanceNorm(nn.Module):
    """Each channel of each example normalised over the example's own pixels (Ulyanov et al. 2016, arXiv:1607.08022, eq.
    for IN in section 2): the same function in training and in drawing, and on any number of devices.

    The variance is the biased one, as in PyTorch. Of a single pixel nothing is left but the shift.

    Args:
      affine: whether a gain and a shift of each channel are learned, which begin at 1 and 0. CycleGAN has none.
      epsilon: added to the variance.
      dtype: of the output; moments are taken in float32 always.
    """

    affine: bool = False
    epsilon: float = 1e-5
    dtype: jax.typing.DTypeLike | None = None

    @nn.compact
    def __call__(self, x: Array) -> Array:
        """[B, ..., C] -> [B, ..., C]."""
        values, axes = x.astype(jnp.float32), tuple(range(1, x.ndim - 1))
        centred = values - values.mean(axes, keepdims=True)
        values = centred * jax.lax.rsqrt(jnp.square(centred).mean(axes, keepdims=True) + self.epsilon)
        if self.affine:
            shape = (1,) * (x.ndim - 1) + (-1,)
            values = values * self.param("scale", nn.initializers.ones, x.shape[-1:]).reshape(shape)
            values = values + self.param("bias", nn.initializers.zeros, x.shape[-1:]).reshape(shape)
        return values.astype(self.dtype or x.dtype)


def _over_devices(train: bool) -> dict[str, Any]:
    """How flax's BatchNorm takes statistics over the global batch."""
    return {"use_running_average": not train, "axis_name": parallel.AXIS if parallel.devices() else None}


def spectral(layer: nn.Module, x: Array, *, train: bool) -> Array:
    """A linear layer's output with its kernel divided by the kernel's largest singular value, inside a compact module.

    Miyato et al. 2018 (arXiv:1802.05957), eq. 8 and algorithm 1: one power iteration a call when `train`; the vector is
    kept in the stats. A convolution's kernel is the matrix [h * w * in, out], as in the authors' code.
    """
    return nn.SpectralNorm(layer, collection_name="batch_stats")(x, update_stats=train)


class ReferenceBatch(nn.Module):
    """A batch that is chosen once, at a net's `init`, and kept with its statistics: what `VirtualBatchNorm` looks at.

    Args:
      draw: key, shape -> the batch, such as `jax.random.normal` where `init` is given placeholders instead of examples
        (a G's z); by default it is the batch that `init` is given.
    """

    draw: Callable | None = None

    @nn.compact
    def __call__(self, x: Array) -> Array:
        """Inputs [B, ...] -> the reference batch [R, ...], R being the size of the batch at `init`."""
        return self.variable(
            "reference", "batch", lambda: x if self.draw is None else self.draw(self.make_rng("params"), x.shape)
        ).value


class VirtualBatchNorm(nn.Module):
    """Normalisation by a reference batch and the example itself, Salimans et al. 2016 (arXiv:1606.03498), section 3.4:
    an example does not depend on the others of its batch.

        reference = ReferenceBatch()(x)
        conv = nn.Conv(...)
        x, reference = VirtualBatchNorm()(conv(x), conv(reference))      # and so on, layer by layer

    The paper gives no formula; as in TF-GAN an example's moments are those of the reference batch's R examples and of
    its own, with a weight of 1 / (R + 1) each. The reference batch is normalised by its own moments alone, as the paper
    says. There are no running statistics: training and drawing are the same function.

    Args:
      epsilon: added to the variance.
      dtype: of the output; moments are taken in float32 always.
    """

    epsilon: float = 1e-5
    dtype: jax.typing.DTypeLike | None = None

    @nn.compact
    def __call__(self, x: Array, reference: Array) -> tuple[Array, Array]:
        """[B, ..., C] and the same layer's values of the reference batch, [R, ..., C] -> both, normalised."""
        chex.assert_equal_shape_suffix((x, reference), x.ndim - 1)
        scale = self.param("scale", lambda key, shape: 1 + 0.02 * jax.random.normal(key, shape), x.shape[-1:])
        bias = self.param("bias", nn.initializers.zeros, x.shape[-1:])
        inner, weight = tuple(range(1, x.ndim - 1)), 1 / (len(reference) + 1)

        def moments(values: Array, axes: tuple[int, ...]) -> tuple[Array, Array]:
            values = values.astype(jnp.float32)
            return jnp.mean(values, axes, keepdims=True), jnp.var(values, axes, keepdims=True)

        def normalised(values: Array, mean: Array, variance: Array) -> Array:
            values = (values.astype(jnp.float32) - mean) * jax.lax.rsqrt(variance + self.epsilon)
            shape = (1,) * (x.ndim - 1) + (-1,)
            return (values * scale.reshape(shape) + bias.reshape(shape)).astype(self.dtype or x.dtype)

        (of_all, var_of_all), (of_one, var_of_one) = moments(reference, (0, *inner)), moments(x, inner)
        mean = weight * of_one + (1 - weight) * of_all
        spread_of_one, spread_of_all = var_of_one + (of_one - mean) ** 2, var_of_all + (of_all - mean) ** 2
        variance = weight * spread_of_one + (1 - weight) * spread_of_all
        return normalised(x, mean, variance), normalised(reference, of_all, var_of_all)
