"""Of docs/systems/translation.md: colours, label maps, attributes."""

from collections.abc import Mapping
from typing import Any

from system import System, described
from tables import RESULTS, joined, load, table


def kept(*names: str) -> tuple[str, ...]:
    """Those of some runs that docs/results has."""
    return tuple(name for name in names if (RESULTS / name / "config.json").exists())


def _coloured(found: Mapping[str, Any]) -> str:
    if "gan" not in found:
        return ""
    regression, gan, real = found["regression"], found["gan"], found["real"]
    return (
        f"Colourfulness (Hasler & Suesstrunk 2003) of {found['images']:,} images that were not trained on: "
        f"{regression['colourfulness']:.1f} by regression, {gan['colourfulness']:.1f} by the GAN, "
        f"{real['colourfulness']:.1f} of the real ones. PSNR of a* and b*: {regression['psnr_ab']:.1f} dB by "
        f"regression, {gan['psnr_ab']:.1f} dB by the GAN, {found['mean']['psnr_ab']:.1f} dB of the mean colour of all."
    )


COLOUR = System(
    "Colours for grey photographs",
    "experiments/translation/colour.py",
    r"""\min_G \max_D\ E\,\log D(L, ab) + E\,\log(1 - D(L, G(L))) + \lambda\,E\,|ab - G(L)|_1""",
    "pix2pix from lightness to colour, in CIE L\\*a\\*b\\* by D65; with `--adversarial 0` a regression, whose colours "
    "are the middle of those that could be. `jaxgen colourise RUN FOLDER` keeps the lightness of what it is given: "
    "where sRGB has no such colour, it takes the same hue nearer to grey.",
    kept("colour-faces", "colour-photos"),
    says=_coloured,
)


def _segmented(found: Mapping[str, Any]) -> str:
    return (
        f"On the {found['images']} images of {found['measured_on']}: mean IoU {100 * found['mean_iou']:.1f} %, "
        f"boundary F {100 * found['boundary_f']:.1f} %, {100 * found['accuracy']:.1f} % of the pixels."
    )


SEGMENTATION = System(
    "Segmentation with an adversary",
    "experiments/translation/segment.py",
    r"""\min_S \max_D\ E\,H(y, S(x)) + \lambda\,\bigl(E\,\log D(x, y) + E\,\log(1 - D(x, S(x)))\bigr)""",
    "Luc et al. 2016, eq. 1: cross-entropy, and a D that tells maps of probabilities from label maps. The segmenter is "
    "a small U-Net, D a PatchGAN of the image beside the map (`--encoding product`: of the image cut out by each "
    "class). `--adversarial 0` trains the segmenter alone. Pixels of `--void` count for nothing. `jaxgen segment RUN "
    "FOLDER` writes label maps.",
    kept("segment-streets", "segment-horses"),
    says=_segmented,
)


def seeds() -> str:
    """Alone and with an adversary, over seeds."""
    parts = []
    for file in sorted(RESULTS.glob("segmentation-*.json")):
        found = load(file.name)
        rows = [
            [
                "alone"
                if not kind["adversarial"]
                else f"adversary, weight {kind['adversarial']:g}, {kind['encoding']}",
                len(kind["seeds"]),
                *[_spread(kind[name]) for name in ("mean_iou", "boundary_f", "accuracy")],
            ]
            for kind in found["kinds"]
        ]
        header = ["", "seeds", "mean IoU, %", "boundary F, %", "pixels right, %"]
        parts.append(
            f"{file.stem.partition('-')[2]}, {found['images']} images of {found['measured_on']}; mean and standard "
            f"deviation over seeds:\n\n{table(header, rows)}"
        )
    return joined("### Does the adversary help?", *parts) if parts else ""


def _spread(figure: Mapping[str, Any]) -> str:
    beside = "" if figure["deviation"] is None else f" ± {100 * figure['deviation']:.1f}"
    return f"{100 * figure['mean']:.1f}{beside}"


def _changed(found: Mapping[str, Any]) -> str:
    told = [
        f"{100 * one['right']:.1f} % of the images have the {of} that was asked for"
        + "".join(f", {100 * share:.1f} % keep their {other}" for other, share in one["kept"].items())
        for of, one in found["changed"].items()
    ]
    real = ", ".join(f"{100 * share:.1f} % ({of})" for of, share in found["real"].items())
    return (
        f"By classifiers of real images that are right of {real} of the {found['images']:,} images, which were not "
        f"trained on: {'; '.join(told)}. Drawn with their own attributes they are {found['psnr']['mean']:.1f} dB from "
        "themselves."
    )


ATTGAN = System(
    "Changed attributes (AttGAN)",
    "experiments/translation/attributes.py",
    r"""\min_G\ \lambda_1\,E\,|x - G(x, a)|_1 + \lambda_2\,E\,H(b, C(G(x, b))) - E\,D(G(x, b))
\min_{D, C}\ \lambda_3\,E\,H(a, C(x)) - E\,D(x) + E\,D(G(x, b)) + \lambda\,E\,(\lVert\nabla D\rVert - 1)^2""",
    "He et al. 2019, eq. 10 and 11: an encoder and a decoder that is told attributes; a classifier that shares D's "
    "body finds them in what is drawn with others, and what is drawn with its own is the image. `jaxgen apply RUN "
    "photo.png --set hair=green smiling:2` sets some, the classifier says the others.",
    kept("attgan-faces", "attgan-people"),
    says=_changed,
)


def sections() -> list[str]:
    return [described(COLOUR), described(SEGMENTATION), seeds(), described(ATTGAN)]
