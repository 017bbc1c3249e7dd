"""docs/systems/translation.md: images from images."""

from collections.abc import Mapping
from typing import Any

from system import Line, System, described, family
from systems import photographs
from tables import load

NAME = "pix2pix-facades"


def _says(found: Mapping[str, Any]) -> str:
    ours, another, mean = found["drawn"], found["another"], found["mean"]
    return (
        f"On the {found['pairs']} pairs of the test split SSIM is {ours['ssim']:.3f}, where another facade in its "
        f"place has {another['ssim']:.3f} and the mean of all {mean['ssim']:.3f}; PSNR is {ours['psnr']:.2f} dB, "
        f"beside {another['psnr']:.2f} and {mean['psnr']:.2f}. Published figures are of other measures, at 256 pixels "
        "after 200 epochs with a batch of 1. The picture: plans of the first test pairs, what is drawn from them, "
        "and the photographs. Other work ran beside it and it was paused: its speed and time are no measurement."
    )


PIX2PIX = System(
    "pix2pix",
    "experiments/translation/pix2pix.py",
    r"""\min_G \max_D\ E\,\log D(a, b) + E\,\log(1 - D(a, G(a))) + \lambda\,E\,|b - G(a)|_1""",
    "Isola et al. 2017, eq. 4: a U-Net whose noise is its dropout, and a D that scores patches of the pair, with any "
    "of the named objectives. The net of 256 pixels has the published 54.41 million parameters, the 70x70 PatchGAN "
    "2.77 million (tests). A run's pictures have rows of plans, of what is drawn from them and of the photographs. "
    "`jaxgen translate RUN FOLDER` draws from a folder of plans.",
    (NAME,),
    says=_says,
)


def page() -> str:
    return family(
        "Images from images", "Pairs of images, one drawn from the other.", described(PIX2PIX), *photographs.sections()
    )


def line() -> Line:
    found = load(f"{NAME}/test.json")
    return Line(
        "pix2pix: labels to photographs, and back; colours, label maps, changed attributes",
        PIX2PIX.script,
        f"facades of 64 pixels: SSIM {found['drawn']['ssim']:.2f} on the test pairs, another facade's "
        f"{found['another']['ssim']:.2f}",
    )
