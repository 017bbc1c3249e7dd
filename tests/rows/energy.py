"""Energies, and chains that climb them."""

from rows.row import Row

ROWS = {
    "energy": Row(
        "energy",
        "--widths 4 8 --steps 3 --slots 2",
        {f"{p}/{m}" for p in "xD" for m in ("loss", "grad_norm")}
        | {f"D/{m}" for m in ("divergence", "magnitude", "score_real", "score_drawn")}
        | {"x/restarts"},
        after="--sample-steps 2",
    ),
}
