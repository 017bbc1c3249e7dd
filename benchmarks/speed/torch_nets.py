"""The nets of `against_pytorch.py` in plain PyTorch, and how they are given their Flax twins' weights."""

import math
import re
from collections import defaultdict
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from torch import nn

import torch_sngan
import torch_srresnet
import torch_translation
from torch_pixelcnnpp import PixelCNNPlusPlus

KINDS = {  # in Flax's words
    nn.Linear: "Dense",
    nn.Conv2d: "Conv",
    nn.ConvTranspose2d: "ConvTranspose",
    nn.BatchNorm1d: "BatchNorm",
    nn.BatchNorm2d: "BatchNorm",
}


def mlp(channels: int, size: int, latent: int) -> tuple[nn.Sequential, nn.Sequential]:
    """G and D of `jaxgen.nets.mlp`."""
    image = (channels, size, size)
    widths = [latent, 128, 256, 512, 1024]
    G: list[nn.Module] = []
    for i, (before, after) in enumerate(pairwise(widths)):
        norm = [nn.BatchNorm1d(after, momentum=0.2)] if i > 0 else []
        G += [nn.Linear(before, after), *norm, nn.LeakyReLU(0.2, inplace=True)]
    G += [nn.Linear(widths[-1], math.prod(image)), nn.Unflatten(1, image), nn.Tanh()]
    D: list[nn.Module] = [nn.Flatten()]
    for before, after in ((math.prod(image), 512), (512, 256)):
        D += [nn.Linear(before, after), nn.LeakyReLU(0.2, inplace=True)]
    return nn.Sequential(*G), nn.Sequential(*D, nn.Linear(256, 1))


