"""How step sizes fall: beside formulas."""

from dataclasses import dataclass

import numpy as np
import pytest

from jaxgen.recipes.objectives import Adversarial, halved


@dataclass(frozen=True)
class Config(Adversarial):
    """Settings of step sizes alone."""


def sizes(config, steps, turns=1):
    schedule = config.falling(2e-4, turns)
    return np.array([float(schedule(step)) for step in steps])


def test_along_a_line_after_rounds_in_which_they_stay():
    config = Config(decay=100, steady=50, fall="linear")
    rounds = np.array([0, 49, 50, 75, 125, 149, 150, 400])
    wanted = 2e-4 * np.clip(1 - (rounds - 50) / 100, 0, 1)
    np.testing.assert_allclose(sizes(config, rounds), wanted, rtol=1e-5, atol=1e-12)
    np.testing.assert_allclose(sizes(config, 5 * rounds, 5), wanted, rtol=1e-5, atol=1e-12)  # of D with five turns


@pytest.mark.parametrize("steady", [0, 50])
def test_along_a_cosine(steady):
    rounds = np.array([0, 40, 50, 60, 100, 149, 200])
    share = np.clip((rounds - steady) / 100, 0, 1)
    wanted = 2e-4 * (1 + np.cos(np.pi * share)) / 2
    np.testing.assert_allclose(sizes(Config(decay=100, steady=steady), rounds), wanted, rtol=1e-4, atol=1e-9)


def test_without_a_decay_they_stay():
    assert Config(steady=50).falling(2e-4) == 2e-4


def test_the_second_half_of_all_rounds_where_nothing_else_is_said():
    assert halved(Config(decay=7), 100) == Config(decay=7)
    config = halved(Config(decay=None), 101)
    np.testing.assert_allclose(sizes(config, [0, 51, 76, 101]), [2e-4, 2e-4, 1e-4, 0], rtol=1e-5, atol=1e-12)
