"""The other side of `against_pytorch.py`: our nets and their games in plain PyTorch, without jax or jaxgen.

    python benchmarks/speed/torch_games.py GAME NETS eager|channels_last|compile ROUNDS CARRIED.npz cpu|cuda

CARRIED.npz holds what the other side starts from, under Flax's names: weights ("G/Dense_0/kernel"), images ("real",
uint8 [N, B, H, W, C]) and all that is drawn in the rounds whose losses are compared: codes or noise ("z",
[rounds, draws, B, latent]), whose type is what all is computed in, and whatever else the game draws. Prints one line of
JSON: the losses of those rounds, and the median milliseconds of ROUNDS rounds after them.

This is PyTorch as somebody who wants it fast writes it: fused Adam, fakes for D without a graph, no gradients of D's
weights in G's turn, images that are floats on the device before the clock starts, no loss read while it runs; on a GPU
TF32 where float32 is asked for, as XLA does by default.
"""

import json
import platform
import statistics
import sys
import time
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import relu, softplus

from torch_nets import NETS, carry
from torch_pixelcnnpp import logistic_mixture
from torch_translation import Pool

WARM_UP = 5  # times before the clock counts
WAITED = {"cuda": 20}  # rounds that a device is given before it is waited for, if not each


def adam(parameters: Iterable[Tensor], lr: float = 2e-4, b1: float = 0.5, b2: float = 0.999) -> torch.optim.Optimizer:
    """The recipes' Adam, in PyTorch's fastest form."""
    return torch.optim.Adam(parameters, lr=lr, betas=(b1, b2), eps=1e-8, fused=True)


def step(tx: torch.optim.Optimizer, loss: Tensor) -> Tensor:
    tx.zero_grad()
    loss.backward()
    tx.step()
    return loss.detach()


class Gan:
    """G against D: algorithm 1 of Goodfellow et al. 2014, D in separate calls on real images and on fakes."""

    def __init__(self, G: nn.Module, D: nn.Module, given: Mapping[str, Tensor]):
        self.G, self.D = G, D
        self.G_tx, self.D_tx = adam(G.parameters()), adam(D.parameters())

    def play(self, reals: list[Tensor], draws: Mapping[str, Tensor]) -> list[Tensor]:
        """One round: D's step on the first batch, then G's. Gives both losses."""
        z = draws["z"]
        with torch.no_grad():
            fake = self.G(z[0])
        d_loss = step(self.D_tx, (softplus(-self.D(reals[0])) + softplus(self.D(fake))).mean())
        self.D.requires_grad_(False)
        g_loss = step(self.G_tx, softplus(-self.D(self.G(z[1]))).mean())
        self.D.requires_grad_(True)
        return [d_loss, g_loss]


class WganGp:
    """Gulrajani et al. 2017, algorithm 1: as many steps of D as there are codes but one, each on a batch of its own."""

    def __init__(self, G: nn.Module, D: nn.Module, given: Mapping[str, Tensor]):
        self.G, self.D = G, D
        self.G_tx, self.D_tx = (adam(net.parameters(), 1e-4, 0.0, 0.9) for net in (G, D))

    def play(self, reals: list[Tensor], draws: Mapping[str, Tensor]) -> list[Tensor]:
        d_losses = [self.criticise(*turn) for turn in zip(reals, draws["z"], draws["t"])]
        self.D.requires_grad_(False)
        g_loss = step(self.G_tx, -self.D(self.G(draws["z"][-1])).mean())
        self.D.requires_grad_(True)
        return [torch.stack(d_losses).mean(), g_loss]

    def criticise(self, real: Tensor, z: Tensor, t: Tensor) -> Tensor:
        with torch.no_grad():
            fake = self.G(z)
        t = t.view(-1, 1, 1, 1)
        x = (t * real + (1 - t) * fake).requires_grad_(True)
        (gradient,) = torch.autograd.grad(self.D(x).sum(), x, create_graph=True)
        penalty = (gradient.flatten(1).norm(dim=1) - 1) ** 2
        return step(self.D_tx, (self.D(fake) - self.D(real)).mean() + 10 * penalty.mean())


class Hinge:
    """SNGAN, Miyato et al. 2018. In G's step D's power iterations start from the vectors that its own steps left, and
    what they come to is forgotten."""

    def __init__(self, G: nn.Module, D: nn.Module, given: Mapping[str, Tensor]):
        self.G, self.D = G, D
        self.G_tx, self.D_tx = (adam(net.parameters(), 2e-4, 0.0, 0.9) for net in (G, D))

    def play(self, reals: list[Tensor], draws: Mapping[str, Tensor]) -> list[Tensor]:
        d_losses = [self.criticise(*turn) for turn in zip(reals, draws["z"])]
        self.D.requires_grad_(False)
        self.D.keep(False)
        g_loss = step(self.G_tx, -self.D(self.G(draws["z"][-1])).mean())
        self.D.requires_grad_(True)
        self.D.keep(True)
        return [torch.stack(d_losses).mean(), g_loss]

    def criticise(self, real: Tensor, z: Tensor) -> Tensor:
        with torch.no_grad():
            fake = self.G(z)
        return step(self.D_tx, relu(1 - self.D(real)).mean() + relu(1 + self.D(fake)).mean())


