"""Runs that begin with another run's nets, and those that cannot begin without them."""

import json
from dataclasses import replace

import jax
import numpy as np
import pytest

from jaxgen.abilities import Draw, DrawInStages, Match
from jaxgen.data import Fields, open_source, sentences
from jaxgen.errors import InputError
from jaxgen.measure import matching
from jaxgen.model import Model
from places import DIGITS
from rows import ROWS
from running import arrays, command, experiment


def flags(row, *more):
    words = [word for word in ROWS[row].words if word not in ("--encoder", "random")]
    return [*words, "--devices", 1, *more]


def net(folder, part, name):
    prefix = f"{part}/{name}/"
    return {key.removeprefix(prefix): array for key, array in arrays(folder).items() if key.startswith(prefix)}


def same(ours, theirs):
    assert ours
    assert set(ours) == set(theirs)
    return all(np.array_equal(ours[name], theirs[name]) for name in ours)


@pytest.fixture(scope="module")
def told(whole, tmp_path_factory):
    """A GAN that is told sentences by the encoder of another run."""
    out = tmp_path_factory.mktemp("told") / "run"
    assert experiment("text", *flags("text", "--begin-with", whole("captions"), "--out", out)) == 0
    return out


def test_an_encoder_stays_as_it_came_and_is_the_average(told, whole):
    theirs = whole("captions")
    assert same(net(told, "params", "T"), net(theirs, "ema", "T"))
    assert not same(net(told, "params", "T"), net(theirs, "params", "T"))
    begun = json.loads((told / "config.json").read_text())["begun_with"]
    assert (begun["experiment"], begun["nets"]) == ("captions", {"T": "T"})


def test_it_draws_by_sentences_and_between_them(told, tmp_path):
    out = tmp_path / "x.npz"
    assert command("sample", told, "--caption", "3", "8", "--count", 4, "--out", out) == 0
    assert np.load(out)["images"].shape == (4, 16, 16, 1)
    between = ["--between", "told", "--caption", "3", "8", "--rows", 2, "--steps", 3, "--out", out]
    assert command("interpolate", told, *between) == 0
    assert np.load(out)["images"].shape == (6, 16, 16, 1)


def test_a_second_stage_draws_after_the_first_as_it_came(whole, tmp_path):
    first, out, drawn = whole("stackgan"), tmp_path / "run", tmp_path / "x.npz"
    assert experiment("stackgan", *flags("stackgan, second", "--begin-with", first, "--out", out)) == 0
    assert same(net(out, "params", "G1"), net(first, "ema", "G"))
    assert same(net(out, "params", "T"), net(first, "params", "T"))
    assert command("sample", out, "--caption", "3", "--count", 2, "--out", drawn) == 0
    images = np.load(drawn)["images"]
    assert images.shape == (2, 16, 16, 1)
    draw = Model(out).ability(DrawInStages)
    codes = draw.ability.codes(jax.random.key(0), 2, caption=np.array([4, 0]))  # after the end and "0", "1", "2"
    np.testing.assert_array_equal(draw.images(codes), images)
    small = draw(draw.ability.first, codes)
    theirs = Model(first).ability(Draw)
    again = theirs(theirs.ability.draw, {**codes, "z": codes["z"][:, : theirs.ability.latent]})
    np.testing.assert_allclose(small, again, atol=1e-6)


@pytest.mark.parametrize(
    ("row", "other", "complaint"),
    [
        ("text", None, "the nets T are those of a run that trained them: say --begin-with RUN"),
        ("stackgan, second", "captions", "has no net G; it has T, V"),
        ("text", "dcgan", "has no net T; it has D, G"),
    ],
)
def test_what_does_not_bring_them_is_refused(row, other, complaint, whole, tmp_path, capfd):
    more = ["--begin-with", whole(other)] if other else []
    assert experiment(ROWS[row].script, *flags(row, *more, "--out", tmp_path / "run")) == 2
    assert complaint in capfd.readouterr().err


def test_other_words_are_refused(whole, tmp_path, capfd):
    images, labels = np.zeros((20, 16, 16, 1), np.uint8), np.arange(20) % 12
    np.savez(tmp_path / "x.npz", images=images, labels=labels)
    more = ["--dataset", tmp_path / "x.npz", "--begin-with", whole("captions"), "--out", tmp_path / "run"]
    assert experiment("text", *flags("text", *more)) == 2
    assert "knows other words of caption than the data has, such as 10, 11" in capfd.readouterr().err


def test_a_run_tells_how_well_sentences_fit(whole):
    match = Model(whole("captions")).ability(Match)
    assert match.ability.takes["caption"].names[1] == "0"
    vectors = match(match.ability.sentences, np.array([[1, 0], [2, 0]], np.int32))
    seen = match(match.ability.images, np.zeros((2, 16, 16, 1), np.float32))
    assert vectors.shape == seen.shape == (2, 8)
    found = json.loads((whole("captions") / "test.json").read_text())
    assert 0 <= found["r_precision"] <= 1
    assert found["chance"] == pytest.approx(0.1)


def test_sentences_of_other_words_are_not_measured(whole):
    model = Model(whole("captions")).ability(Match)
    other = sentences.beside(open_source(str(DIGITS)))
    field = replace(other.fields["caption"], names=("", "no", "<unknown>"))
    with pytest.raises(InputError, match="other sentences than those that the run was trained on"):
        matching.precision(model, replace(other, fields=Fields({**other.fields, "caption": field})))
