"""kill -9 at random moments: `benchmarks/evidence/kill_points.py`, fifty times. What a killed save leaves is tried in
the fast suite by tests/unit/store/test_checkpoint.py."""

import pytest

from kill_points import Config, survive


@pytest.mark.slow
def test_fifty_kills(images, tmp_path):
    result = survive(Config(kills=50, dataset=str(images)), tmp_path)
    assert result["kills"] == 50
    assert result["while_saving"] >= 5, result
    assert result["equal"], result
