"""docs/systems/translation.md: images from images."""

from collections.abc import Mapping
from typing import Any

from measured.translations import translations
from system import Line, System, described, family
from systems import photographs
from tables import RESULTS, load

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
    "2.77 million (tests). `--l1 0` is the GAN alone, `--adversarial 0` the distance alone. A run's "
    "pictures have rows of plans, of what is drawn from them and of the photographs. "
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
    "parameters at 64 channels, 16 blocks and a factor of 4 (tests). Small images are made by MATLAB's bicubic. Set5's "
    "files come out bit for bit with edge pixels repeated, as an older MATLAB did; images go on as their mirror here, "
    "as in today's, which differs at the edges alone. Bicubic enlargements of Set5 have their published 33.64, 30.39 "
    "and 28.42 dB (tests). `jaxgen upscale RUN photo.png` takes any size. Measured as in papers by "
    "`python benchmarks/evidence/enlarged.py --test Set5/x4 --runs RUN`.",
    published="Set5 times 4, PSNR and SSIM on the luminance: SRResNet 32.05 dB and 0.9019, SRGAN 29.40 dB and 0.8472, "
    "bicubic 28.43 dB and 0.8211 (table 2 of the paper, 350,000 images of ImageNet).",
)
CYCLEGANS = tuple(name for name in ("cyclegan-facades", "cyclegan-seasons") if (RESULTS / name).is_dir())
CYCLEGAN = System(
    "CycleGAN",
    "experiments/translation/cyclegan.py",
    r"""\min_{G, F} \max_{D_a, D_b}\ L_{GAN}(G, D_b) + L_{GAN}(F, D_a)
+ \lambda\,E\,|F(G(a)) - a|_1 + \lambda\,E\,|G(F(b)) - b|_1
+ \tfrac{\lambda}{2}\,(E\,|G(b) - b|_1 + E\,|F(a) - a|_1)""",
    "Zhu et al. 2017, eq. 3, with least squares or any of the named objectives: two sets of images that nobody paired. "
    "The ResNet generator of nine blocks has the published 11.38 million parameters, layer by layer (tests). Each D is "
    "shown fakes out of a pool of 50; the pool is part of the state, one for each place of a batch, so that a run that "
    "is resumed, or played on other devices, shows the same ones. Step sizes stay for half of the rounds and then fall "
    "along a line; `--rounds` may grow, and `--decay` says anew how they fall. The paper's ablations: `--forward 0 "
    "--backward 0` is without the cycles, `--adversarial 0` without the GANs, `--backward 0` and `--forward 0` have "
    "one cycle alone. Of pairs it takes the images as two sets, each in an order of its own. `jaxgen translate RUN "
    "FOLDER --direction a2b` draws from a folder, `b2a` the other way.",
    CYCLEGANS,
)


def page() -> str:
    words = "One image drawn from another: of pairs, of two sets that nobody paired, of smaller or of grey ones."
    systems = described(PIX2PIX), described(CYCLEGAN), translations(), described(SUPER_RESOLUTION)
    return family("Images from images", words, *systems, *photographs.sections())


def line() -> Line:
    found = load(f"{NAME}/test.json")
    return Line(
        "pix2pix; CycleGAN: sets that nobody paired; SRResNet and SRGAN: larger images; colours, label maps; AttGAN",
        PIX2PIX.script,
        f"facades of 64 pixels: SSIM {found['drawn']['ssim']:.2f} on the test pairs, another facade's "
        f"{found['another']['ssim']:.2f}",
    )
