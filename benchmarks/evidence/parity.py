"""How far metrics are from the reference implementations on the same input, as a table for the documents.

    make .venv-parity/ready-parity
    .venv-parity/bin/python benchmarks/evidence/parity.py

`make parity` holds bounds on more cases; this writes docs/results/parity.json, with what was seen, and ends in one line
of JSON. Features are random, in float64 where a reference computes in its input's precision.
"""

import json
import warnings
from pathlib import Path

import jax.numpy as jnp
import lpips as reference_lpips
import numpy as np
import prdc as reference_prdc
import skimage.metrics
import torch
import tyro
from torch_fidelity.metric_fid import fid_statistics_to_metric
from torch_fidelity.metric_isc import isc_features_to_metric
from torch_fidelity.metric_kid import kid_features_to_metric

from jaxgen.features import lpips
from jaxgen.metrics import frechet, images, inception_score, kernel, manifold
from jaxgen.metrics.moments import moments
from jaxgen.store.environment import environment, version
from jaxgen.store.folder import write_json

OUT = Path(__file__).resolve().parents[2] / "docs" / "results" / "parity.json"


def features(count: int = 1500, size: int = 192) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(0)
    mix = random.normal(size=(size, size)) / size**0.5
    return random.normal(size=(count, size)) @ mix, 0.2 + 1.1 * random.normal(size=(count, size)) @ mix


def relative(ours: float, theirs: float) -> float:
    return abs(float(ours) - float(theirs)) / abs(float(theirs))


def distances() -> dict[str, float]:
    a, b = features()
    stats = [{"mu": x.mean(0), "sigma": np.cov(x, rowvar=False)} for x in (a, b)]
    theirs = fid_statistics_to_metric(*stats, False)["frechet_inception_distance"]
    kid = kid_features_to_metric(
        torch.tensor(a), torch.tensor(b), kid_subsets=20, kid_subset_size=500, rng_seed=2020, verbose=False
    )
    ours = kernel.distance(a, b, subsets=20, subset_size=500)
    logits = np.random.default_rng(1).normal(size=(2000, 100)) * 3
    isc = isc_features_to_metric(torch.tensor(logits), 10, True, 2020)
    score = inception_score.score(logits, splits=10)
    found = manifold.prdc(a, b, neighbours=5)._asdict()
    expected = reference_prdc.compute_prdc(a, b, nearest_k=5)
    return {
        "Fréchet distance, torch-fidelity": relative(frechet.distance(moments(a), moments(b)), theirs),
        "KID, torch-fidelity": relative(ours.mean, kid["kernel_inception_distance_mean"]),
        "KID's spread, torch-fidelity": relative(ours.std, kid["kernel_inception_distance_std"]),
        "Inception score, torch-fidelity": relative(score.mean, isc["inception_score_mean"]),
        "Inception score's spread, torch-fidelity": relative(score.std, isc["inception_score_std"]),
        **{f"{name}, prdc": abs(value - expected[name]) for name, value in found.items()},
    }


def pairs() -> dict[str, float]:
    random = np.random.default_rng(0)
    a = random.integers(0, 256, (2, 64, 64, 3), np.uint8)
    b = np.clip(a + random.normal(0, 20, a.shape), 0, 255).astype(np.uint8)
    settings = {"channel_axis": 2, "data_range": 255}
    wang = {**settings, "gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False}
    theirs = {
        "PSNR": [skimage.metrics.peak_signal_noise_ratio(x, y, data_range=255) for x, y in zip(a, b)],
        "SSIM": [skimage.metrics.structural_similarity(x, y, **wang) for x, y in zip(a, b)],
        "SSIM, uniform window": [skimage.metrics.structural_similarity(x, y, **settings) for x, y in zip(a, b)],
    }
    ours = {
        "PSNR": images.psnr(a, b),
        "SSIM": images.ssim(a, b),
        "SSIM, uniform window": images.ssim(a, b, window=images.UNIFORM),
    }
    told = {f"{name}, scikit-image": max(map(relative, ours[name], theirs[name])) for name in theirs}
    x, y = (torch.tensor(z).permute(0, 3, 1, 2).float() / 127.5 - 1 for z in (a, b))
    for trunk in ("alex", "vgg"):
        net = lpips.load(trunk)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # torchvision's of its own arguments
            reference = reference_lpips.LPIPS(net=trunk, pnet_rand=True, verbose=False).eval()
        convolutions = [layer for layer in reference.net.modules() if isinstance(layer, torch.nn.Conv2d)]
        for layer, held in zip(convolutions, net.variables["trunk"], strict=True):
            layer.weight.data = torch.tensor(np.asarray(held["kernel"])).permute(3, 2, 0, 1).contiguous()
            layer.bias.data = torch.tensor(np.asarray(held["bias"]))
        expected = reference(x, y).detach().numpy().ravel()
        found = net.distance(net.variables, *(jnp.asarray(z.permute(0, 2, 3, 1).numpy()) for z in (x, y)))
        told[f"LPIPS {trunk}, lpips"] = float(np.max(np.abs(np.asarray(found) - expected)))
    return told


def main() -> None:
    """Compare, and write what was seen."""
    told = {**distances(), **pairs()}
    packages = ("torch", "torch-fidelity", "prdc", "lpips", "scikit-image", "jaxgen")
    write_json(OUT, {"differences": told, "versions": {n: version(n) for n in packages}, "environment": environment()})
    print(json.dumps(told))


if __name__ == "__main__":
    tyro.cli(main, description=__doc__)
