"""The other side of `against_pytorch.py`: our nets and their game in plain PyTorch, without jax or jaxgen.

    python benchmarks/torch_gan.py mlp|dcgan eager|channels_last|compile ROUNDS CARRIED.npz

CARRIED.npz holds what the other side starts from, under Flax's names: weights ("G/Dense_0/kernel"), images ("real",
uint8 [N, B, H, W, C]) and codes ("z", [rounds, 2, B, latent]: D's turn, G's turn), whose type is what all is computed
in. Prints one line of JSON: the losses of the rounds that "z" has codes for, and the median milliseconds of ROUNDS
rounds after those.

This is PyTorch as somebody who wants it fast writes it: fused Adam, fakes for D without a graph, no gradients of D's
weights in G's turn, images that are floats before the clock starts.
"""

import json
import math
import platform
import re
import statistics
import sys
import time
from collections import defaultdict
from itertools import pairwise

import numpy as np
import torch
from torch import nn
from torch.nn.functional import softplus

WARM_UP = 5  # rounds before the clock counts
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


def dcgan(channels: int, size: int, latent: int, width: int = 64) -> tuple[nn.Sequential, nn.Sequential]:
    """G and D of `jaxgen.nets.dcgan`. A 4x4 kernel with stride 2 and padding 1 is what is called SAME there."""
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
        norm = [nn.BatchNorm2d(widths[i + 1])] if i > 0 else []
        conv = nn.Conv2d(widths[i], widths[i + 1], 4, 2, 1, bias=i == 0)
        D += [conv, *norm, nn.LeakyReLU(0.2, inplace=True)]
    return nn.Sequential(*G, nn.Tanh()), nn.Sequential(*D, nn.Flatten(), nn.Linear(math.prod(widest), 1))


NETS = {"mlp": mlp, "dcgan": dcgan}


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


def carry(net: nn.Sequential, arrays: dict[str, np.ndarray], channels: int) -> None:
    """Give a net its Flax twin's weights: its n-th layer of a kind gets those of the twin's n-th.

    Args:
      net: the net, changed in place.
      arrays: the twin's parameters, path -> array.
      channels: of the images.

    Raises:
      ValueError: the twin has other layers than the net.
      RuntimeError: a layer has parameters of another name or shape.
    """
    twins = by_kind(arrays)
    around = [None, *net, None]
    for before, module, after in zip(around, net, around[2:]):
        if isinstance(module, nn.Conv2d):
            channels = module.out_channels
        if twin := twins.get(KINDS.get(type(module), "")):
            values = translated(twin.pop(0), module, isinstance(before, nn.Flatten), after, channels)
            tensors = {name: torch.from_numpy(np.ascontiguousarray(value)) for name, value in values.items()}
            module.load_state_dict({**module.state_dict(), **tensors})
        elif type(module) in KINDS:
            raise ValueError(f"the twin has no layer for {module}")
    if left := {kind: len(layers) for kind, layers in twins.items() if layers}:
        raise ValueError(f"the net has no layers for the twin's {left}")


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


def adam(net: nn.Module) -> torch.optim.Optimizer:
    """The recipes' Adam, in PyTorch's fastest form."""
    return torch.optim.Adam(net.parameters(), lr=2e-4, betas=(0.5, 0.999), eps=1e-8, fused=True)


class Game:
    """G against D: algorithm 1 of Goodfellow et al. 2014, D in separate calls on real images and on fakes."""

    def __init__(self, G: nn.Module, D: nn.Module, mode: str):
        self.layout = torch.channels_last if mode == "channels_last" else torch.contiguous_format
        self.G, self.D = (net.to(memory_format=self.layout) for net in (G, D))
        self.G_tx, self.D_tx = adam(G), adam(D)
        if mode == "compile":
            self.G, self.D = torch.compile(self.G), torch.compile(self.D)

    def play(self, real: torch.Tensor, z_d: torch.Tensor, z_g: torch.Tensor) -> list[float]:
        """One round: D's step, then G's. Gives both losses."""
        with torch.no_grad():
            fake = self.G(z_d)
        d_loss = (softplus(-self.D(real)) + softplus(self.D(fake))).mean()
        self.D_tx.zero_grad()
        d_loss.backward()
        self.D_tx.step()

        self.D.requires_grad_(False)
        g_loss = softplus(-self.D(self.G(z_g))).mean()
        self.G_tx.zero_grad()
        g_loss.backward()
        self.G_tx.step()
        self.D.requires_grad_(True)
        return [d_loss.item(), g_loss.item()]


def main(nets: str, mode: str, rounds: int, carried: str) -> None:
    """Play, and print the losses and the time."""
    arrays = dict(np.load(carried))
    reals, codes = arrays.pop("real"), torch.from_numpy(arrays.pop("z"))
    channels, size, (batch, latent) = reals.shape[-1], reals.shape[-2], codes.shape[2:]
    G, D = NETS[nets](channels, size, latent)
    for name, net in (("G", G), ("D", D)):
        weights = {path[2:]: array for path, array in arrays.items() if path[0] == name}
        carry(net.to(codes.dtype), weights, channels)
    game = Game(G, D, mode)
    images = [torch.from_numpy(x).permute(0, 3, 1, 2).to(codes.dtype) / 127.5 - 1 for x in reals]
    images = [x.contiguous(memory_format=game.layout) for x in images]

    losses = [game.play(images[r % len(images)], *z) for r, z in enumerate(codes)]
    times = []
    for r in range(WARM_UP + rounds if rounds else 0):
        start = time.perf_counter()
        game.play(images[r % len(images)], torch.randn(batch, latent), torch.randn(batch, latent))
        times.append(1000 * (time.perf_counter() - start))
    ms = statistics.median(times[WARM_UP:]) if rounds else None
    threads = torch.get_num_threads()
    about = {"python": platform.python_version(), "torch": torch.__version__, "threads": threads}
    print(json.dumps({"losses": losses, "ms": ms, "about": about}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4])
