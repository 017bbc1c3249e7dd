"""Likelihoods and bounds, of autoregressive models and of autoencoders."""

from collections.abc import Mapping
from typing import Any

from tables import RESULTS, device, joined, load, metrics, picture, plain, table

# Nats on binarised MNIST's test split. The VAE's is a bound: Burda et al. 2016 (arXiv:1509.00519), table 1, with MNIST
# binarised anew; the others' van den Oord et al. 2016 (arXiv:1601.06759), table 4.
PUBLISHED = {"vae": "≤ 86.8", "pixelcnn": "81.3", "row_lstm": "80.5", "diagonal_bilstm": "79.2"}

PUBLISHED_CIFAR = (
    "CIFAR-10's published 2.92 bits per dimension (Salimans et al. 2017) are out of reach of two CPU cores. The "
    "command is `python experiments/pixels/pixelcnn.py --dataset cifar10 --model pixelcnnpp --filters 160 --resnets 5 "
    "--dropout 0.5 --batch 320 --rounds 31250 --lr 1e-3 --ema 0.9995`, on eight accelerators of 16 GB: nets, batch, "
    "rounds and steps are those of "
    "[google/flax's example](https://github.com/google/flax/tree/main/linen_examples/pixelcnn), whose README reports "
    "2.92 after 38 hours on 8 V100. It was not run here; weights "
    "are normalised and initialised from data as there. The run on a GPU, of smaller nets, had the data as a file, "
    "`cifar10-train.npz`, and was measured by `jaxgen likelihood` on the test images; its step size was still falling "
    "when its time was over."
)


def likelihood_section() -> str:
    rows = []
    for path in sorted([*RESULTS.glob("*/test.json"), *RESULTS.glob("*/likelihood.json")]):
        found, config = load(f"{path.parent.name}/{path.name}"), load(f"{path.parent.name}/config.json")
        if "nll" not in found:
            continue
        data, seconds = config["data"]["name"], metrics(path.parent.name)[-1]["seconds"]
        model = config["settings"].get("model", config["experiment"])
        bound = f" (NLL ≤ {found['nll']:.2f} by {found['nll_samples']} samples)" if "elbo" in found else ""
        if (path.parent / "importance.json").exists():  # by `jaxgen likelihood`, with more samples, of fewer images
            more = load(f"{path.parent.name}/importance.json")
            by = f"{more['nll']:.2f} ± {more['nll_error']:.2f} by {more['nll_samples']:,}"
            bound = f"{bound[:-1]}; {by} on {more['images']} images whose ELBO is {more['elbo']:.2f})"
        nats, bits = (abs(found[f"{'elbo' if bound else 'nll'}{unit}"]) for unit in ("", "_bits_per_dim"))
        rows.append([
            called(config), data, f"{'≤ ' if bound else ''}{nats:.2f}{bound}", f"{bits:.4f}", f"{found['images']:,}",
            f"{found.get('rounds', found.get('round')):,}", f"{seconds / 60:.0f}", device(config["starts"][-1]),
            PUBLISHED.get(model, "") if "binarized" in data else "",
        ])  # fmt: skip
    head = ["model", "data", "nats", "bits/dim", "test images", "rounds", "minutes", "on", "published nats"]
    words = (
        "Negative log-likelihoods of test images, by the averaged parameters; ELBOs of VAEs. Pixels are as in the "
        "data: black and white ones are not binarised anew, and 256 levels not dequantised. Minutes are wall-clock, on "
        "cores that other programs used too; a round's images are in the command of each training, below and on the "
        "page of [autoencoders](systems/autoencoders.md). More samples of fewer images "
        "are by `jaxgen likelihood RUN --samples COUNT --images COUNT`, seed 0."
    )
    shown = picture(RESULTS / "likelihood-curves.png", "bits per dimension by minutes of training")
    return joined("## Likelihoods", words, table(head, rows), shown, PUBLISHED_CIFAR)


def called(config: Mapping[str, Any]) -> str:
    """A run's model, in a table or beside a curve."""
    return config["settings"].get("model", config["experiment"]) + plain(config["settings"])


def words_of(found: Mapping[str, Any]) -> str:
    """What a run's test.json says of its likelihood."""
    which = f"{found['images']:,} {found['measured_on']} images"
    if "elbo" not in found:
        return f"On {which}: {found['nll']:.2f} nats an image, {found['nll_bits_per_dim']:.4f} bits per dimension."
    return (
        f"On {which}: at most {-found['elbo']:.2f} nats an image by the ELBO, of which the code's divergence is "
        f"{found['kl']:.2f}, and at most {found['nll']:.2f} by {found['nll_samples']} samples."
    )
