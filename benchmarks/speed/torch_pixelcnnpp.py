"""`jaxgen.nets.pixelcnnpp` without dropout, classes and normalised weights, and its likelihood, in PyTorch.

Images are [B, C, H, W].
"""

from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import elu, log_softmax, pad, softplus

KERNELS = {"down": (2, 3), "right": (2, 2)}
LOGISTICS = 10  # of a mixture


def concat_elu(x: Tensor) -> Tensor:
    return elu(torch.cat([x, -x], 1))


class Shifted(nn.Conv2d):
    """A convolution that sees the rows above and its own, of kind "right" no column to the right."""

    def __init__(self, kind: str, before: int, after: int, kernel: tuple[int, int] | None = None, stride: int = 1):
        kernel = kernel or KERNELS[kind]
        super().__init__(before, after, kernel, stride)
        wide = kernel[1] > 1
        self.border = (int(wide), int(wide and kind == "down"), kernel[0] - 1, 0)

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(pad(x, self.border))


class Doubled(nn.ConvTranspose2d):
    """Twice the sides; of kind "down" its first column, which lies beside the image, is cut off."""

    def __init__(self, kind: str, filters: int):
        super().__init__(filters, filters, KERNELS[kind], 2)
        self.cut = KERNELS[kind][1] - 2

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x)[..., self.cut :]


class Resnet(nn.Module):
    """Figure 2's block, with what joins it from aside."""

    def __init__(self, kind: str, filters: int, joining: int):
        super().__init__()
        self.first = Shifted(kind, 2 * filters, filters)
        self.second = Shifted(kind, 2 * filters, 2 * filters)
        self.aside = nn.Conv2d(2 * joining * filters, filters, 1) if joining else None

    def forward(self, x: Tensor, parts: list[Tensor]) -> Tensor:
        h = self.first(concat_elu(x))
        if self.aside is not None:
            h = h + self.aside(concat_elu(torch.cat(parts, 1)))
        a, b = self.second(concat_elu(h)).chunk(2, 1)
        return x + a * torch.sigmoid(b)


class Stack(nn.Module):
    """Up through resnets, through all that is at lower resolutions, and down; layers have the twin's names."""

    def __init__(self, kind: str, filters: int, resnets: int):
        super().__init__()
        self.resnets, beside = resnets, int(kind == "right")
        layers: dict[str, nn.Module] = {}
        for level in range(3):
            for i in range(resnets):
                layers[f"up{level}_{i}"] = Resnet(kind, filters, beside)
            for i in range(resnets + (level < 2)):
                layers[f"down{level}_{i}"] = Resnet(kind, filters, beside + 1)
            if level < 2:
                layers[f"halve{level}"] = Shifted(kind, filters, filters, stride=2)
                layers[f"double{level}"] = Doubled(kind, filters)
        self.layers = nn.ModuleDict(layers)

    def forward(self, x: Tensor, beside: Mapping[str, Tensor], level: int = 0) -> tuple[Tensor, dict[str, Tensor]]:
        made: dict[str, Tensor] = {}

        def resnet(stage: str, x: Tensor, *skip: Tensor) -> Tensor:
            parts = [beside[stage]] if stage in beside else []
            made[stage] = self.layers[stage](x, [*parts, *skip])
            return made[stage]

        skips = [x]
        for i in range(self.resnets):
            x = resnet(f"up{level}_{i}", x)
            skips.append(x)
        if level < 2:
            x, lower = self.forward(self.layers[f"halve{level}"](x), beside, level + 1)
            x, made = self.layers[f"double{level}"](x), {**made, **lower}
        else:
            skips.pop()
        for i, skip in enumerate(reversed(skips)):
            x = resnet(f"down{level}_{i}", x, skip)
        return x, made


class PixelCNNPlusPlus(nn.Module):
    """Images in [-1, 1] -> parameters [B, 10 K, H, W] of each pixel's mixture of K logistics of 3 channels."""

    def __init__(self, channels: int, filters: int, resnets: int):
        super().__init__()
        self.wide = Shifted("down", channels + 1, filters, (1, 3))
        self.above = Shifted("down", channels + 1, filters)
        self.left = Shifted("right", channels + 1, filters, (2, 1))
        self.down, self.right = (Stack(kind, filters, resnets) for kind in ("down", "right"))
        self.out = nn.Conv2d(filters, 10 * LOGISTICS, 1)

    def forward(self, x: Tensor) -> Tensor:
        x = torch.cat([x, torch.ones_like(x[:, :1])], 1)

        def lower(x: Tensor) -> Tensor:
            return pad(x, (0, 0, 1, 0))[:, :, :-1]

        wide = lower(self.wide(x))
        beside = self.down(lower(self.above(x)), {})[1]
        left = pad(self.left(x), (1, 0))[..., :-1]
        return self.out(elu(self.right(wide + left, beside)[0]))

    def carry(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Take the Flax twin's weights: "down_up0_0_1_kernel" and so on."""
        state = {}
        for name in self.state_dict():
            module, leaf = name.rsplit(".", 1)
            array = arrays[twin(module, leaf)]
            if leaf == "weight":
                array = array[None, None] if array.ndim == 2 else array  # a dense layer is a 1x1 convolution
                array = array.transpose((2, 3, 0, 1) if "double" in module else (3, 2, 0, 1))
            state[name] = torch.from_numpy(np.ascontiguousarray(array))
        self.load_state_dict(state)


def twin(module: str, leaf: str) -> str:
    """A parameter's name in Flax: "down.layers.up0_0.first", "weight" -> "down_up0_0_1_kernel"."""
    kinds = {"wide": "down_wide", "above": "down_above", "left": "right_left", "out": "right_out"}
    parts = {"first": "1", "second": "2"}
    words = [parts.get(word, word) for word in module.split(".") if word != "layers"]
    return "_".join([kinds.get(words[0], words[0]), *words[1:], "kernel" if leaf == "weight" else "bias"])


def logistic_mixture(parameters: Tensor, images: Tensor) -> Tensor:
    """-log p(x), [B], in nats: Salimans et al. 2017, eqs. 2 and 3, as `jaxgen.losses.likelihood` has it."""
    parts = parameters.unflatten(1, (10, LOGISTICS))  # [B, 10, K, H, W]
    x = images[:, :, None]
    a, b, c = torch.tanh(parts[:, 7:]).unbind(1)
    r, g = x[:, 0], x[:, 1]
    red, green, blue = parts[:, 1:4].unbind(1)
    means = torch.stack([red, green + a * r, blue + b * r + c * g], 1)
    scales = parts[:, 4:7].clamp(min=-7)
    inverse, centred = torch.exp(-scales), x - means
    upper, lower, middle = inverse * (centred + 1 / 255), inverse * (centred - 1 / 255), inverse * centred
    mass = torch.sigmoid(upper) - torch.sigmoid(lower)
    density = middle - scales - 2 * softplus(middle) + np.log(2 / 255)
    inner = torch.where(mass > 1e-5, torch.log(mass.clamp(min=1e-12)), density)
    logs = torch.where(x < -0.999, -softplus(-upper), torch.where(x > 0.999, -softplus(lower), inner))
    return -torch.logsumexp(log_softmax(parts[:, 0], 1) + logs.sum(1), 1).sum((1, 2))
