"""docs/systems/translation.md: images from images."""

from system import Line, System, described, family

PIX2PIX = System(
    "pix2pix",
    "experiments/translation/pix2pix.py",
    r"""\min_G \max_D\ E\,\log D(a, b) + E\,\log(1 - D(a, G(a))) + \lambda\,E\,|b - G(a)|_1""",
    "Isola et al. 2017, eq. 4: a U-Net whose noise is its dropout, and a D that scores patches of the pair, with any "
    "of the named objectives. The net of 256 pixels has the published 54.41 million parameters, the 70x70 PatchGAN "
    "2.77 million (tests). A run's pictures have rows of plans, of what is drawn from them and of the photographs. "
    "`jaxgen translate RUN FOLDER` draws from a folder of plans.",
    unseen="No run of it is kept here yet.",
)


def page() -> str:
    return family("Images from images", "Pairs of images, one drawn from the other.", described(PIX2PIX))


def line() -> Line:
    return Line(
        "pix2pix: labels to photographs, and back", PIX2PIX.script, "the published nets, parameter by parameter"
    )
