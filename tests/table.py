"""Every recipe, small: a new one is a new row here, and all of the shared tests run on it."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import optax

from jaxgen import recipes
from jaxgen.game import Game, turns
from jaxgen.losses import adversarial
from jaxgen.nets import dcgan, mlp, net, semi_supervised
from jaxgen.nets.classifier import Classifier


class Row(NamedTuple):
    game: Callable[[], Game]
    shape: tuple[int, int, int]  # of its images
    metrics: set[str]  # that it reports
    classes: int = 0  # of its images' labels; 0 is no labels
    labelled: bool = False  # whether the labels are of other images, "labelled"


def _adam() -> optax.GradientTransformation:
    return optax.adam(2e-4, b1=0.5)


def _dcgan(**settings) -> Game:
    G, D = net(dcgan.Generator(16, 1, width=8)), net(dcgan.Discriminator(width=8))
    return recipes.gan(G, D, latent=12, G_tx=_adam(), D_tx=_adam(), **settings)


def _mlp(**settings) -> Game:
    G, D = net(mlp.Generator(8, 3, widths=(16, 32))), net(mlp.Discriminator(widths=(32, 16)))
    return recipes.gan(G, D, latent=10, G_tx=_adam(), D_tx=_adam(), **settings)


def _semi_supervised() -> Game:
    G = semi_supervised.Generator(8, 1, widths=(16, 16))
    D = semi_supervised.Discriminator(4, widths=(32, 16))
    return recipes.semi_supervised(net(G), net(D), latent=10, G_tx=_adam(), D_tx=_adam(), beside=_adam())


GAN = {f"{p}/{m}" for p in "DG" for m in ("loss", "grad_norm", "adversarial")} | {
    f"D/{what}_{kind}" for what in ("accuracy", "score") for kind in ("real", "fake")
}

RECIPES = {
    "gan": Row(_mlp, (8, 8, 3), GAN),
    "gan-minimax": Row(lambda: _mlp(generator_loss=adversarial.minimax, D_turns=3), (8, 8, 3), GAN),
    "dcgan": Row(_dcgan, (16, 16, 1), GAN),
    "classifier": Row(
        lambda: recipes.classifier(net(Classifier(4, width=4)), tx=_adam()),
        (8, 8, 1),
        {"C/loss", "C/grad_norm", "C/cross_entropy", "C/accuracy"},
        classes=4,
    ),
    "semi-supervised": Row(
        _semi_supervised,
        (8, 8, 1),
        {f"{p}/{m}" for p in "DGC" for m in ("loss", "grad_norm")}
        | {f"D/{m}" for m in ("supervised", "unsupervised", "accuracy", "accuracy_real", "accuracy_fake")}
        | {"G/matching", "C/supervised", "C/accuracy"},
        classes=4,
        labelled=True,
    ),
}


def batches(row: Row, rounds: int = 1, size: int = 16, seed: int = 0) -> dict[str, np.ndarray]:
    """Leaves [rounds, turns, size, ...], as data delivers them."""
    rng = np.random.default_rng(seed)
    leading = (rounds, turns(row.game()), size)
    names = ("image", "labelled") if row.labelled else ("image",)
    images = {name: rng.integers(0, 256, (*leading, *row.shape), dtype=np.uint8) for name in names}
    return images | ({"label": rng.integers(0, row.classes, leading, dtype=np.int32)} if row.classes else {})