class Vae:
    """Kingma & Welling 2014: one sample, Bernoulli pixels."""

    def __init__(self, E: nn.Module, G: nn.Module, given: Mapping[str, Tensor]):
        self.E, self.G = E, G
        self.tx = adam([*E.parameters(), *G.parameters()], 1e-3, 0.9)

    def play(self, reals: list[Tensor], draws: Mapping[str, Tensor]) -> list[Tensor]:
        x = reals[0]
        mean, log_variance = self.E(x).chunk(2, dim=1)
        z = mean + torch.exp(log_variance / 2) * draws["z"][0]
        logits = self.G(z)
        reconstruction = (softplus(logits) - (x + 1) / 2 * logits).flatten(1).sum(1)
        kl = (mean**2 + log_variance.exp() - 1 - log_variance).sum(1) / 2
        return [step(self.tx, (reconstruction + kl).mean())]


class Likelihood:
    """Salimans et al. 2017: an autoregressive net of pixels."""

    def __init__(self, P: nn.Module, given: Mapping[str, Tensor]):
        self.P, self.tx = P, adam(P.parameters(), 1e-3, 0.9)

    def play(self, reals: list[Tensor], draws: Mapping[str, Tensor]) -> list[Tensor]:
        return [step(self.tx, logistic_mixture(self.P(reals[0]), reals[0]).mean())]


class Enlarging:
    """Ledig et al. 2017, eq. 4, of every fourth pixel in each direction."""

    def __init__(self, G: nn.Module, given: Mapping[str, Tensor]):
        self.G, self.tx = G, adam(G.parameters(), 1e-4, 0.9)

    def play(self, reals: list[Tensor], draws: Mapping[str, Tensor]) -> list[Tensor]:
        return [step(self.tx, (self.G(reals[0][:, :, ::4, ::4]) - reals[0]).square().mean())]


class Inpainting:
    """Yeh et al. 2016: a round is one step of Adam of all codes, against nets that stay."""

    def __init__(self, G: nn.Module, D: nn.Module, given: Mapping[str, Tensor]):
        self.G, self.D = G.eval().requires_grad_(False), D.eval().requires_grad_(False)
        self.weight, self.z = given["weight"].permute(0, 3, 1, 2), given["start"].clone().requires_grad_(True)
        self.tx = adam([self.z], 0.1, 0.9)

    def play(self, reals: list[Tensor], draws: Mapping[str, Tensor]) -> list[Tensor]:
        images = self.G(self.z)
        contextual = (self.weight * (images - reals[0])).abs().sum((1, 2, 3))
        losses = contextual - 0.1 * softplus(self.D(images))[:, 0]
        self.tx.zero_grad()
        losses.sum().backward()
        self.tx.step()
        return [losses.detach().mean()]


class Pix2Pix:
    """Isola et al. 2017: D sees the pair, G is drawn to its image too. Pairs are the halves of the channels."""

    def __init__(self, G: nn.Module, D: nn.Module, given: Mapping[str, Tensor]):
        self.G, self.D = G, D
        self.G_tx, self.D_tx = adam(G.parameters()), adam(D.parameters())

    def play(self, reals: list[Tensor], draws: Mapping[str, Tensor]) -> list[Tensor]:
        a, b = reals[0].chunk(2, 1)
        with torch.no_grad():
            fake = self.G(a)
        scores = self.D(torch.cat([a, b], 1)), self.D(torch.cat([a, fake], 1))
        d_loss = step(self.D_tx, softplus(-scores[0]).mean() + softplus(scores[1]).mean())
        self.D.requires_grad_(False)
        fake = self.G(a)
        g_loss = step(self.G_tx, softplus(-self.D(torch.cat([a, fake], 1))).mean() + 100 * (fake - b).abs().mean())
        self.D.requires_grad_(True)
        return [d_loss, g_loss]


