"""The G of `jaxgen.nets.srresnet` in PyTorch; images are [B, C, H, W]."""

from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor, nn


class Generator(nn.Module):
    """For images four times as large, with as many channels and blocks as published."""

    def __init__(self, channels: int, width: int = 64, blocks: int = 16):
        super().__init__()

        def conv(enters: int, leaves: int, side: int = 3, bias: bool = True) -> nn.Conv2d:
            return nn.Conv2d(enters, leaves, side, padding=side // 2, bias=bias)

        self.first, self.last = conv(channels, width, 9), conv(width, channels, 9)
        self.inside = nn.ModuleList(conv(width, width, bias=False) for _ in range(2 * blocks + 1))
        self.norms = nn.ModuleList(nn.BatchNorm2d(width) for _ in range(2 * blocks + 1))
        self.growing = nn.ModuleList(conv(width, 4 * width) for _ in range(2))
        self.slopes = nn.ModuleList(nn.PReLU() for _ in range(blocks + 3))
        self.shuffle = nn.PixelShuffle(2)

    def forward(self, x: Tensor) -> Tensor:
        convs, norms, slopes = iter(self.inside), iter(self.norms), iter(self.slopes)
        x = first = next(slopes)(self.first(x))
        for _ in range(len(self.inside) // 2):
            y = next(slopes)(next(norms)(next(convs)(x)))
            x = x + next(norms)(next(convs)(y))
        x = first + next(norms)(next(convs)(x))
        for grow in self.growing:
            x = next(slopes)(self.shuffle(grow(x)))
        return self.last(x)

    def carry(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Take the weights of the Flax twin, path -> array."""
        convs = [self.first, *self.inside, *self.growing]
        for name, conv in [*((f"Conv_{i}", conv) for i, conv in enumerate(convs)), ("ShuffledConv_0", self.last)]:
            values = {"weight": arrays[f"{name}/kernel"].transpose(3, 2, 0, 1)}
            values |= {"bias": arrays[f"{name}/bias"]} if conv.bias is not None else {}
            _load(conv, values)
        for i, norm in enumerate(self.norms):
            path = f"BatchNorm_{i}/BatchNorm_0"
            _load(norm, {"weight": arrays[f"{path}/scale"], "bias": arrays[f"{path}/bias"]})
        for i, slope in enumerate(self.slopes):
            _load(slope, {"weight": arrays[f"PReLU_{i}/negative_slope"].reshape(1)})


def _load(module: nn.Module, values: Mapping[str, np.ndarray]) -> None:
    tensors = {name: torch.from_numpy(np.ascontiguousarray(value)) for name, value in values.items()}
    module.load_state_dict({**module.state_dict(), **tensors})
