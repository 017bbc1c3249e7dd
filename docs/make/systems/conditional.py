"""docs/systems/conditional.md: what is told what to draw."""

from collections.abc import Mapping
from typing import Any

from measured.conditions import conditions
from measured.imbalance import imbalance
from system import Line, System, described, family, run_facts
from systems import sentences
from tables import RESULTS, load, percent

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
    "Mirza & Osindero 2014, eq. 2, with any of the named objectives: G is told the class beside z or by conditional "
    "BatchNorm, D by planes beside the image or by projection (Miyato & Koyama 2018). With `--mismatched` D also tells "
    "real images beside wrong classes (Reed et al. 2016, GAN-CLS). With `--condition auxiliary` D is not told the "
    "class, and says it (AC-GAN, Odena et al. 2017). `jaxgen sample RUN --label 3` draws one class.",
    (NAME,),
    says=_says,
    published="CIFAR-10, projection: FID 10.84 (mimicry); not measured by us.",
)


def _codes(found: Mapping[str, Any]) -> str:
    runs = found["runs"]
    named = [", ".join(f"c{i + 1} {_most(each)}" for i, each in enumerate(run["numbers"])) for run in runs]
    return (
        f"Classes of the code are given digits by 10,000 labels; then {100 * found['accuracy']:.1f} % of the test "
        f"images fit, in the mean of {len(runs)} seeds ({', '.join(percent(run['accuracy']) for run in runs)}). What "
        f"moves most with each number of the code, and its correlation: {'; '.join(named)}."
    )


def _most(correlations: Mapping[str, float]) -> str:
    name = max(correlations, key=lambda name: abs(correlations[name]))
    return f"{name} ({correlations[name]:+.2f})"


INFOGAN_NAME = "infogan-mnist"
INFOGAN = System(
    "InfoGAN",
    "experiments/conditional/infogan.py",
    r"""\min_{G, Q} \max_D\ V(D, G) - \lambda\,\bigl(E\,\log Q(c \mid G(z, c)) + H(c)\bigr)""",
    "Chen et al. 2016, eq. 5 and 6: some of what G draws by can be read off its images, by a Q that shares D's body. "
    "`jaxgen sample RUN --code 4` draws one class of the code, `jaxgen traverse RUN --code 4 --rows 2` moves its "
    "numbers.",
    (INFOGAN_NAME,) if (RESULTS / INFOGAN_NAME).exists() else (),
    says=_codes,
    published="5 % of MNIST's digits do not fit (section 7.2).",
)


BAGAN = System(
    "BAGAN",
    "experiments/conditional/bagan.py",
    r"""z = \mu_c + \Sigma_c^{1/2} \epsilon, \qquad \min_G -E\,\log D_c(G(z))
\min_D -E\,\log D_c(x) - \tfrac{1}{n}\,E\,\log D_{\mathrm{fake}}(G(z))""",
    "Mariani et al. 2018: an autoencoder of all classes is G and D at first (`--begin-with`), and images of a class "
    "are drawn from the Gaussian of its codes, which is measured once and lies in every checkpoint. D is one softmax "
    "of the classes and of fakes; with `--heads two` it has a score of being real beside a softmax of the classes, "
    "as in AC-GAN, and takes any `--objective`. `--cut 0 0.025` makes a class rare, for every experiment.",
    unseen="",
)


def _placed(found: Mapping[str, Any]) -> str:
    if "drawn" not in found:
        return ""
    drawn, real = found["drawn"], found["real"]
    return (
        f"A net that finds birds overlaps by {drawn['box']:.2f} with the box that was asked for, in {found['images']} "
        f"images drawn by sentences and boxes that were held out, and by {drawn['another']:.2f} with another one's; in "
        f"the held-out real images by {real['box']:.2f} with their own box and {real['another']:.2f} with another's. "
        f"Such boxes overlap by {found['boxes']:.2f} with each other."
    )


GAWWN_NAMES = ("gawwn-boxes", "gawwn-points")
GAWWN = System(
    "What and where (GAWWN)",
    "experiments/conditional/gawwn.py",
    r"""\min_G \max_D\ E\,\log D(x, t, l) + \tfrac{1}{2} E\,\log(1 - D(x, t', l))
+ \tfrac{1}{2} E\,\log(1 - D(G(z, t, l), t, l))""",
    "Reed et al. 2016: a GAN that is told a sentence and a place. A spatial transformer brings features into the "
    "box, in G, and out of it, in D, beside a global pathway; keypoints are heatmaps. With `--place points` a second "
    "GAN learns the keypoints that are not given. `jaxgen sample RUN --caption ... --box 0.2,0.2,0.5,0.5`, or "
    "`--keypoints FILE`.",
    tuple(name for name in GAWWN_NAMES if (RESULTS / name / "config.json").exists()),
    says=_placed,
    published="pictures of CUB's 11,788 birds at 128 pixels; here 543 birds.",
)


def page() -> str:
    words = "What is drawn is told: classes, codes that a net finds by itself, sentences, places, rare classes."
    parts = [described(LABELS), conditions(), described(INFOGAN), *sentences.sections()]
    return family("Conditional generation", words, *parts, described(GAWWN), described(BAGAN), imbalance())


def line() -> Line:
    told = load(f"{NAME}/test.json")["told"]
    found = run_facts(NAME)
    return Line(
        "GANs that are told classes (also AC-GAN), sentences (GAN-CLS, StackGAN), places (GAWWN); InfoGAN, BAGAN",
        LABELS.script,
        f"{100 * told['accuracy']:.1f} % of drawn digits are of the class asked for, after {found['rounds']:,} rounds",
    )
