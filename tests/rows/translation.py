"""Images drawn from images."""

from places import PAIRS
from rows.gan import CRITIC, GAN
from rows.row import Row

ONE, L1 = {"G/loss", "G/grad_norm"}, {"G/l1"}
SEGMENTER = {"S/cross_entropy", "S/accuracy", "S/loss", "S/grad_norm"}
ROWS = {
    "pix2pix": Row("pix2pix", "--width 4 --field 16", GAN | L1, dataset=f"pairs:{PAIRS}"),
    "colour": Row("colour", "--width 4 --field 16", GAN | L1),
    "colour-regression": Row("colour", "--width 4 --field 16 --adversarial 0", ONE | L1),
    "segment": Row(
        "segment",
        "--width 4 --field 16 --void 0 --tested train[:40]",
        {name.replace("G/", "S/") for name in GAN} | SEGMENTER,
    ),
    "attributes": Row(
        "attributes",
        "--width 4",
        CRITIC | {"D/gradient", "D/classification", "D/right", "G/classification", "G/reconstruction", "G/right"},
        still=("D/Dense_1/bias",),  # of scores whose differences alone count
    ),
    "segment-alone": Row("segment", "--width 4 --adversarial 0", SEGMENTER, slow=True),
}
