"""The part of docs/RESULTS.md that is about explicit densities: likelihoods, sampling, pre-training."""

from collections.abc import Mapping
from typing import Any

from matplotlib.figure import Figure

from jaxgen.run.log import read_metrics
from tables import RESULTS, accelerator, device, load, made_by, plain, spread, table

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
        data, seconds = config["data"]["name"], read_metrics(path.parent / "metrics.jsonl")[-1]["seconds"]
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
    if not rows:
        return ""
    head = ["model", "data", "nats", "bits/dim", "test images", "rounds", "minutes", "on", "published nats"]
    words = (
        "Negative log-likelihoods of test images, by the averaged parameters; ELBOs of VAEs. Pixels are as in the "
        "data: black and white ones are not binarised anew, and 256 levels not dequantised. Minutes are wall-clock, on "
        "cores that other programs used too; a round's images are in the command of each training, below. More "
        "samples of fewer images are by `jaxgen likelihood RUN --samples COUNT --images COUNT`, seed 0."
    )
    curves().savefig(RESULTS / "likelihood-curves.png", dpi=100)
    picture = "![bits per dimension by minutes of training](results/likelihood-curves.png)"
    return "\n\n".join(["## Likelihoods", words, table(head, rows), picture, PUBLISHED_CIFAR])


def called(config: Mapping[str, Any]) -> str:
    """A run's model, in a table or beside a curve."""
    return config["settings"].get("model", config["experiment"]) + plain(config["settings"])


def curves() -> Figure:
    """Bits per dimension of the images trained on, by minutes, of every autoregressive run."""
    figure = Figure(figsize=(9, 3.5), layout="constrained")
    axes = dict(zip(("binarised MNIST", "CIFAR-10"), figure.subplots(1, 2)))
    for path in sorted(RESULTS.glob("*/metrics.jsonl")):
        lines = [line for line in read_metrics(path) if "P/bits_per_dim" in line]
        if lines and any(name in path.parent.name for name in ("binarized", "cifar")):
            axis = axes["CIFAR-10" if "cifar" in path.parent.name else "binarised MNIST"]
            minutes, bits = [line["seconds"] / 60 for line in lines], [line["P/bits_per_dim"] for line in lines]
            config = load(f"{path.parent.name}/config.json")
            label = ", ".join(filter(None, (called(config), accelerator(config["starts"][-1]))))
            axis.plot(minutes, bits, label=label, linewidth=1)
    for (name, axis), top in zip(axes.items(), (0.22, 8)):
        axis.set(title=name, xlabel="minutes", ylabel="bits per dimension", ylim=(None, top))
        axis.legend()
    return figure


PRECISIONS = {"default": ", default precision", "highest": ", full float32"}  # of JSON that says it


def sampling_section() -> str:
    found = [load(path.name) for path in sorted(RESULTS.glob("sampling-*.json"))]
    if not found:
        return ""
    rows = [
        [r["model"], device(r["environment"]) + PRECISIONS.get(r.get("matmul_precision", ""), ""),
         f"{r['filters']} / {r['depth']}", f"{r['size']}x{r['size']}x3", r["batch"], f"{r['naive_s']:,}",
         r["cached_s"], f"{r['ratio']:,.0f}", "yes" if r["equal"] else "no", f"{r['cache_bytes'] / 1e6:.1f}",
         f"`{r['environment']['command']}`"]
        for r in sorted(found, key=lambda r: (r["model"], r["size"], r["filters"], device(r["environment"])))
    ]  # fmt: skip
    head = "model|on|filters / depth|images|at once|naive, s|cached, s|ratio|equal|cache, MB|by".split("|")
    environment = next(r["environment"] for r in found if " cores, " in device(r["environment"]))
    words = (
        "Both sides compiled, from the same weights and keys. Naive sampling is timed on its first pixels, each of "
        f"which costs the same, and scaled up. Cores: {environment['processor']}, "
        f"jax {environment['packages']['jax']}, {environment['time'][:10]}. On a GPU products are TF32 by default, "
        "which rounds too much for samples to be the same, or full float32; there whole images cost naive sampling "
        "little, and a cached pixel is a chain of many small operations that wait for each other."
    )
    return "\n\n".join(["## Sampling pixel by pixel", words, table(head, rows)])


def pretraining_section() -> str:
    path = RESULTS / "pretraining.json"
    if not path.exists():
        return ""
    found = load(path.name)
    s = found["settings"]
    percent = {
        (r["labels"], r["weights"], r["trained"]): {k: 100 * v for k, v in r["accuracy"].items()} for r in found["rows"]
    }
    ways = [(weights, way) for way in ("linear probe", "fine-tuned") for weights in ("random", "pre-trained")]
    rows = [
        [count, *[spread(percent[count, weights, way], 1) for weights, way in ways]]
        for count in sorted({count for count, _, _ in percent})
    ]
    words = (
        f"Accuracy on the whole test split of {s['dataset']}, in percent, mean and deviation of {s['seeds']} seeds, "
        "each with weights and labels of its own. Pre-trained: the encoder of a dense denoising autoencoder "
        f"({100 * s['masked']:.0f} % masking noise, {s['rounds']:,} rounds of 128 images, no labels). Random: the same "
        f"encoder as it begins. {s['classifier_rounds']} rounds of 100 labelled images for all, one setting, no early "
        "stopping."
    )
    head = ["labels", *[f"{weights}, {way}" for weights, way in ways]]
    parts = ["## Pre-training by an autoencoder", words, table(head, rows)]
    return "\n\n".join([*parts, made_by(found["environment"], found["seconds"])])
