"""Sentences for images that have classes alone, and parts of data by their sentences."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from jaxgen.data.fields import Field, Fields
from jaxgen.data.part import records
from jaxgen.data.reading import words
from jaxgen.data.source import Batch, Source
from jaxgen.errors import InputError


def beside(source: Source) -> Source:
    """The same with the names of classes as sentences, "caption", where there are classes and no sentences."""
    label = source.fields.get("label")
    if "caption" in source.fields or label is None or not label.names:
        return source
    field = words.field(label.names)
    tokens = words.encode(label.names, field)

    def read(indices: np.ndarray) -> Batch:
        batch = source.read(indices)
        return batch | {"caption": tokens[batch["label"]]}

    return replace(source, fields=Fields({**source.fields, "caption": field}), read=read)


def without(source: Source, captions: Sequence[str]) -> Source:
    """The same without examples whose sentence, or first one, is one of some; words stay those of the whole set.

    Raises:
      InputError: it has no sentences, none like one of these, or no others.
    """
    if not captions:
        return source
    left_out = having(source, captions)
    if missing := [caption for caption, of in zip(captions, left_out) if not of.any()]:
        raise InputError(f"{source.name} has no image with the sentence {missing[0]!r} to leave out")
    kept = np.flatnonzero(~left_out.any(0))
    if not len(kept):
        raise InputError(f"{source.name} has no image with another sentence than those that are left out")
    return records(source, kept)


def having(source: Source, captions: Sequence[str]) -> np.ndarray:
    """Which examples have which of some sentences as their first one: booleans [len(captions), length].

    Raises:
      InputError: it has no sentences, or one of these cannot be one of theirs.
    """
    tokens = words.encode(captions, source.fields.of("caption", "tokens"))
    first = np.concatenate([batch["caption"] for batch in source.chunks()])
    return np.stack([(first == each).all(1) for each in tokens])


def labelled(source: Source, place: int) -> Source:
    """The same with the words at one place of its sentences, counted from 1, as classes: "label".

    Raises:
      InputError: it has no sentences, or one that ends before.
    """
    field = source.fields.of("caption", "tokens")
    if not 1 <= place <= field.shape[0]:
        raise InputError(f"{source.name} has sentences of at most {field.shape[0] - 1} words, none at {place}")
    there = np.concatenate([batch["caption"][:, place - 1] for batch in source.chunks()])
    if not there.all():
        raise InputError(f"{source.name}: {int((there == 0).sum())} sentences end before word {place}")
    numbers = np.unique(there)
    label = Field("label", (), tuple(field.names[number] for number in numbers))

    def read(indices: np.ndarray) -> Batch:
        batch = source.read(indices)
        return batch | {"label": np.searchsorted(numbers, batch["caption"][:, place - 1]).astype(np.int32)}

    return replace(source, fields=Fields({**source.fields, "label": label}), read=read)


def told(fields: Fields) -> dict[str, Field]:
    """What tells of an image: the vector "embedding" where there is one, else the sentence "caption".

    Raises:
      InputError: there is neither.
    """
    name = "embedding" if "embedding" in fields else "caption"
    return {name: fields.of(name, "vector" if name == "embedding" else "tokens")}
