"""Ways to draw one image from another beside each other: a section of docs/systems/translation.md."""

from typing import Any

from tables import RESULTS, joined, load, made_by, plot, table

NAME = "translations.json"
OTHERS = {"another": "real images of other pairs", "mean": "the mean of all"}
HEAD = [
    "drawn by", "rounds", "L1", "PSNR, dB", "SSIM", "LPIPS", "Frechet distance", "kernel distance",
    "power of what is fine",
]  # fmt: skip


def translations() -> str:
    """A row for each run; nothing where nothing is measured."""
    if not (RESULTS / NAME).exists():
        return ""
    found = load(NAME)
    rows = [_row(name, found["rounds"].get(name), each) for name, each in found["found"].items()]
    words = (
        f"On the {found['pairs']} pairs of the split {found['split']} of {found['dataset']}, {found['size']} pixels a "
        f"side, {found['direction'].replace('2', ' to ')}. L1 is of images from -1 to 1; the Frechet and the kernel "
        "distance are of EfficientNet-Lite0's features, and no FID; a Frechet distance of so few images is far above "
        "what many would give, and is to be compared within this table alone. What is fine is the power at frequencies "
        "above half of Nyquist's, over that of the real images: less than 1 is blurred. Real images of other pairs are "
        f"of the split {found['others']}: their distances are what real images have. A CycleGAN was trained on the "
        "same images without being told which belong together. The picture: what is given, what each draws, what is "
        "there."
    )
    return joined("## L1, GAN, both; paired and unpaired", words, table(HEAD, rows), made_by(found["environment"]),
                  plot(NAME))  # fmt: skip


def _row(name: str, rounds: int | None, each: dict[str, Any]) -> list[str]:
    return [
        OTHERS.get(name, name),
        "" if rounds is None else f"{rounds:,}",
        f"{each['l1']:.3f}",
        f"{each['psnr']:.2f}",
        f"{each['ssim']:.3f}",
        f"{each['lpips']:.3f}",
        f"{each['frechet']:.1f}",
        f"{each['kernel']:.3f}",
        f"{each['fine']:.2f}",
    ]
