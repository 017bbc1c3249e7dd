"""docs/systems/classifiers.md: what learns from labels."""

from collections.abc import Mapping
from typing import Any

from system import Line, System, described, family
from tables import load


def _accuracy(found: Mapping[str, Any]) -> str:
    return f"Accuracy on {found['images']:,} test images: {_percent(found)}."


def _percent(found: Mapping[str, Any]) -> str:
    return f"{100 * found['accuracy']:.2f} %"


CLASSIFIER = System(
    "Classifier of small images",
    "experiments/classifiers/classifier.py",
    r"-\log p(y \mid x)",
    "Counts the modes of generators of the same images, and judges what moves in latent space mean.",
    ("classifier-mnist",),
    _accuracy,
)


def page() -> str:
    return family(
        "Classifiers",
        "What learns from labels, for others to measure by. A GAN that learns classes from few labels is on the page "
        "of [GANs](systems/gan.md), and pre-training by an autoencoder on that of "
        "[autoencoders](systems/autoencoders.md).",
        described(CLASSIFIER),
    )


def line() -> Line:
    found = load("classifier-mnist/test.json")
    return Line(
        "the classifier that modes are counted with",
        CLASSIFIER.script,
        f"{_percent(found)} of MNIST's test images right",
    )
