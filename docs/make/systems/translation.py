"""docs/systems/translation.md: images from images."""

from collections.abc import Mapping
from typing import Any

from system import Line, System, described, family
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


SUPER_RESOLUTION = System(
    "SRResNet and SRGAN",
    "experiments/translation/super_resolution.py",
    r"""\min_G \max_D\ E\,|\phi(x) - \phi(G(x_{small}))|^2 + \lambda\,E\,[-\log D(G(x_{small}))]""",
    "Ledig et al. 2017, eqs. 3 to 6: images that are two, three, four or eight times as large. `--content` says what "
    "$\\phi$ is: the image itself (SRResNet), features of VGG16, or LPIPS; `--adversarial 1e-3` adds a D with any of "
    "the named objectives (SRGAN), begun from a run without one by `--begin-with`. G has the published 1.5 million "
    "parameters at 64 channels, 16 blocks and a factor of 4 (tests). Small images are made by MATLAB's bicubic (Set5's "
    "files come out bit for bit), and bicubic enlargements of Set5 have their published 33.64, 30.39 and 28.42 dB "
    "(tests). `jaxgen upscale RUN photo.png` takes any size. Measured as in papers by "
    "`python benchmarks/evidence/enlarged.py --test Set5/x4 --runs RUN`.",
    published="Set5 times 4, PSNR and SSIM on the luminance: SRResNet 32.05 dB and 0.9019, SRGAN 29.40 dB and 0.8472, "
    "bicubic 28.43 dB and 0.8211 (table 2 of the paper, 350,000 images of ImageNet).",
)


def page() -> str:
    words = "Pairs of images, one drawn from the other."
    return family("Images from images", words, described(PIX2PIX), described(SUPER_RESOLUTION))


def line() -> Line:
    found = load(f"{NAME}/test.json")
    return Line(
        "pix2pix: labels to photographs, and back; SRResNet and SRGAN: larger images",
        PIX2PIX.script,
        f"facades of 64 pixels: SSIM {found['drawn']['ssim']:.2f} on the test pairs, another facade's "
        f"{found['another']['ssim']:.2f}",
    )
