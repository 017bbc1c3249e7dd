"""A run of the first version goes on: every setting is one that it had, or says what runs did that had it not."""

import dataclasses
import json
from functools import partial
from pathlib import Path

import jax
import numpy as np
import pytest

from jaxgen.game import init
from jaxgen.limits import before
from jaxgen.run import opened, rows
from places import REPOSITORY

FOLDER = REPOSITORY / "experiments"
EXPERIMENTS = sorted(f"{path.parent.name}/{path.stem}" for path in FOLDER.glob("*/*.py"))
# The settings of every experiment of the first version, and what each had beside them.
FIRST = json.loads((Path(__file__).parent / "first_settings.json").read_text())


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_a_setting_is_of_the_first_version_or_says_what_was_before(name):
    had = FIRST.get(name.split("/")[1])
    if had is None:
        pytest.skip("it came later, with all of its settings")
    config = rows.experiment(name, FOLDER).Config
    settings = {field.name for field in dataclasses.fields(config)}
    had = {*had, *FIRST["every experiment"]}
    assert settings - had <= set(before(config))
    assert had <= settings  # none was lost


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_an_experiment_can_be_read_at_a_glance(name):
    assert len((FOLDER / f"{name}.py").read_text().splitlines()) <= 80


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_an_experiment_starts_without_flags_on_data_that_ships(name, tfds_dir):
    """Its first state is traced; that it plays so is in `runs/test_experiments.py`."""
    script = rows.experiment(name, FOLDER)
    config = rows.settings(name, [*script.Config.ALONE.split(), "--data-dir", tfds_dir], FOLDER)
    source = getattr(script, "source", opened)(config)
    game = script.build(config, source.fields).game
    assert jax.eval_shape(partial(init, game, jax.random.key(0)), source.read(np.arange(4))).params
