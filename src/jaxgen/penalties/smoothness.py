"""Penalties on how fast a critic's scores change with its images.

`critic` maps images [B, ...] to scores [B], each of its own image alone: a critic with BatchNorm must take running
statistics here, or an image's gradient holds the other images' too. Every function returns one value per example [B];
the weight is the caller's. Gradients of any order are finite where the norm of the images' gradient is zero (there
the norm's own gradient is taken as zero). They raise AssertionError at trace time for integer images, for shapes that
differ, and for a critic that returns anything but [B], as [B, 1].
"""

from collections.abc import Callable

import jax
import jax.numpy as jnp
from jax import Array

from jaxgen import parallel
from jaxgen.penalties import checks
from jaxgen.penalties.norms import root

Critic = Callable[[Array], Array]  # images [B, ...] -> scores [B]


def gradient(
    critic: Critic, real: Array, fake: Array, keys: Array, *, target: float = 1.0, one_sided: bool = False
) -> Array:
    """(||grad f(x)||_2 - target)^2 at x = t real + (1 - t) fake, t ~ U(0, 1): WGAN-GP, Gulrajani et al. 2017
    (arXiv:1704.00028), eq. 3. The paper's weight is 10.

    Public code disagrees: the norm is per example and over all of its pixels and channels (torchgan takes one norm over
    the batch, MMGeneration by default one per pixel); t is on the real image, as in the paper (TF-GAN: on the fake).

    Args:
      critic: images -> scores [B].
      real: images [B, ...], float.
      fake: images [B, ...], float; real_i is paired with fake_i.
      keys: one typed key per example, [B], for t.
      target: the norm that is not punished.
      one_sided: whether only norms above the target are punished (section 4 of the paper; WGAN-LP,
        Petzka et al. 2018, arXiv:1709.08894).
    """
    checks.images(real, fake)
    t = _uniform(keys, real)
    return _punished(_norm(critic, t * real + (1 - t) * fake), target, one_sided)


def dragan(
    critic: Critic, real: Array, keys: Array, *, target: float = 1.0, one_sided: bool = False, scale: float = 0.5
) -> Array:
    """(||grad f(x + d)||_2 - target)^2 around real images: DRAGAN, Kodali et al. 2017 (arXiv:1705.07215), algorithm 1.
    The paper's weight is 10.

    The paper draws d from N(0, c I). This is the authors' code: d = t u scale std, with u ~ U(0, 1) for each number of
    the image, t ~ U(0, 1) for each image, and std the standard deviation of all numbers of the global batch. The norm
    is per example and over all of its pixels and channels (PyTorch-GAN: over the channels only).

    Args:
      critic: images -> scores [B].
      real: images [B, ...], float.
      keys: one typed key per example, [B].
      target: the norm that is not punished; the paper's k.
      one_sided: whether only norms above the target are punished.
      scale: of the noise, in standard deviations.
    """
    checks.images(real)
    t = _uniform(keys, real)
    u = jax.vmap(lambda key, x: jax.random.uniform(jax.random.fold_in(key, 1), x.shape, x.dtype))(keys, real)
    mean = parallel.mean(jnp.mean(real))
    std = jnp.sqrt(parallel.mean(jnp.mean(jnp.square(real - mean))))
    return _punished(_norm(critic, real + t * u * (scale * std)), target, one_sided)


def r1(critic: Critic, real: Array) -> Array:
    """||grad f(x)||_2^2 at real images [B, ...]: R1, Mescheder et al. 2018 (arXiv:1801.04406), eq. 9.

    The paper's 1/2 is outside (as in R3GAN's code, and unlike StudioGAN's): the caller's weight is gamma / 2.
    """
    checks.images(real)
    return _squares(_gradient(critic, real))


def r2(critic: Critic, fake: Array) -> Array:
    """||grad f(G(z))||_2^2 at fakes [B, ...]: R2, Mescheder et al. 2018, eq. 10. The caller's weight is gamma / 2."""
    checks.images(fake)
    return _squares(_gradient(critic, fake))


def consistency(critic: Critic, images: Array, augmented: Array) -> Array:
    """(f(x) - f(T(x)))^2 for a random augmentation T: Zhang et al. 2020 (arXiv:1910.12027), on the
    last layer's output only, as the paper trains. The paper's weight is 10.

    Args:
      critic: images -> scores [B].
      images: real ones in CR-GAN; fakes too in Zhao et al. 2020 (arXiv:2002.04724). [B, ...], float.
      augmented: the same after T.
    """
    checks.images(images, augmented)
    return jnp.square(checks.scored(critic, images) - checks.scored(critic, augmented))


def _uniform(keys: Array, images: Array) -> Array:
    """One t ~ U(0, 1) per example, [B, 1, ...]."""
    checks.keys(keys, len(images))
    t = jax.vmap(lambda key: jax.random.uniform(key, dtype=images.dtype))(keys)
    return t.reshape(-1, *(1,) * (images.ndim - 1))


def _gradient(critic: Critic, x: Array) -> Array:
    return jax.grad(lambda x: jnp.sum(checks.scored(critic, x)))(x)


def _squares(gradient: Array) -> Array:
    return jnp.sum(jnp.square(gradient), axis=tuple(range(1, gradient.ndim)))


def _norm(critic: Critic, x: Array) -> Array:
    return root(_squares(_gradient(critic, x)))


def _punished(norm: Array, target: float, one_sided: bool) -> Array:
    excess = norm - target
    return jnp.square(jax.nn.relu(excess) if one_sided else excess)
