"""Runs that were begun by an older jaxgen go on: `begun/NAME.zip` is a run's folder at round 3, as that left it, and
`begun/NAME.npz` its state at round 6, as that went on."""

import zipfile
from pathlib import Path

import numpy as np
import pytest

from places import SMALL
from rows import ROWS
from running import BATCH, arrays, experiment

BEGUN = Path(__file__).parent / "begun"
AS = {  # the same flags as a row's
    "dcgan": ROWS["dcgan, r3gan"],
    "vae": ROWS["vae, logistic"],
    "pixelcnn": ROWS["pixelcnn"],
    "energy": ROWS["energy"],
    "vae_gan": ROWS["vae_gan"],
    "energy_based": ROWS["energy_based, began"],
}


THEN = {"energy_based": ["--warm-up", 2]}  # what the row has otherwise since


SLOW = ("pixelcnn", "energy", "vae_gan", "energy_based")


@pytest.mark.parametrize("name", [pytest.param(name, marks=[pytest.mark.slow] * (name in SLOW)) for name in AS])
def test_it_ends_as_the_older_one_did(name, tmp_path, monkeypatch):
    monkeypatch.chdir(SMALL)  # the data's name is a relative one
    with zipfile.ZipFile(BEGUN / f"{name}.zip") as folder:
        folder.extractall(tmp_path / "run")
    flags = [
        *AS[name].flags.split(),
        *AS[name].after.split(),
        *THEN.get(name, []),
        "--batch",
        BATCH,
        "--rounds",
        6,
        "--devices",
        1,
    ]
    assert experiment(AS[name].script, "--dataset", "digits.npz", *flags, "--out", tmp_path / "run") == 0
    ours, theirs = arrays(tmp_path / "run"), np.load(BEGUN / f"{name}.npz")
    assert set(ours) == set(theirs)
    for path in theirs:
        np.testing.assert_allclose(ours[path], theirs[path], rtol=1e-5, atol=1e-5, err_msg=path)
