"""What images are drawn by, as a user writes it."""

import numpy as np
import pytest

from jaxgen.commands.given import Given
from jaxgen.commands.main import COMMANDS, command
from jaxgen.data.fields import Field
from jaxgen.data.reading import words
from jaxgen.errors import InputError
from jaxgen.measure.evaluate import NETWORKS
from jaxgen.metrics.protocol import PRESETS

CLASSES, AGE = Field("label", (), ("cat", "dog")), Field("label", ())
CAPTION, BOXES = words.field(["blue hair red eyes", "green hair"]), Field("boxes", (2, 4))


def test_classes_by_name_and_by_number():
    assert Given(label=("dog", "0")).told({"label": CLASSES})["label"].tolist() == [1, 0]
    assert Given().told({"label": CLASSES}) == {}
    assert Given(label=("31.5",)).told({"age": AGE})["age"].tolist() == [31.5]
    assert [Given(label=given).turns({"label": CLASSES}) for given in ((), ("dog",))] == [2, 1]
    assert Given().turns({}) == 1


def test_sentences_in_the_runs_own_words():
    found = Given(caption=("red hair", "green eyes")).told({"caption": CAPTION})["caption"]
    assert [words.decode(row, CAPTION) for row in found] == ["red hair", "green eyes"]
    found = Given(caption=("purple hair",)).told({"caption": CAPTION})["caption"]
    assert words.decode(found[0], CAPTION) == "<unknown> hair"


def test_words_that_no_sentence_had_are_said_and_are_the_unknown_one(capfd):
    found = Given(caption=("purple hair",)).told({"caption": CAPTION})["caption"]
    assert words.decode(found[0], CAPTION) == "<unknown> hair"
    assert "the word 'purple'; taken for an unknown word" in capfd.readouterr().err


def test_codes_are_classes_of_their_own():
    found = Field("label", (), ("0", "1", "2"))
    assert Given(code=("2", "0")).told({"code": found})["code"].tolist() == [2, 0]
    assert [Given(code=given).turns({"code": found}) for given in ((), ("2",))] == [3, 1]


def test_sentences_of_a_file(tmp_path):
    (file := tmp_path / "said.txt").write_text("red hair\n\n green eyes \n")
    given = Given(caption=("blue hair",), captions=file)
    found = given.told({"caption": CAPTION})["caption"]
    assert [words.decode(row, CAPTION) for row in found] == ["blue hair", "red hair", "green eyes"]
    assert given.turns({"caption": CAPTION}) == 3
    file.write_text("\n")
    with pytest.raises(InputError, match=r"--captions: .* has no sentence"):
        given.told({"caption": CAPTION})
    with pytest.raises(InputError, match=r"--captions: .* cannot be read"):
        Given(captions=tmp_path / "none.txt").told({"caption": CAPTION})


@pytest.mark.parametrize("words", [("0.25,0.5,0.5,0.25",), ("0.25", "0.5", "0.5", "0.25"), ("0.25,0.5,", "0.5,0.25")])
def test_a_box_is_the_first_of_several(words):
    found = Given(box=words).told({"box": BOXES})["box"]
    assert found[0, 0].tolist() == [0.25, 0.5, 0.5, 0.25]
    assert np.isnan(found[0, 1]).all()
    assert Given(box=words).turns({"box": BOXES}) == 1


def test_several_boxes_are_a_row_each():
    given = Given(box=("0,0,.5,.5", ".5,.5,.5,.5"))
    assert given.told({"box": BOXES})["box"][:, 0].tolist() == [[0, 0, 0.5, 0.5], [0.5, 0.5, 0.5, 0.5]]
    assert given.turns({"box": BOXES}) == 2


POINTS = Field("points", (3, 2), ("beak", "left eye", "tail"))


