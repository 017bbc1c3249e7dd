"""The Fréchet distance of two sets of images, all of it, beside torch-fidelity on the same machine.

    make .venv-parity/ready-parity
    .venv-parity/bin/python benchmarks/speed/against_torch_fidelity.py --images 5000

Both sides resize uint8 images of 32 pixels to 299, send them through the FID's Inception-v3 and compute the distance.
The weights are random, the same on both sides and written to a file that both read: time does not depend on them. Both
have as many threads as this process has cores. Ends in one line of JSON with torch_fidelity_s, ours_s, ratio (of
wall-clock; cpu_ratio is that of processor time, which other programs disturb less) and how much the distances differ.
"""

import json
import os
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jax
import numpy as np
import torch
import torch_fidelity
import tyro

from jaxgen.data import open_source
from jaxgen.data.source import in_memory
from jaxgen.executors import data_mesh
from jaxgen.features import inception
from jaxgen.measure.evaluate import evaluate, of_source
from jaxgen.metrics import scores
from jaxgen.metrics.protocol import PRESETS
from jaxgen.store.environment import environment
from jaxgen.store.folder import write_json

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Config:
    # Images of 32 pixels in colour: train and test splits are the two sets.
    dataset: str = "cifar10"
    # Images in each of the two sets.
    images: int = 5_000
    # Where TFDS keeps prepared data sets.
    data_dir: Path | None = None
    # Images in a batch, on both sides.
    batch: int = 64
    # Where the figures go.
    out: Path = ROOT / "docs" / "results" / "fidelity-speed.json"


class Images(torch.utils.data.Dataset):
    """uint8 [C, H, W], as torch-fidelity wants them."""

    def __init__(self, images: np.ndarray):
        self.images = torch.tensor(images).permute(0, 3, 1, 2).contiguous()

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, i: int) -> torch.Tensor:
        return self.images[i]


def random_weights(path: Path) -> None:
    """A state dict of the FID's Inception whose activations keep their scale from layer to layer."""
    generator, state = torch.Generator().manual_seed(0), {}
    for name, shape in shapes().items():
        if name.endswith("running_var"):
            state[name] = 0.5 + torch.rand(shape, generator=generator)
        elif len(shape) == 4:
            state[name] = torch.randn(shape, generator=generator) * (2 / np.prod(shape[1:])) ** 0.5
        elif name.endswith("bn.weight"):
            state[name] = 0.8 + 0.4 * torch.rand(shape, generator=generator)
        else:
            state[name] = 0.05 * torch.randn(shape, generator=generator)
    torch.save(state, path)


def shapes() -> dict[str, tuple[int, ...]]:
    found: dict[str, tuple[int, ...]] = {"fc.weight": (1008, 2048), "fc.bias": (1008,)}
    for name, (enters, leaves, height, width) in inception.convolutions().items():
        found[f"{name}.conv.weight"] = (leaves, enters, height, width)
        found |= {f"{name}.bn.{part}": (leaves,) for part in ("weight", "bias", "running_mean", "running_var")}
    return found


def timed(distance: Callable[..., float], *xs: Any) -> tuple[float, float, float]:
    """The distance, seconds of wall-clock and of processor time, compilation included."""
    wall, processor = time.perf_counter(), time.process_time()
    found = distance(*xs)
    return found, time.perf_counter() - wall, time.process_time() - processor


def theirs(sets: list[np.ndarray], weights: Path, batch: int) -> float:
    found = torch_fidelity.calculate_metrics(
        input1=Images(sets[0]), input2=Images(sets[1]), fid=True, cuda=False, cache=False, verbose=False,
        batch_size=batch, feature_extractor_weights_path=str(weights), save_cpu_ram=True,
    )  # fmt: skip
    return found["frechet_inception_distance"]


def ours(sets: list[np.ndarray], weights: Path) -> float:
    through = inception.load(weights, other="random weights")
    real, fake = (of_source(in_memory("set", {"image": x}), None, 0, {"name": "set"}) for x in sets)
    mesh = data_mesh(jax.devices()[:1])
    found = evaluate(fake, real, scores.chosen("fid"), PRESETS["mimicry"], through, mesh)
    return found.scores[0].value


def main(config: Config) -> None:
    """Measure both sides, one after the other."""
    torch.set_num_threads(len(os.sched_getaffinity(0)))
    sets = []
    for split in ("train", "test"):
        source = open_source(config.dataset, split=split, data_dir=config.data_dir)
        sets.append(source.read(np.arange(min(config.images, source.length)))["image"])
    with tempfile.TemporaryDirectory() as place:
        weights = Path(place) / "weights.pth"
        random_weights(weights)
        our_distance, our_time, our_cpu = timed(ours, sets, weights)
        their_distance, their_time, their_cpu = timed(theirs, sets, weights, config.batch)
    result = {
        "images": [len(x) for x in sets],
        "ours_s": round(our_time, 1),
        "torch_fidelity_s": round(their_time, 1),
        "ratio": round(their_time / our_time, 3),
        "ours_cpu_s": round(our_cpu, 1),
        "torch_fidelity_cpu_s": round(their_cpu, 1),
        "cpu_ratio": round(their_cpu / our_cpu, 3),
        "cores": len(os.sched_getaffinity(0)),
        "distance": our_distance,
        "relative_difference": abs(our_distance - their_distance) / abs(their_distance),
        "versions": {"torch": torch.__version__, "torch-fidelity": torch_fidelity.__version__},
    }
    write_json(config.out, {**result, "environment": environment()})
    print(json.dumps(result))


if __name__ == "__main__":
    main(tyro.cli(Config, description=main.__doc__))