def dcgan(
    channels: int, size: int, latent: int, width: int = 64, norm: bool = True
) -> tuple[nn.Sequential, nn.Sequential]:
    """G and D, the latter with or without BatchNorm, of `jaxgen.nets.dcgan`, whose SAME is a padding of 1 here."""
    n = int(math.log2(size // (7 if size == 28 else 4)))
    side = size >> n
    widths = [channels, *(width << i for i in range(n))]  # of D, from the image inwards
    widest = (widths[-1], side, side)
    G: list[nn.Module] = [nn.Linear(latent, math.prod(widest), bias=False), nn.Unflatten(1, widest)]
    D: list[nn.Module] = []
    for i in reversed(range(n)):
        G += [nn.BatchNorm2d(widths[i + 1]), nn.ReLU(inplace=True)]
        G += [nn.ConvTranspose2d(widths[i + 1], widths[i], 4, 2, 1, bias=i == 0)]
    for i in range(n):
        batch = norm and i > 0
        D.append(nn.Conv2d(widths[i], widths[i + 1], 4, 2, 1, bias=not batch))
        D += [*([nn.BatchNorm2d(widths[i + 1])] if batch else []), nn.LeakyReLU(0.2, inplace=True)]
    return nn.Sequential(*G, nn.Tanh()), nn.Sequential(*D, nn.Flatten(), nn.Linear(math.prod(widest), 1))


def vae(channels: int, size: int, latent: int, width: int = 500) -> tuple[nn.Sequential, nn.Sequential]:
    """E and G of `jaxgen.nets.vae`, dense: E gives means and log-variances beside each other, G logits."""
    image = (channels, size, size)
    E: list[nn.Module] = [nn.Flatten()]
    for before, after in ((math.prod(image), width), (width, width)):
        E += [nn.Linear(before, after), nn.ReLU(inplace=True)]
    G: list[nn.Module] = []
    for before, after in ((latent, width), (width, width)):
        G += [nn.Linear(before, after), nn.ReLU(inplace=True)]
    G += [nn.Linear(width, math.prod(image)), nn.Unflatten(1, image)]
    return nn.Sequential(*E, nn.Linear(width, 2 * latent)), nn.Sequential(*G)


def dcgan_plain(channels: int, size: int, latent: int) -> tuple[nn.Sequential, nn.Sequential]:
    """The same with a D without BatchNorm, which a penalty of single gradients asks for."""
    return dcgan(channels, size, latent, norm=False)


def pixelcnnpp(channels: int, size: int, latent: int) -> tuple[PixelCNNPlusPlus]:
    """Half the published channels, and 2 of 5 resnets."""
    return (PixelCNNPlusPlus(channels, 80, 2),)


def sngan(channels: int, size: int, latent: int) -> tuple[nn.Module, nn.Module]:
    """The paper's, for 32 pixels."""
    return torch_sngan.Generator(channels, latent), torch_sngan.Discriminator(channels)


def srresnet(channels: int, size: int, latent: int) -> tuple[torch_srresnet.Generator]:
    """The paper's, for a factor of four."""
    return (torch_srresnet.Generator(channels),)


# name -> (channels, size, latent) -> the nets of these names
NETS = {
    "mlp": (mlp, "GD"),
    "dcgan": (dcgan, "GD"),
    "dcgan_plain": (dcgan_plain, "GD"),
    "vae": (vae, "EG"),
    "pixelcnnpp": (pixelcnnpp, "P"),
    "sngan": (sngan, "GD"),
    "srresnet": (srresnet, "G"),
    "pix2pix": (torch_translation.pix2pix, "GD"),
    "cyclegan": (torch_translation.cyclegan, ("G", "F", "D_a", "D_b")),
}


def by_kind(arrays: dict[str, np.ndarray]) -> dict[str, list[dict[str, np.ndarray]]]:
    """Flax's parameters, path -> array, as each kind's layers in the order of their numbers, leaf -> array."""
    layers: dict[str, dict[str, np.ndarray]] = defaultdict(dict)
    for path, array in arrays.items():
        layer, leaf = path.rsplit("/", 1)
        layers[layer][leaf] = array
    kinds: dict[str, list[dict[str, np.ndarray]]] = defaultdict(list)
    for layer in sorted(layers, key=lambda path: [int(n) for n in re.findall(r"_(\d+)", path)]):
        kinds[layer.rsplit("/", 1)[-1].rsplit("_", 1)[0]].append(layers[layer])
    return kinds


def carry(net: Any, arrays: dict[str, np.ndarray], channels: int) -> None:
    """Give a net its Flax twin's weights: a layer gets those of the first of the twin's layers of its kind that
    fits and that no layer before got.

    Args:
      net: the net, changed in place.
      arrays: the twin's parameters, path -> array.
      channels: of the images.

    Raises:
      ValueError: the twin has other layers than the net.
      RuntimeError: a layer has parameters of another name or shape.
    """
    if hasattr(net, "carry"):  # it knows its twin's names
        return net.carry(arrays)
    twins = by_kind(arrays)
    around = [None, *net, None]
    for before, module, after in zip(around, net, around[2:]):
        if isinstance(module, nn.Conv2d):
            channels = module.out_channels
        of_kind = twins.get(KINDS.get(type(module), ""), [])
        place = next((i for i, twin in enumerate(of_kind) if fits(twin, module)), None)
        if place is not None:
            values = translated(of_kind.pop(place), module, isinstance(before, nn.Flatten), after, channels)
            tensors = {name: torch.from_numpy(np.ascontiguousarray(value)) for name, value in values.items()}
            module.load_state_dict({**module.state_dict(), **tensors})
        elif type(module) in KINDS:
            raise ValueError(f"the twin has no layer for {module}")
    if left := {kind: len(layers) for kind, layers in twins.items() if layers}:
        raise ValueError(f"the net has no layers for the twin's {left}")


def give(module: nn.Module, twin: dict[str, np.ndarray]) -> None:
    """Give one layer of images its twin's weights."""
    values = translated(twin, module, False, None, 0)
    tensors = {name: torch.from_numpy(np.ascontiguousarray(value)) for name, value in values.items()}
    module.load_state_dict({**module.state_dict(), **tensors})


def fits(twin: dict[str, np.ndarray], module: nn.Module) -> bool:
    """Whether a layer has as many weights. Flax numbers layers in the order in which they are made, and a last one that
    is called on what others give may have been made first."""
    return (twin["scale"] if "scale" in twin else twin["kernel"]).size == module.weight.numel()


def translated(twin, module, flattened, after, channels) -> dict[str, np.ndarray]:
    """A layer's parameters from Flax's layout to PyTorch's, where maps become vectors in the order C, H, W."""
    if "scale" in twin:
        return {"weight": twin["scale"], "bias": twin["bias"]}
    kernel, bias = twin["kernel"], [twin["bias"]] if "bias" in twin else []
    if isinstance(module, nn.Conv2d):  # HWIO -> OIHW
        kernel = kernel.transpose(3, 2, 0, 1)
    elif isinstance(module, nn.ConvTranspose2d):  # HWIO -> IOHW, and PyTorch stamps what jax slides
        kernel = kernel[::-1, ::-1].transpose(2, 3, 0, 1)
    else:
        inputs, outputs = kernel.shape
        if flattened:  # inputs H, W, C -> C, H, W
            kernel = kernel.reshape(-1, channels, outputs).swapaxes(0, 1).reshape(inputs, outputs)
        if isinstance(after, nn.Unflatten):  # outputs H, W, C -> C, H, W
            made = after.unflattened_size[0]
            kernel = kernel.reshape(inputs, -1, made).swapaxes(1, 2).reshape(inputs, outputs)
            bias = [b.reshape(-1, made).T.reshape(-1) for b in bias]
        kernel = kernel.T
    return dict(zip(("weight", "bias"), [kernel, *bias]))
