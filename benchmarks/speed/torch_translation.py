"""Images drawn from images in plain PyTorch, for `torch_games.py`: the nets of pix2pix and CycleGAN, and a pool."""

import math
import random
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import leaky_relu, relu


class Twin(nn.Module):
    """A net whose layers of each kind come in the order of its Flax twin's."""

    def carry(self, arrays: dict[str, Any]) -> None:
        from torch_nets import KINDS, by_kind, give

        twins = by_kind(arrays)
        for module in self.modules():
            if type(module) in KINDS:
                give(module, twins[KINDS[type(module)]].pop(0))
        if left := {kind: len(layers) for kind, layers in twins.items() if layers}:
            raise ValueError(f"the net has no layers for the twin's {left}")


class UNet(Twin):
    """The generator of pix2pix, without dropout: skips of activated features, as `jaxgen.nets.unet`."""

    def __init__(self, channels: int, size: int, width: int = 64):
        super().__init__()
        n = int(math.log2(size))
        widths = [width * min(2**i, 8) for i in range(n)]
        self.down = nn.ModuleList(
            nn.Conv2d(before, after, 4, 2, 1, bias=False) for before, after in zip([channels, *widths], widths)
        )
        self.down_norms = nn.ModuleList(nn.BatchNorm2d(w) for w in widths[1 : n - 1])
        made = [(widths[i] * (1 if i == n - 1 else 2), widths[i - 1] if i else channels) for i in reversed(range(n))]
        self.up = nn.ModuleList(
            nn.ConvTranspose2d(before, after, 4, 2, 1, bias=i == n - 1) for i, (before, after) in enumerate(made)
        )
        self.up_norms = nn.ModuleList(nn.BatchNorm2d(after) for _, after in made[:-1])

    def forward(self, x: Tensor) -> Tensor:
        skips, last = [], len(self.down) - 1
        for i, conv in enumerate(self.down):
            x = conv(x)
            x = leaky_relu(self.down_norms[i - 1](x) if 0 < i < last else x, 0.2)
            skips.append(x)
        for i, conv in enumerate(self.up):
            x = conv(relu(x if i == 0 else torch.cat([x, skips[last - i]], 1)))
            x = self.up_norms[i](x) if i < last else x
        return torch.tanh(x)


class Block(nn.Module):
    """A residual block of CycleGAN's."""

    def __init__(self, width: int):
        super().__init__()
        half = [nn.ReflectionPad2d(1), nn.Conv2d(width, width, 3), nn.InstanceNorm2d(width)]
        rest = [nn.ReflectionPad2d(1), nn.Conv2d(width, width, 3), nn.InstanceNorm2d(width)]
        self.through = nn.Sequential(*half, nn.ReLU(inplace=True), *rest)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.through(x)


class ResNet(Twin):
    """The generator of CycleGAN, as `jaxgen.nets.cyclegan`."""

    def __init__(self, channels: int, blocks: int = 6, width: int = 64):
        super().__init__()
        layers: list[nn.Module] = [nn.ReflectionPad2d(3), nn.Conv2d(channels, width, 7)]
        for w in (width, 2 * width):
            layers += [nn.InstanceNorm2d(w), nn.ReLU(inplace=True), nn.Conv2d(w, 2 * w, 3, 2, 1)]
        layers += [nn.InstanceNorm2d(4 * width), nn.ReLU(inplace=True), *(Block(4 * width) for _ in range(blocks))]
        for w in (4 * width, 2 * width):
            up = nn.ConvTranspose2d(w, w // 2, 3, 2, 1, output_padding=1)
            layers += [up, nn.InstanceNorm2d(w // 2), nn.ReLU(inplace=True)]
        self.through = nn.Sequential(*layers, nn.ReflectionPad2d(3), nn.Conv2d(width, channels, 7), nn.Tanh())

    def forward(self, x: Tensor) -> Tensor:
        return self.through(x)


def patches(channels: int, norm: type[nn.Module], width: int = 64) -> nn.Sequential:
    """A PatchGAN of 70 pixels, as `jaxgen.nets.patch`; instance norm leaves biases before it."""
    widths = [channels, width, 2 * width, 4 * width, 8 * width]
    layers: list[nn.Module] = []
    for i in range(4):
        normed = i > 0
        bias = not (normed and norm is nn.BatchNorm2d)
        layers.append(nn.Conv2d(widths[i], widths[i + 1], 4, 2 if i < 3 else 1, 1, bias=bias))
        layers += [*([norm(widths[i + 1])] if normed else []), nn.LeakyReLU(0.2, inplace=True)]
    return nn.Sequential(*layers, nn.Conv2d(widths[-1], 1, 4, 1, 1))


def pix2pix(channels: int, size: int, latent: int) -> tuple[nn.Module, nn.Module]:
    """G and D, of pairs that are the two halves of the channels."""
    return UNet(channels // 2, size), patches(channels, nn.BatchNorm2d)


def cyclegan(channels: int, size: int, latent: int) -> tuple[nn.Module, ...]:
    """G, F, D_a and D_b, of the two halves of the channels."""
    half = channels // 2
    return ResNet(half), ResNet(half), patches(half, nn.InstanceNorm2d), patches(half, nn.InstanceNorm2d)


class Pool:
    """The last 50 fakes, as CycleGAN shows them to a D."""

    def __init__(self, size: int = 50):
        self.size, self.images = size, list[Tensor]()

    def shown(self, fakes: Tensor) -> Tensor:
        given = []
        for fake in fakes.unbind():
            if len(self.images) < self.size:
                self.images.append(fake.clone())
            elif random.random() < 0.5:
                place = random.randrange(self.size)
                fake, self.images[place] = self.images[place], fake.clone()
            given.append(fake)
        return torch.stack(given)
