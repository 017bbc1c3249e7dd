"""`jaxgen.nets.resnet` in PyTorch; images are [B, C, H, W].

As the authors' code and its successors in PyTorch have it: nearest neighbours before a convolution, means after it.
"""

from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d, conv2d, interpolate, linear, normalize, relu


class Spectral(nn.Module):
    """A convolution or a linear layer whose kernel is divided by its largest singular value, by one power iteration a
    call; `kept` vectors are the next call's, others are forgotten."""

    def __init__(self, shape: tuple[int, ...]):
        super().__init__()
        self.weight, self.bias = nn.Parameter(torch.zeros(shape)), nn.Parameter(torch.zeros(shape[0]))
        self.u: Tensor
        self.register_buffer("u", torch.zeros(shape[0]))
        self.kept = True

    def forward(self, x: Tensor) -> Tensor:
        matrix = self.weight.flatten(1)
        with torch.no_grad():
            v = normalize(self.u @ matrix, dim=0, eps=1e-12)
            u = normalize(matrix @ v, dim=0, eps=1e-12)
            if self.kept:
                self.u.copy_(u)
        weight = self.weight / (u @ matrix @ v)
        return conv2d(x, weight, self.bias, padding="same") if weight.ndim == 4 else linear(x, weight, self.bias)


class GeneratorBlock(nn.Module):
    def __init__(self, width: int):
        super().__init__()
        self.norms = nn.ModuleList(nn.BatchNorm2d(width) for _ in range(2))
        self.first, self.second = (nn.Conv2d(width, width, 3, padding=1) for _ in range(2))
        self.beside = nn.Conv2d(width, width, 1)

    def forward(self, x: Tensor) -> Tensor:
        y = self.first(interpolate(relu(self.norms[0](x)), scale_factor=2))
        return self.second(relu(self.norms[1](y))) + interpolate(self.beside(x), scale_factor=2)


class Generator(nn.Module):
    """Of 32 pixels."""

    def __init__(self, channels: int, latent: int, width: int = 256):
        super().__init__()
        self.width, self.dense = width, nn.Linear(latent, 16 * width)
        self.blocks = nn.Sequential(*(GeneratorBlock(width) for _ in range(3)))
        self.norm, self.last = nn.BatchNorm2d(width), nn.Conv2d(width, channels, 3, padding=1)

    def forward(self, z: Tensor) -> Tensor:
        x = self.blocks(self.dense(z).view(-1, self.width, 4, 4))
        return torch.tanh(self.last(relu(self.norm(x))))

    def carry(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Take the Flax twin's weights."""
        dense = arrays["Dense_0/kernel"].reshape(-1, 16, self.width).swapaxes(1, 2)  # H, W, C -> C, H, W
        bias = arrays["Dense_0/bias"].reshape(16, self.width).T
        _give(self.dense, dense.reshape(len(dense), -1).T, bias.reshape(-1))
        for i, block in enumerate([*self.blocks, self]):
            for j, norm in enumerate([self.norm] if block is self else block.norms):
                twin = f"BatchNorm_{2 * i + j}/BatchNorm_0"
                _give(norm, arrays[f"{twin}/scale"], arrays[f"{twin}/bias"])
            for j, layer in enumerate([self.last] if block is self else [block.first, block.second, block.beside]):
                twin = f"Conv_{3 * i + j}"
                _give(layer, arrays[f"{twin}/kernel"].transpose(3, 2, 0, 1), arrays[f"{twin}/bias"])


class DiscriminatorBlock(nn.Module):
    def __init__(self, before: int, width: int, halves: bool, first: bool):
        super().__init__()
        self.halves, self.starts = halves, first
        self.first, self.second = (Spectral((width, n, 3, 3)) for n in (before, width))
        self.beside = Spectral((width, before, 1, 1)) if halves else None

    def forward(self, x: Tensor) -> Tensor:
        y = self.second(relu(self.first(x if self.starts else relu(x))))
        if self.beside is None:
            return x + y
        beside = self.beside(avg_pool2d(x, 2)) if self.starts else avg_pool2d(self.beside(x), 2)
        return avg_pool2d(y, 2) + beside


class Discriminator(nn.Module):
    """Of 32 pixels."""

    def __init__(self, channels: int, width: int = 128):
        super().__init__()
        plan = [(channels, True), (width, True), (width, False), (width, False)]
        self.blocks = nn.Sequential(
            *(DiscriminatorBlock(n, width, halves, i == 0) for i, (n, halves) in enumerate(plan))
        )
        self.score = Spectral((1, width))

    def forward(self, x: Tensor) -> Tensor:
        return self.score(relu(self.blocks(x)).sum((2, 3)))

    def keep(self, kept: bool) -> None:
        """Whether the power iterations go on from what calls leave."""
        for module in self.modules():
            if isinstance(module, Spectral):
                module.kept = kept

    def carry(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Take the Flax twin's weights, and its statistics' vectors: "batch_stats/SpectralNorm_0/Conv_0.kernel.u"."""
        convs = [layer for block in self.blocks for layer in (block.first, block.second, block.beside) if layer]
        names = [(layer, f"Conv_{i}") for i, layer in enumerate(convs)]
        vectors = {path.split("/")[-1]: x for path, x in arrays.items() if path.endswith(".u")}
        for layer, name in [*names, (self.score, "Dense_0")]:
            kernel = arrays[f"{name}/kernel"]
            _give(layer, kernel.transpose(3, 2, 0, 1) if kernel.ndim == 4 else kernel.T, arrays[f"{name}/bias"])
            layer.u.copy_(torch.from_numpy(vectors[f"{name}.kernel.u"].ravel()))


def _give(layer: nn.Module, weight: np.ndarray, bias: np.ndarray) -> None:
    weights = {"weight": weight, "bias": bias}
    tensors = {name: torch.from_numpy(np.ascontiguousarray(x)) for name, x in weights.items()}
    layer.load_state_dict({**layer.state_dict(), **tensors})