class CycleGan:
    """Zhu et al. 2017, least squares, identity loss and pools; fakes anew in each turn, as ours."""

    def __init__(self, G: nn.Module, F: nn.Module, D_a: nn.Module, D_b: nn.Module, given: Mapping[str, Tensor]):
        self.G, self.F, self.D_a, self.D_b = G, F, D_a, D_b
        self.pool_a, self.pool_b = Pool(), Pool()
        self.G_tx = adam([*G.parameters(), *F.parameters()])
        self.D_tx = adam([*D_a.parameters(), *D_b.parameters()])

    def play(self, reals: list[Tensor], draws: Mapping[str, Tensor]) -> list[Tensor]:
        a, b = reals[0].chunk(2, 1)
        with torch.no_grad():
            fake_a, fake_b = self.pool_a.shown(self.F(b)), self.pool_b.shown(self.G(a))
        right = (self.D_a(a) - 1).square().mean() + (self.D_b(b) - 1).square().mean()
        wrong = self.D_a(fake_a).square().mean() + self.D_b(fake_b).square().mean()
        d_loss = step(self.D_tx, (right + wrong) / 2)
        for D in (self.D_a, self.D_b):
            D.requires_grad_(False)
        fake_a, fake_b = self.F(b), self.G(a)
        fooled = (self.D_a(fake_a) - 1).square().mean() + (self.D_b(fake_b) - 1).square().mean()
        cycles = (self.F(fake_b) - a).abs().mean() + (self.G(fake_a) - b).abs().mean()
        same = (self.G(b) - b).abs().mean() + (self.F(a) - a).abs().mean()
        g_loss = step(self.G_tx, fooled + 10 * cycles + 5 * same)
        for D in (self.D_a, self.D_b):
            D.requires_grad_(True)
        return [d_loss, g_loss]


GAMES: dict[str, Any] = {
    "gan": Gan, "wgan_gp": WganGp, "hinge": Hinge, "vae": Vae, "likelihood": Likelihood, "inpainting": Inpainting,
    "enlarging": Enlarging, "pix2pix": Pix2Pix, "cyclegan": CycleGan,
}  # fmt: skip


def theirs(
    game: str, nets: str, mode: str, rounds: int, carried: str, device: str, dtype: str = "float32"
) -> dict[str, Any]:
    """Play, and say the losses and the time. In bfloat16 by autocast, as PyTorch's users do."""
    torch.set_default_device(device)
    torch.set_float32_matmul_precision("high")  # of TF32 on a GPU, which cuDNN's convolutions use anyway
    arrays = dict(np.load(carried))
    reals, weights = arrays.pop("real"), {path: x for path, x in arrays.items() if "/" in path}
    given = {name: torch.from_numpy(x).to(device) for name, x in arrays.items() if name not in weights}
    channels, size, (batch, latent) = reals.shape[-1], reals.shape[-2], given["z"].shape[2:]
    make, names = NETS[nets]
    layout = torch.channels_last if mode == "channels_last" else torch.contiguous_format
    made = []
    for name, net in zip(names, make(channels, size, latent)):
        own = {path.removeprefix(f"{name}/"): x for path, x in weights.items() if path.startswith(f"{name}/")}
        carry(net.to(given["z"].dtype), own, channels)
        made.append(net.to(memory_format=layout))
    played = GAMES[game](*([torch.compile(net) for net in made] if mode == "compile" else made), given)
    images = [torch.from_numpy(x).permute(0, 3, 1, 2).to(device, given["z"].dtype) / 127.5 - 1 for x in reals]
    images = [x.contiguous(memory_format=layout) for x in images]
    draws = {name: x for name, x in given.items() if name in ("z", "t")}
    turns = max(1, draws["z"].shape[1] - 1)  # batches of a round: one for each step of D

    def batches(r: int) -> list[Tensor]:
        return [images[(r * turns + t) % len(images)] for t in range(turns)]

    def new() -> dict[str, Tensor]:
        return {"z": torch.randn(draws["z"].shape[1:])} | ({"t": torch.rand(turns, batch)} if "t" in draws else {})

    def play(reals: list[Tensor], draws: Mapping[str, Tensor]) -> list[Tensor]:
        with torch.autocast(device, torch.bfloat16, enabled=dtype == "bfloat16"):
            return played.play(reals, draws)

    checked = [play(batches(r), {n: x[r] for n, x in draws.items()}) for r in range(len(draws["z"]))]
    losses = [[loss.item() for loss in each] for each in checked]
    waited = WAITED.get(device, 1)
    times = []
    for r in range(WARM_UP + rounds // waited if rounds else 0):
        start = time.perf_counter()
        for i in range(waited):
            last = play(batches(r * waited + i), new())
        last[-1].item()
        times.append(1000 * (time.perf_counter() - start) / waited)
    ms = statistics.median(times[WARM_UP:]) if rounds else None
    about = {"python": platform.python_version(), "torch": torch.__version__, "threads": torch.get_num_threads()}
    return {"losses": losses, "ms": ms, "about": about}


if __name__ == "__main__":
    if "--help" in sys.argv:
        sys.exit(print(__doc__))
    print(json.dumps(theirs(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]), sys.argv[5], sys.argv[6])))
