"""docs/systems/conditional.md: what is told what to draw."""

from collections.abc import Mapping
from typing import Any

from system import Line, System, described, family, run_facts
from tables import load

NAME = "labels-mnist"


def _says(found: Mapping[str, Any]) -> str:
    told = found["told"]
    return (
        f"A classifier of MNIST that is right about {100 * found['classifier']:.2f} % of the test images takes "
        f"{100 * told['accuracy']:.2f} % of {told['images']:,} drawn images for the class that was asked for, and "
        f"{100 * min(told['by_class']):.1f} % of the worst class's."
    )


LABELS = System(
    "Conditional GAN",
    "experiments/conditional/labels.py",
    r"""\min_G \max_D\ E\,\log D(x \mid y) + E\,\log(1 - D(G(z \mid y) \mid y))""",
    "Mirza & Osindero 2014, eq. 2, with any of the named objectives: G is told the class beside z, D by planes "
    "beside the image or by projection (Miyato & Koyama 2018). With `--mismatched` D also tells real images beside "
    "wrong classes "
    "(Reed et al. 2016, GAN-CLS). `jaxgen sample RUN --label 3` draws one class.",
    (NAME,),
    says=_says,
    published="CIFAR-10, projection: FID 10.84 (mimicry); not measured by us.",
)


def page() -> str:
    return family("Conditional generation", "What is drawn is told: here classes.", described(LABELS))


def line() -> Line:
    told = load(f"{NAME}/test.json")["told"]
    found = run_facts(NAME)
    return Line(
        "GANs that are told the class: planes, projection, mismatched pairs",
        LABELS.script,
        f"{100 * told['accuracy']:.1f} % of drawn digits are of the class asked for, after {found['rounds']:,} rounds",
    )
