"""Likelihoods pixel by pixel."""

from rows.row import Row

NLL = {f"P/{m}" for m in ("loss", "grad_norm", "nll", "bits_per_dim")}

ROWS = {
    "pixelcnn": Row(
        "pixelcnn", "--filters 6 --layers 2 --head 4 --model gated --conditional", NLL, after="--test-images 8"
    ),
    # Its normalised weights' gradients cancel: parameters agree to 1e-4, the optimiser's means of one kernel less well.
    "pixelcnn, dropout": Row(
        "pixelcnn", "--model pixelcnnpp --filters 4 --resnets 1", NLL, after="--test-images 8", rounding=1e-3
    ),
    "pixelcnn, row_lstm": Row(
        "pixelcnn", "--model row_lstm --filters 4 --layers 1 --head 4", NLL, after="--test-images 8"
    ),
}
