"""Experiments by name."""

import pytest

from jaxgen.data import Field, Fields
from jaxgen.errors import InputError
from jaxgen.run import Falling, rows
from places import REPOSITORY

FOLDER = REPOSITORY / "experiments"
IMAGES = Fields({"image": Field("image", (16, 16, 1))})


def test_a_system_is_built_by_name_and_flags_without_data():
    system = rows.system("autoencoders/autoencoder", ["--width", 8, "--latent", 3], IMAGES, FOLDER)
    assert set(system.game.players) == {"AE"}
    assert system.abilities[0].module.latent == 3
    assert rows.experiment("autoencoders/autoencoder", FOLDER) is rows.experiment("autoencoders/autoencoder", FOLDER)


@pytest.mark.parametrize(
    ("name", "flags", "says"),
    [
        ("autoencoders/vae", ["--latent", 0], "--latent is 0; it must be at least 1"),
        ("autoencoders/vae", ["--hidden", 4], "--hidden is for --nets conv"),
        ("autoencoders/vae", ["--importance", 2, "--beta", 2], "no bound"),
        ("autoencoders/adversarial_autoencoder", ["--prior", "petals"], "--latent must be 2, not 8"),
        ("autoencoders/autoencoder", ["--noise", "masking", "--level", 2], "--level is 2.0"),
        ("pixels/pixelcnn", ["--layers", 0], "--layers 0 is for --model made"),
        ("pixels/pixelcnn", ["--model", "made", "--conditional"], "needed; it has image"),
        ("pixels/pixelcnn", ["--pixels", "bernoulli"], "pixels of 0 and 255 alone"),
        ("classifiers/classifier", [], "the data has no field 'label'"),
    ],
)
def test_what_does_not_go_together_is_refused_in_one_line(name, flags, says):
    with pytest.raises(InputError, match=says) as told:
        rows.system(name, flags, IMAGES, FOLDER)
    assert "\n" not in str(told.value)


def test_a_step_size_falls_along_a_cosine_or_stays():
    assert Falling(lr=0.5).steps == 0.5
    steps = Falling(lr=0.5, decay=10).steps
    assert [float(steps(n)) for n in (0, 5, 10, 20)] == pytest.approx([0.5, 0.25, 0, 0])
