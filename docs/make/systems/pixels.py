"""docs/systems/pixels.md: likelihoods pixel by pixel."""

from measured.likelihoods import likelihood_section, words_of
from measured.pixel_sampling import sampling_section
from system import Line, System, described, family
from tables import load

AUTOREGRESSIVE = System(
    "MADE, PixelCNN, gated PixelCNN, PixelCNN++, PixelRNN",
    "experiments/pixels/pixelcnn.py",
    r"-\log p(x) = -\textstyle\sum_i \log p(x_i \mid x_1, \dots, x_{i-1})",
    "`--model` chooses the net: PixelCNN++ (Salimans et al. 2017) and gated PixelCNN (van den Oord et al. 2016b), with "
    "or without classes, PixelCNN, Row LSTM, Diagonal BiLSTM and nets of several scales (2016a), MADE (Germain et al. "
    "2015) and fully visible belief nets. A pixel is black or white, one of 256 values, or a mixture of logistics. "
    "Half-covered images are completed.",
    (
        "made-binarized-mnist",
        "pixelcnn-binarized-mnist",
        "gated-binarized-mnist",
        "row-lstm-binarized-mnist",
        "pixelcnnpp-binarized-mnist",
        "pixelcnnpp-binarized-mnist-normalised",
        "pixelcnnpp-mnist",
        "cifar10-pixelcnnpp",
        "cifar10-pixelcnnpp-h200",
    ),
    words_of,
    "in nats on binarised MNIST, Row LSTM 80.5, Diagonal BiLSTM 79.2, PixelCNN 81.3; in bits per dimension on "
    "CIFAR-10, PixelRNN 3.07 (Row LSTM) and 3.00 (Diagonal BiLSTM), PixelCNN 3.14 (van den Oord et al. 2016a), "
    "gated PixelCNN 3.03 (2016b), PixelCNN++ 2.92 (Salimans et al. 2017).",
)


def page() -> str:
    return family(
        "Pixel by pixel",
        "Models whose likelihood is exact: each pixel's distribution is given by those before it.",
        likelihood_section(),
        sampling_section(),
        described(AUTOREGRESSIVE),
    )


def line() -> Line:
    found = load("pixelcnnpp-binarized-mnist-normalised/test.json")
    return Line(
        "MADE, PixelRNN, PixelCNN, gated PixelCNN, PixelCNN++",
        AUTOREGRESSIVE.script,
        f"binarised MNIST in {found['nll']:.2f} nats (PixelCNN++)",
    )
