"""Where things lie: the checkout, real data beside it, and small data of the tests' own."""

import os
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
# Real data beside the checkout, where there is any: tests that need it skip without it.
SHARED = Path(os.environ.get("JAXGEN_SHARED_DATA", REPOSITORY.parent / "shared" / "data"))
SMALL = Path(__file__).parent / "small"
# 200 real digits of 16x16 pixels, with labels.
DIGITS = SMALL / "digits.npz"
# 12 of them, each beside its negative.
PAIRS = SMALL / "pairs"
