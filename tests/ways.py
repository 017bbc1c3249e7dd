"""Numbers of devices that a pure function is tried on, and how it is compiled for them."""

import pytest

ways = pytest.mark.parametrize(
    ("devices", "executor"),
    [
        pytest.param(1, "shard_map", marks=pytest.mark.slow),
        (2, "shard_map"),
        pytest.param(8, "shard_map", marks=pytest.mark.slow),
        (8, "pmap"),
    ],
)
