"""Sentences of images that have classes alone, classes of those that have sentences alone, and parts by sentences."""

import numpy as np

from jaxgen.data import Field, Fields, open_source, sentences
from jaxgen.data.reading import words
from jaxgen.data.source import in_memory
from places import DIGITS
from unit.data.made import everything, refusal

CAPTIONS = ["blue hair red eyes", "red hair blue eyes", "blue hair blue eyes", "blue hair red eyes"]
FIELD = words.field(CAPTIONS)
IMAGES = np.arange(4, dtype=np.uint8).reshape(4, 1, 1, 1)
FACES = in_memory(
    "faces",
    {"image": IMAGES, "caption": words.encode(CAPTIONS, FIELD)},
    fields=Fields({"image": Field("image", (1, 1, 1)), "caption": FIELD}),
)


def test_names_of_classes_are_sentences():
    digits = sentences.beside(open_source(str(DIGITS)))
    found, field = everything(digits), digits.fields["caption"]
    assert [words.decode(row, field) for row in found["caption"][:9]] == list(map(str, found["label"][:9]))
    assert sentences.beside(FACES) is FACES


def test_images_of_some_sentences_are_left_out_and_words_stay():
    left = sentences.without(FACES, ["Blue hair red eyes", "red hair blue eyes"])
    assert everything(left)["image"].ravel().tolist() == [2]
    assert left.fields["caption"] == FIELD
    assert sentences.without(FACES, []) is FACES
    refusal(lambda: sentences.without(FACES, ["red hair red eyes"]), "'red hair red eyes'")
    refusal(lambda: sentences.without(FACES, sorted({*CAPTIONS})), "no image with another sentence")


def test_a_word_is_a_class():
    hair, eyes = sentences.labelled(FACES, 1), sentences.labelled(FACES, 3)
    assert hair.classes == eyes.classes == ("blue", "red")
    assert everything(hair)["label"].tolist() == [0, 1, 0, 0]
    assert everything(eyes)["label"].tolist() == [1, 0, 0, 1]
    refusal(lambda: sentences.labelled(FACES, 5), "4 sentences end before word 5")
    refusal(lambda: sentences.labelled(FACES, 9), "at most 4 words")


def test_what_tells_of_an_image():
    assert list(sentences.told(FACES.fields)) == ["caption"]
    both = Fields({**FACES.fields, "embedding": Field("vector", (3,))})
    assert list(sentences.told(both)) == ["embedding"]
    refusal(lambda: sentences.told(Fields({"image": Field("image", (1, 1, 1))})), "'caption'")
