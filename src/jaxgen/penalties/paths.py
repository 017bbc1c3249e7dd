"""Path length regularisation of G, Karras et al. 2020 (StyleGAN2, arXiv:1912.04958), section 3.2."""

from collections.abc import Callable

import chex
import jax
import jax.numpy as jnp
from jax import Array

from jaxgen import parallel
from jaxgen.penalties import checks
from jaxgen.penalties.norms import root


def path_length(
    generate: Callable[[Array], Array], w: Array, noise: Array, mean: Array, *, decay: float = 0.99
) -> tuple[Array, Array]:
    """(||J^T y||_2 - a)^2 with J the Jacobian of images by w, y noise, and a the running mean of lengths: eq. 4.

    J^T y is one gradient of <image, y>. As in the authors' code y is scaled to variance 1 / (H W), a holds this step's
    lengths already, and with one w for each layer, [B, layers, n], a length is the root of the mean over layers of
    squares. Unlike there, a is a constant to the gradient (a share of 1 - decay flows through it in the code). The
    code's weight is 2, in every 4th round, on half a batch.

    Args:
      generate: w -> images [B, H, W, C], each of its own w alone.
      w: latent codes [B, ..., n], float.
      noise: y ~ N(0, 1), of the images' shape, from per-example keys; the scaling is done here.
      mean: a, a scalar that starts at 0 and is kept by the caller (a stat of G's).
      decay: of the running mean, a step.

    Returns:
      Values [B], and the next mean: a scalar of the global batch, without a gradient.

    Raises:
      AssertionError: the noise's shape is not the images', w or images are not float.
    """
    chex.assert_type(w, float, custom_message="a gradient is taken by w: make it float")

    def product(w: Array) -> Array:
        images = generate(w)
        checks.images(images, noise)
        return jnp.sum(images * noise) / jnp.sqrt(float(images.shape[1] * images.shape[2]))

    squares = jnp.sum(jnp.square(jax.grad(product)(w)), axis=-1)
    squares = jnp.mean(squares.reshape(len(w), -1), axis=1)
    lengths = root(squares)
    latest = parallel.mean(jnp.mean(jax.lax.stop_gradient(lengths)))
    mean = decay * mean + (1 - decay) * latest
    return jnp.square(lengths - mean), mean
