"""What is drawn as it is told."""

from rows.gan import ACCURACY, GAN
from rows.row import Row

SAID = GAN | {"D/class_real", "D/class_fake", "G/class"}
CODES = GAN | {"D/code_fake", "D/continuous_fake", "G/code", "G/continuous"}

WORDS = {f"T/{m}" for m in ("loss", "grad_norm", "structured", "accuracy")}
# In sentences of one word nothing comes before; and a bias moves products of all pairs alike while all are too near.
IDLE = (*(f"T/GRU_0/GRUCell_0/h{gate}/kernel" for gate in "rzn"), "T/Dense_0/bias", "V/Dense_0/bias")
TOLD = "--encoder random --latent 8 --word-width 8 --embedding 8 --told 8"
STYLE = {f"S/{m}" for m in ("loss", "grad_norm", "style")}
STAGE = GAN | {"D/mismatched", "G/divergence"}
SECOND = f"{TOLD} --stage 2 --small 16 --width 4 --width-2 4 --blocks 1"

ROWS = {
    "labels": Row("labels", "--width 4 --latent 8 --mismatched 0.5", GAN | {"D/mismatched"}),
    "labels, auxiliary": Row("labels", "--width 4 --latent 8 --condition auxiliary --condition-g norm", SAID),
    "captions": Row("captions", "--width 4 --word-width 8 --embedding 8", WORDS, still=IDLE),
    "text": Row("text", f"{TOLD} --width 4 --between 0.5", GAN | {"D/mismatched", "G/between"}, frozen=("T",)),
    "stackgan": Row("stackgan", f"{TOLD} --width 4", STAGE, frozen=("T",)),
    "stackgan, second": Row("stackgan", SECOND, STAGE, frozen=("T", "G1"), begins=True),
    "style": Row("style", f"{TOLD} --width 4 --style-width 4", STYLE, frozen=("T", "G")),
    "infogan": Row("infogan", "--width 4 --noise 6", CODES),
    "bagan": Row(
        "bagan",
        "--width 4 --latent 4",
        {f"{p}/{m}" for p in "DG" for m in ("loss", "grad_norm", "classes")}
        | ACCURACY
        | {"D/fakes", "D/accuracy_class"},
        frozen=("E", "P"),
    ),
    "bagan, two heads": Row(
        "bagan",
        "--width 4 --latent 4 --heads two",
        GAN | {"D/classes", "G/classes", "D/accuracy_class"},
        frozen=("E", "P"),
    ),
    "gawwn": Row("gawwn", f"{TOLD} --width 4 --wrong 0", GAN, frozen=("T",)),
    "gawwn, points": Row(
        "gawwn",
        f"{TOLD} --width 6 --place points --wrong 0",
        GAN | {name.replace("D/", "J/").replace("G/", "K/") for name in GAN},
        frozen=("T",),
        slow=True,
    ),
}
