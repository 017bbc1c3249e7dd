"""kill -9 at a random moment: `benchmarks/evidence/kill_points.py`, once; fifty times in tests/slow."""

import pytest

from kill_points import Config, survive


@pytest.mark.slow
def test_a_kill(images, tmp_path):
    result = survive(Config(kills=1, seed=3, dataset=str(images)), tmp_path)
    assert result["kills"] == 1
    assert result["equal"], result