@pytest.mark.parametrize(
    ("name", "text"),
    [("a.json", '{"tail": [0.25, 1], "left eye": null}'), ("a.csv", "name,x,y\ntail,0.25,1\n")],
)
def test_keypoints_of_a_file(tmp_path, name, text):
    (tmp_path / name).write_text(text)
    found = Given(keypoints=tmp_path / name).told({"points": POINTS})["points"]
    np.testing.assert_array_equal(found, [[[np.nan] * 2, [np.nan] * 2, [0.25, 1]]])
    assert np.isnan(Given().told({"points": POINTS})["points"]).all()


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ('{"wing": [0, 0]}', "--keypoints: the run knows no keypoint 'wing', only beak, left eye, tail"),
        ('{"beak": [0.5, 1.5]}', r"--keypoints: .*a.json: beak is at \[0.5, 1.5\], not at two shares"),
        ('{"beak": 0.5}', "beak is at 0.5"),
        ("[1]", r"a.json is not of the form \{\"beak\": \[0.5, 0.5\]\}"),
        ("{", "a.json cannot be read"),
    ],
)
def test_keypoints_that_cannot_be_used_are_said_in_one_line(tmp_path, text, complaint):
    (tmp_path / "a.json").write_text(text)
    with pytest.raises(InputError, match=complaint):
        Given(keypoints=tmp_path / "a.json").told({"points": POINTS})


def test_vectors_in_the_place_of_sentences(tmp_path):
    field, path = Field("vector", (3,)), tmp_path / "x.npy"
    np.save(path, np.arange(6.0).reshape(2, 3))
    assert Given(embedding=path).told({"embedding": field})["embedding"].tolist() == [[0, 1, 2], [3, 4, 5]]
    for wrong in (np.zeros((2, 4)), np.zeros((0, 3)), np.array([["a", "b", "c"]])):
        np.save(path, wrong)
        with pytest.raises(InputError, match="not vectors of 3 floats"):
            Given(embedding=path).told({"embedding": field})
    with pytest.raises(InputError, match="cannot be read"):
        Given(embedding=tmp_path / "none.npy").told({"embedding": field})
    with pytest.raises(InputError, match="draws by embedding: say --embedding"):
        Given().told({"embedding": field})


@pytest.mark.parametrize(
    ("given", "fields", "complaint"),
    [
        (Given(label=("bird",)), {"label": CLASSES}, r"--label bird: the run knows the classes 0 to 1 \(cat, dog\)"),
        (Given(label=("2",)), {"label": CLASSES}, "--label 2: the run knows the classes 0 to 1"),
        (Given(label=("1",)), {"caption": CAPTION}, "--label: the run is not told one, only caption"),
        (Given(code=("3",)), {"code": CLASSES}, "--code 3: the run knows the classes 0 to 1"),
        (Given(label=("1",)), {"code": CLASSES}, "--label: the run is not told one, only code"),
        (Given(code=("1",)), {"label": CLASSES}, "--code: the run is not told one, only label"),
        (Given(caption=("purple",)), {"caption": CAPTION}, "--caption: .*'purple'"),
        (Given(), {"caption": CAPTION}, "draws by caption: say --caption"),
        (Given(), {"age": AGE}, "draws by age: say --label"),
        (Given(), {"like": Field("image", (8, 8, 1))}, "draws by like, which this command cannot be told"),
        (Given(box=("0.8,0,0.5,0.5",)), {"box": BOXES}, "--box 0.8,0,0.5,0.5: .* shares inside the image"),
        (Given(box=("0.8,0,0.5",)), {"box": BOXES}, "--box 0.8,0,0.5: a box is four numbers, such as"),
        (Given(box=("left",)), {"box": BOXES}, "--box left: a box is four numbers, such as"),
    ],
)
def test_what_cannot_be_given_is_said_in_one_line(given, fields, complaint):
    with pytest.raises(InputError, match=complaint):
        given.told(fields)


def test_every_command_is_where_the_table_says_and_does_what_it_says():
    for name, (place, line) in COMMANDS.items():
        found = command(name)
        assert callable(found.__call__)
        if not line.startswith("The same as"):
            said = found.__doc__.split()
            assert said[0] == line.split()[0], name
            assert found.__name__ == place.split(".")[1]


def test_choices_are_those_that_there_are():
    choices = command("evaluate").__dataclass_fields__
    for name, known in (("protocol", tuple(PRESETS)), ("network", NETWORKS)):
        assert str(choices[name].type.__args__) == str(known)
