"""Scores of the images of one folder beside those of another."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import jax
import numpy as np

from jaxgen.data import Source, open_source
from jaxgen.data.openers import attributes
from jaxgen.data.openers.folder import open_folder
from jaxgen.data.reading.names import natural
from jaxgen.data.reading.paired import paired
from jaxgen.data.source import places
from jaxgen.errors import InputError, note
from jaxgen.executors import data_mesh
from jaxgen.measure import perceptual
from jaxgen.measure.evaluate import Evaluation, evaluate, network, of_source
from jaxgen.metrics import scores
from jaxgen.metrics.protocol import Protocol


def compared(
    reference: str,
    samples: str,
    metrics: str,
    protocol: Protocol,
    net: str,
    classifier: Path | None,
    size: int | None,
    data_dir: Path | None,
) -> Evaluation:
    """Scores of a folder, an .npz file or a TFDS data set (its split after a colon) beside another.

    Args:
      reference: what to compare with.
      samples: what is scored.
      metrics: names, with commas.
      protocol: how.
      net: what looks at the images, a name of `evaluate.NETWORKS`.
      classifier: a run that looks at them instead.
      size: side in pixels to crop and resize all of them to first; None is not at all.
      data_dir: where TFDS keeps prepared data sets.

    Raises:
      InputError: a metric cannot be had of them.
    """
    mesh = data_mesh(jax.local_devices())
    sources = [_open(name, size, data_dir) for name in (reference, samples)]
    chosen = scores.chosen(metrics, perceptual.of_folders(*sources, mesh))
    through = network(net, classifier, protocol.resize, chosen)
    if any(metric.pairs for metric in chosen.values()):
        sources = in_pairs(sources[0], sources[1], reference, samples)
    if any("images" in metric.real for metric in chosen.values()) and sources[0].shape != sources[1].shape:
        one, other = ("x".join(map(str, source.shape)) for source in sources)
        raise InputError(f"{reference} has images of {one} and {samples} of {other}: say --size")
    real, fake = (
        of_source(source, count, protocol.seed, {"name": name}, keep=False)
        for source, count, name in zip(sources, (protocol.real, protocol.generated), (reference, samples))
    )
    return evaluate(fake, real, chosen, protocol, through, mesh)


def in_pairs(real: Source, fake: Source, reference: str, samples: str) -> list[Source]:
    """Two sources whose records n belong together: files by their names (`data.reading.paired`); what has none by its
    place, beside files in the order of the numbers in theirs. A line on stderr says so, but of equal names.

    Raises:
      InputError: an image has no partner.
    """
    if real.names and fake.names:
        found = paired(real.names, fake.names)
        orders = zip(*found.whole(reference, samples))
        if found.how:
            note(found.how)
        return [_in_order(source, order) for source, order in zip((real, fake), orders)]
    if real.length != fake.length:
        raise InputError(
            f"{reference} has {real.length} images and {samples} {fake.length}: by their places not all have a partner"
        )
    if real.names or fake.names:
        files, others = (reference, samples) if real.names else (samples, reference)
        note(f"{others} has no names: its images are paired with the files of {files} in the order of their numbers")
    return [_in_order(source, _natural_order(source)) if source.names else source for source in (real, fake)]


def _natural_order(source: Source) -> list[int]:
    return sorted(range(source.length), key=lambda i: natural(source.names[i]))


def _in_order(source: Source, order: Sequence[int]) -> Source:
    numbers = np.asarray(order)
    names, where = [source.names[i] for i in order], places(source)[numbers]
    return replace(source, read=lambda indices: source.read(numbers[indices]), names=names, places=where)


def _open(name: str, size: int | None, data_dir: Path | None) -> Source:
    dataset, _, split = name.partition(":") if "/" not in name else (name, "", "")
    path = Path(name).expanduser()
    if path.is_dir() and not attributes.table_of(path):
        return open_folder(path.resolve(), size=size, square=False)
    if path.is_dir():
        dataset = str(path.resolve())
    return open_source(dataset, split=split or "train", size=size, data_dir=data_dir)
