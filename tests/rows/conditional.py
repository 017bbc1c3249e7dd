"""What is drawn as it is told."""

from rows.gan import GAN
from rows.row import Row

ROWS = {
    "labels": Row("labels", "--width 4 --latent 8 --mismatched 0.5", GAN | {"D/mismatched"}),
}
