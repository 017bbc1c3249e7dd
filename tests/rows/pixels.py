"""Likelihoods pixel by pixel."""

from rows.row import Row

NLL = {f"P/{m}" for m in ("loss", "grad_norm", "nll", "bits_per_dim")}

ROWS = {
    "pixelcnn": Row(
        "pixelcnn", "--filters 6 --layers 2 --head 4 --model gated --conditional", NLL, after="--test-images 8"
    ),
    # PixelCNN++: its parts are played on more devices by a smaller net, whose gradients do not cancel.
    "pixelcnn, dropout": Row(
        "pixelcnn", "--model pixelcnnpp --filters 4 --resnets 1", NLL, after="--test-images 8", plays="dropping"
    ),
    "pixelcnn, row_lstm": Row(
        "pixelcnn", "--model row_lstm --filters 4 --layers 1 --head 4", NLL, after="--test-images 8", slow=True
    ),
}
