"""Images drawn from images."""

from places import PAIRS
from rows.gan import GAN
from rows.row import Row

ROWS = {
    "pix2pix": Row("pix2pix", "--width 4 --field 16", GAN | {"G/l1"}, dataset=f"pairs:{PAIRS}"),
}
