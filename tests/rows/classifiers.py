"""What learns from labels."""

from rows.row import Row

ROWS = {
    "classifier": Row("classifier", "--width 4", {"C/loss", "C/grad_norm", "C/cross_entropy", "C/accuracy"}),
}
