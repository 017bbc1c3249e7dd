"""docs/results/likelihood-curves.png, drawn anew where the pages are written."""

from matplotlib.figure import Figure

from measured.likelihoods import called
from tables import RESULTS, accelerator, load, metrics


def draw() -> None:
    curves().savefig(RESULTS / "likelihood-curves.png", dpi=100)


def curves() -> Figure:
    """Bits per dimension of the images trained on, by minutes, of every autoregressive run."""
    figure = Figure(figsize=(9, 3.5), layout="constrained")
    axes = dict(zip(("binarised MNIST", "CIFAR-10"), figure.subplots(1, 2)))
    for path in sorted(RESULTS.glob("*/metrics.jsonl")):
        lines = [line for line in metrics(path.parent.name) if "P/bits_per_dim" in line]
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
