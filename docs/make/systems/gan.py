"""docs/systems/gan.md: generators and discriminators."""

from collections.abc import Mapping
from typing import Any

from measured.latent import latent_meaning
from system import Line, System, described, family
from tables import load

OBJECTIVE = r"""D:\ \mathrm{softplus}(-D(x)) + \mathrm{softplus}(D(G(z)))
G:\ \mathrm{softplus}(-D(G(z)))"""

MLP = System(
    "GAN, fully connected",
    "experiments/gan/gan.py",
    OBJECTIVE,
    "Goodfellow et al. 2014, with the non-saturating cost of G; `--objective` takes any of the named ones.",
    ("gan-mnist",),
)
DCGAN = System(
    "DCGAN",
    "experiments/gan/dcgan.py",
    OBJECTIVE
    + r"""
\text{r3gan:}\quad D:\ \mathrm{softplus}(D(G(z)) - D(x)) + w\,(\lVert\nabla D(x)\rVert^2 + \lVert\nabla D(G(z))\rVert^2)
\phantom{\text{r3gan:}}\quad G:\ \mathrm{softplus}(D(x) - D(G(z)))""",
    "Radford, Metz & Chintala 2016, with any of the named objectives; the faces by that of R3GAN (Huang et al. 2024). "
    "`demo` is what `make demo` trains.",
    ("dcgan-mnist", "demo", "faces-dcgan"),
    published="FID 28.95 on CIFAR-10, 10,000 images beside 10,000 (mimicry's DCGAN). Ours has not been measured there.",
)
SNGAN = System(
    "SNGAN",
    "experiments/gan/sngan.py",
    r"""D:\ \max(0, 1 - D(x)) + \max(0, 1 + D(G(z))),\quad W \leftarrow W / \sigma(W)
G:\ -D(G(z))""",
    "ResNets with spectral norms and the hinge loss, Miyato et al. 2018.",
    ("sngan-mnist",),
)
ENERGY_BASED = System(
    "GANs whose D is an autoencoder: EBGAN, BEGAN",
    "experiments/gan/energy_based.py",
    r"""D(x) = \mathrm{mean}\,|\mathrm{dec}(E(x)) - x|^p
\text{ebgan, } p = 2:\quad D:\ D(x) + \max(0, m - D(G(z))),\quad G:\ D(G(z)) + w\,\mathrm{PT}(E(G(z)))
\text{began, } p = 1:\quad D:\ D(x) - k\,D(G(z)),\quad G:\ D(G(z)),\quad"""
    + r" k \leftarrow k + \lambda\,(\gamma\,D(x) - D(G(z)))",
    "Zhao, Mathieu & LeCun 2017, with the pulling-away term PT; Berthelot, Schumm & Metz 2017.",
    ("ebgan-mnist", "began-mnist"),
)


def _semi_supervised(found: Mapping[str, Any]) -> str:
    return (
        f"With {found['labels']} labels, {100 * found['error']:.2f} % of {found['images']:,} {found['measured_on']} "
        f"images get the wrong class; by a plain classifier of the same labels {100 * found['plain_error']:.2f} %."
    )


SEMI_SUPERVISED = System(
    "Semi-supervised GAN (Improved GAN)",
    "experiments/gan/semi_supervised.py",
    r"""Z(x) = \textstyle\sum_k e^{l_k(x)},\quad D(x) = Z(x) / (Z(x) + 1)
D:\ -\log p(y \mid x) - \tfrac12 (\log D(x) + \log(1 - D(G(z))))
G:\ \lVert \mathbb{E} f(x) - \mathbb{E} f(G(z)) \rVert^2 / m""",
    "Salimans et al. 2016, section 5: D tells classes and fakes apart, and G matches the mean of D's m features f. "
    "A plain classifier learns beside it from the same labels alone.",
    ("semi-supervised",),
    _semi_supervised,
)
FAILURE_MODES = System(
    "Failure modes, caused on purpose",
    "experiments/gan/failure_modes.py",
    OBJECTIVE,
    "A small DCGAN with one setting made bad, which is its cure when it is put back. What the runs look like, and how "
    "often they are recognised: [diagnostics](diagnostics.md).",
    unseen="",
)
DENSITIES = System(
    "Many seeds on known densities",
    "experiments/gan/densities.py",
    r"\mathrm{JSD}(p, p_G) = \tfrac12 \mathrm{KL}(p \,\|\, m) + \tfrac12 \mathrm{KL}(p_G \,\|\, m),"
    r"\quad m = \tfrac12 (p + p_G)",
    "Rings and grids of Gaussians, a mixture on a line, and Stacked MNIST, all seeds in one program. The figures, and "
    "those of every named objective: [objectives](objectives.md).",
    unseen="",
)


def page() -> str:
    return family(
        "GANs",
        "Two players: D tells real images from fakes, G makes fakes. The named objectives, `--objective`, are in "
        "[objectives.py](../src/jaxgen/recipes/objectives.py), and what they do beside each other is in "
        "[objectives](objectives.md).",
        *[described(one) for one in (MLP, DCGAN, SNGAN, ENERGY_BASED, SEMI_SUPERVISED, FAILURE_MODES, DENSITIES)],
        latent_meaning(),
    )


def line() -> Line:
    found = load("densities/stacked-r3gan.json")
    return Line(
        "GAN, DCGAN, SNGAN, with any of the named objectives; EBGAN, BEGAN; semi-supervised GAN; known densities",
        DCGAN.script,
        f"{found['modes']['mean']:,.0f} of 1,000 modes of Stacked MNIST (R3GAN's objective)",
    )
