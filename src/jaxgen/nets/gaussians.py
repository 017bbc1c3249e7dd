"""A Gaussian for each class, with a mean and a full covariance, as a net without parameters: what is drawn from it is
noise that it moves and shapes (Mariani et al. 2018, arXiv:1803.09655, section 4.2)."""

import jax.numpy as jnp
from flax import linen as nn
from jax import Array


class Gaussians(nn.Module):
    """Noise [B, latent] of N(0, I) and labels [B], or weights of classes [B, classes] -> codes [B, latent] of their
    Gaussians, float32; of several classes by the weighted mean of their means and roots.

    Its stats are "mean" [classes, latent] and "root" [classes, latent, latent], whose product with its transpose is the
    covariance: at first those of N(0, I), until someone puts in others (`jaxgen.measure.gaussians`).
    """

    classes: int
    latent: int

    @nn.compact
    def __call__(self, z: Array, label: Array, *, train: bool) -> Array:
        n = self.classes
        mean = self.variable("gaussians", "mean", jnp.zeros, (n, self.latent)).value
        root = self.variable("gaussians", "root", lambda: jnp.tile(jnp.eye(self.latent), (n, 1, 1))).value
        if label.ndim == 1:
            return mean[label] + jnp.einsum("bij,bj->bi", root[label], z)
        return label @ mean + jnp.einsum("bk,kij,bj->bi", label, root, z)
