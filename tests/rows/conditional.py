"""What is drawn as it is told."""

from rows.gan import GAN
from rows.row import Row

SAID = GAN | {"D/class_real", "D/class_fake", "G/class"}
CODES = GAN | {"D/code_fake", "D/continuous_fake", "G/code", "G/continuous"}

ROWS = {
    "labels": Row("labels", "--width 4 --latent 8 --mismatched 0.5", GAN | {"D/mismatched"}),
    "labels, auxiliary": Row("labels", "--width 4 --latent 8 --condition auxiliary --condition-g norm", SAID),
    "infogan": Row("infogan", "--width 4 --noise 6", CODES),
}
