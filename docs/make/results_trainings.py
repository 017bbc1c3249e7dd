"""The part of docs/RESULTS.md about trained runs, and the README's table of what they were."""

import statistics
from typing import Any

from jaxgen.run.log import read_metrics
from tables import RESULTS, load, made_by, plain, table

TITLES = {
    "dcgan": "DCGAN, with any of the named objectives",
    "sngan": "SNGAN: ResNets with spectral norms",
    "gan": "GAN, fully connected, with any of them",
    "energy_based": "GAN whose D is an autoencoder: EBGAN, BEGAN",
    "semi_supervised": "semi-supervised GAN (Improved GAN)",
    "energy": "a discriminator that generates (energy model)",
    "classifier": "classifier of small images",
    "vae": "variational autoencoder",
    "autoencoder": "autoencoder, denoising or not",
    "adversarial_autoencoder": "adversarial autoencoder",
    "vae_gan": "VAE/GAN",
    "pixelvae": "PixelVAE",
    "pixelcnn": "MADE, PixelCNN, gated PixelCNN, PixelCNN++, PixelRNN",
}
BESIDES = (  # systems whose results are not a training's: title, experiment, data
    ("inpainting by gradient descent on z", "inpaint", "mnist; anime_faces/"),
    ("editing on the manifold (iGAN, Neural Photo Editor)", "edit", "anime_faces/"),
    ("many seeds on known densities", "densities", "rings, grids, Stacked MNIST"),
)


def run_facts(name: str) -> dict[str, Any]:
    """What a trained run's own files say."""
    config, lines = load(f"{name}/config.json"), read_metrics(RESULTS / name / "metrics.jsonl")
    waits = [line["data_wait"] for line in lines]
    return {
        "name": name,
        "experiment": config["experiment"],
        "which": config["settings"].get("model") or config["settings"].get("objective", ""),
        "data": f"{config['data']['name']} ({config['data']['images']:,} images)",
        "rounds": lines[-1]["round"],
        "speed": statistics.median(line["images_per_second"] for line in lines),
        "wait": sum(waits) / len(waits),
        "seconds": lines[-1]["seconds"],
        "seed": config["settings"]["seed"],
        "plain": plain(config["settings"]),
        "environment": config["starts"][-1],
    }


def trainings() -> list[dict[str, Any]]:
    return [run_facts(path.parent.name) for path in sorted(RESULTS.glob("*/config.json"))]


def training_section() -> str:
    parts = ["## Trainings"]
    for facts in trainings():
        pictures = sorted((RESULTS / facts["name"]).glob("*.png"))
        parts += [
            f"### {facts['experiment']}{facts['which'] and ', ' + facts['which'] + ','} on {facts['data']}",
            f"{facts['rounds']:,} rounds, {facts['speed']:,.0f} images a second (median), "
            f"{100 * facts['wait']:.2f} % of the time waiting for data, seed {facts['seed']}."
            + (" Made before weights were normalised: today with `--no-weight-norm`." if facts["plain"] else ""),
            made_by(facts["environment"], facts["seconds"]),
            *[f"![{p.stem}](results/{facts['name']}/{p.name})" for p in pictures],
        ]
    return "\n\n".join(parts)


def readme_table() -> str:
    seen: dict[str, list[str]] = {}
    for facts in trainings():
        run = " on ".join(filter(None, (facts["which"] + facts["plain"], facts["data"])))
        seen.setdefault(facts["experiment"], []).append(f"{run}, {facts['rounds']:,} rounds")
    rows = [
        [TITLES.get(name, name), f"[`experiments/{name}.py`](experiments/{name}.py)", "; ".join(runs)]
        for name, runs in seen.items()
    ]
    rows += [[title, f"[`experiments/{name}.py`](experiments/{name}.py)", what] for title, name, what in BESIDES]
    return table(["system", "start it with", "[seen](docs/RESULTS.md)"], rows)
