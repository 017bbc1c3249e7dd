"""What is told sentences: a part of docs/systems/conditional.md."""

from collections.abc import Mapping
from typing import Any

from system import System, described
from tables import RESULTS, joined, load, made_by, percent, plot, table

FACES = ("text-faces", "text-faces-near", "text-faces-between", "text-faces-wide")
BIRDS, STAGES, STYLE = "text-birds", "stages.json", "style-faces"
WORDS = ("captions-faces", "captions-birds")


def _there(*names: str) -> tuple[str, ...]:
    return tuple(name for name in names if (RESULTS / name / "config.json").exists())


def _found(found: Mapping[str, Any]) -> str:
    words = (
        f"Of {100 * found['r_precision']:.1f} % of {found['images']:,} images that it was not trained on "
        f"(`{found['measured_on']}`) the own sentence is found among {round(1 / found['chance'])}; by chance of "
        f"{100 * found['chance']:.0f} %."
    )
    if "class_accuracy" not in found:
        return words
    return (
        f"{words} {100 * found['class_accuracy']:.1f} % are of the class of {found['classes']} whose sentences have "
        "the largest mean product with them."
    )


CAPTIONS = System(
    "An encoder of sentences",
    "experiments/conditional/captions.py",
    r"""\frac{1}{N}\sum_{n, m}\bigl[\Delta + v_n \cdot t_m - v_n \cdot t_n\bigr]_+ """
    r"""+ \bigl[\Delta + v_m \cdot t_n - v_n \cdot t_n\bigr]_+""",
    "Reed et al. 2016 (arXiv:1605.05395), eq. 2 to 6, the authors' code's sum over the batch in the place of the worst "
    "class: a GRU or convolutions over words, and a net of images, so that what belongs together has the larger "
    "product. A word in twenty is taken for the unknown one, so that words never seen have a vector.",
    _there(*WORDS),
    says=_found,
)


def _says(found: Mapping[str, Any]) -> str:
    parts = [name for name in ("trained with", "left out") if name in found]
    words = []
    for part in parts:
        for what, told in found[part].items():
            label = {"drawn": "drawn", "real": "real, not trained on", "another's": "drawn, another's sentence"}[what]
            row = [part, label, told["images"], *(percent(told[name]) for name in told if name != "images")]
            words.append(row)
    if not words:
        return _of_any(found)
    head = ["sentences", "images", "how many", "hair, %", "eyes, %", "both, %"]
    counts = found["sentences"]
    text = (
        f"Of how many images classifiers of real faces say the words of the sentence: of {counts['trained with']} "
        f"sentences that were trained with, and of {counts['left out']} whose images neither it nor its encoder saw, "
        "which are in the picture, a row each. Wanted were 80 % of hair and 60 % of eyes."
    )
    return joined(text, table(head, words), _of_any(found))


def _of_any(found: Mapping[str, Any]) -> str:
    told = found.get("found")
    if not told:
        return ""
    return (
        f"The own sentence is found among {round(1 / told['drawn']['chance'])} of "
        f"{percent(told['drawn']['r_precision'])} % of the drawn images, of {percent(told['real']['r_precision'])} % "
        f"of real ones that were not trained on, and of {percent(told['another' + chr(39) + 's']['r_precision'])} % of "
        f"drawn ones beside another's sentence; by chance of {percent(told['drawn']['chance'])} %."
    )


TEXT = System(
    "Text-conditional GAN (GAN-CLS, GAN-INT)",
    "experiments/conditional/text.py",
    r"""\mathcal{L}_D = \log D(x, t) + \tfrac{1}{2}\bigl(\log(1 - D(x, \hat{t})) + \log(1 - D(G(z, t), t))\bigr)""",
    "Reed et al. 2016 (arXiv:1605.05396), algorithm 1, with any of the named objectives: D also tells real images "
    "beside other images' sentences, and with `--between` G also draws what lies half way between two (GAN-INT). "
    "Sentences come as vectors of an encoder that `--begin-with` brings and nobody trains here, or as the field "
    '`embedding` of the data. `jaxgen sample RUN --caption "blue hair red eyes"` draws one, `jaxgen interpolate RUN '
    "--between told --caption A B` goes from one to the other with the code fixed.",
    _there(*FACES, BIRDS),
    says=_says,
    published="flowers and birds of 64 pixels, judged by eye.",
)
STACKGAN = System(
    "StackGAN",
    "experiments/conditional/stackgan.py",
    r"""\mathcal{L}_G = -\log D(G(z, c), t) + \lambda\,D_{KL}\bigl(N(\mu(t), \Sigma(t))\,\|\,N(0, I)\bigr)""",
    "Zhang et al. 2017 (arXiv:1612.03242), eq. 3 to 6: what G knows of a sentence is drawn, c from N(mu(t), Sigma(t)). "
    "Stage 2 sees the small image of stage 1's G, which `--begin-with` brings and which stays as it is, and the "
    "sentence again. The paper's weight of the divergence is 1; the authors' code, and the default here, has 2 for the "
    "mean over 128 numbers, 1/64 of it.",
    published="birds of 256 pixels: Inception score 3.70 beside GAN-CLS's 2.88 (table 1).",
    unseen="",
)
STYLES = System(
    "Style",
    "experiments/conditional/style.py",
    r"""\mathcal{L}_S = E\,\|z - S(G(z, t))\|^2""",
    "Reed et al. 2016, eq. 6: S finds the code that an image was drawn by. The picture's rows: a real image that was "
    "not trained on, what is drawn by its style and its own sentence, and by the sentences of the other rows.",
    _there(STYLE),
)


def stages() -> str:
    """StackGAN's two stages beside GAN-CLS; nothing where nothing is measured."""
    if not (RESULTS / STAGES).exists():
        return STACKGAN.unseen
    found = load(STAGES)
    rows = [
        [name, f"{one['seconds'] / 60:.0f}", percent(one["word 1"]), percent(one["word 3"]), f"{one['kid']:.4f}"]
        for name, one in found["found"].items()
    ]
    head = ["faces of 64 pixels", "trained, minutes", "hair, %", "eyes, %", "KID"]
    words = (
        f"{found['images']:,} images of the sentences of as many real ones that were not trained on. KID by "
        "EfficientNet-Lite0 beside these; words by the classifiers above, which see 32 pixels. Minutes are those of "
        "one core with other work beside; the second stage's hold the first one's."
    )
    return joined(words, table(head, rows), made_by(found["environment"]), plot(STAGES))


def sections() -> list[str]:
    """All of them."""
    return [described(CAPTIONS), described(TEXT), joined(described(STACKGAN), stages()), described(STYLES)]
