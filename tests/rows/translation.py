"""Images drawn from images."""

from places import PAIRS
from rows.gan import CRITIC, GAN
from rows.row import Row

# Instance norm takes away what biases before it say: noise alone moves these.
NORMED = (*(f"Conv_{i}" for i in range(5)), "ConvTranspose_0", "ConvTranspose_1")
BEFORE_NORMS = (
    *(f"{net}/{layer}/bias" for net in "GF" for layer in NORMED),
    *(f"{net}/Conv_1/bias" for net in ("D_a", "D_b")),
)

ONE, L1 = {"G/loss", "G/grad_norm"}, {"G/l1"}
SEGMENTER = {"S/cross_entropy", "S/accuracy", "S/loss", "S/grad_norm"}
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
    # A pool of one image for each place of the batch is full after the first round.
    "cyclegan": Row(
        "cyclegan",
        "--width 4 --blocks 1 --field 16 --pool 8",
        GAN | {"G/forward", "G/backward", "G/identity"},
        still=BEFORE_NORMS,
        dataset=f"pairs:{PAIRS}",
    ),
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
