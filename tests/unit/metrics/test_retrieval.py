"""R-precision, and classes by their sentences."""

import numpy as np
import pytest

from jaxgen.errors import InputError
from jaxgen.metrics.retrieval import class_accuracy, r_precision

RNG = np.random.default_rng(0)


def test_an_image_finds_its_own_sentence_by_the_largest_product():
    vectors = np.eye(5)
    assert r_precision(vectors, vectors, among=5) == 1
    assert r_precision(-vectors, vectors, among=5) == 0
    wrong = vectors[[1, 0, 2, 3, 4]]
    assert r_precision(wrong, vectors, among=5) == pytest.approx(3 / 5)


def test_equal_sentences_are_one():
    sentences = np.eye(3)[[0, 0, 0, 1, 2]]
    assert r_precision(sentences, sentences, among=3) == 1
    with pytest.raises(InputError, match="3 different sentences"):
        r_precision(sentences, sentences, among=4)


def test_images_that_know_nothing_find_as_many_as_chance():
    images, sentences = RNG.normal(size=(2, 4000, 20))
    assert r_precision(images, sentences, among=10) == pytest.approx(0.1, abs=0.02)


def test_images_that_are_all_alike_find_none():
    assert r_precision(np.zeros((6, 2)), RNG.normal(size=(6, 2)), among=3) == 0


def test_a_class_is_that_whose_sentences_are_nearest_in_the_mean():
    # Class 0's second sentence alone is nearer to class 1's images than class 1's own; in the mean it is not.
    sentences = np.array([[2.0, 0.0], [0.0, 2.0], [0.0, 1.5], [0.0, 1.5]])
    images = np.array([[1.0, 0.1], [1.0, 0.2], [0.1, 1.0], [1.0, 0.0]])
    assert class_accuracy(images, sentences, [4, 4, 7, 7]) == 3 / 4  # the last image is taken for a 4
    with pytest.raises(InputError, match="one class"):
        class_accuracy(images, sentences, [4, 4, 4, 4])
    with pytest.raises(InputError, match="do not fit"):
        class_accuracy(images, sentences, [4, 4, 7])


def test_classes_are_by_chance_where_images_know_nothing():
    images, sentences = RNG.normal(size=(2, 4000, 20))
    assert class_accuracy(images, sentences, np.arange(4000) % 10) == pytest.approx(0.1, abs=0.02)
