"""Images drawn from images."""

from places import PAIRS
from rows.gan import GAN
from rows.row import Row

ROWS = {
    "pix2pix": Row("pix2pix", "--width 4 --field 16", GAN | {"G/l1"}, dataset=f"pairs:{PAIRS}"),
    "srresnet": Row(
        "super_resolution",
        "--factor 2 --width 4 --blocks 1",
        {f"G/{m}" for m in ("loss", "grad_norm", "content", "psnr")},
    ),
    "srgan": Row(
        "super_resolution",
        "--factor 2 --width 4 --blocks 2 --content l1 --adversarial 1e-3",
        GAN | {"G/content", "G/psnr"},
        slow=True,
    ),
}
