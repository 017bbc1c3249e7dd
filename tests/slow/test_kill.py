"""kill -9 at random moments: `benchmarks/evidence/kill_points.py`, a few times; fifty times in the slow suite."""

import pytest

from kill_points import Config, survive


def test_two_kills(images, tmp_path):
    result = survive(Config(kills=2, seed=3, dataset=str(images)), tmp_path)
    assert result["kills"] == 2
    assert result["equal"], result


@pytest.mark.slow
def test_fifty_kills(images, tmp_path):
    result = survive(Config(kills=50, dataset=str(images)), tmp_path)
    assert result["kills"] == 50
    assert result["while_saving"] >= 5, result
    assert result["equal"], result
