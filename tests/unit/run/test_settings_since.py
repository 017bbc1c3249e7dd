"""A run of the first version goes on: every setting is one that it had, or says what runs did that had it not."""

import dataclasses
import json
from pathlib import Path

import pytest

from jaxgen.limits import before
from jaxgen.run import rows
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
