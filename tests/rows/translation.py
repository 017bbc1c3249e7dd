"""Images drawn from images."""

from places import PAIRS
from rows.gan import GAN
from rows.row import Row

L1 = {"G/l1"}
ROWS = {
    "pix2pix": Row("pix2pix", "--width 4 --field 16", GAN | L1, dataset=f"pairs:{PAIRS}"),
    "colour": Row("colour", "--width 4 --field 16", GAN | L1),
    "colour-regression": Row("colour", "--width 4 --field 16 --gan 0", L1),
}
