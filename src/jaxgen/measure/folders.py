"""Scores of the images of one folder beside those of another."""

from pathlib import Path

import jax

from jaxgen.data import Source, open_source
from jaxgen.errors import InputError
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
    if any("images" in metric.real for metric in chosen.values()) and sources[0].shape != sources[1].shape:
        one, other = ("x".join(map(str, source.shape)) for source in sources)
        raise InputError(f"{reference} has images of {one} and {samples} of {other}: say --size")
    real, fake = (
        of_source(source, count, protocol.seed, {"name": name}, keep=False)
        for source, count, name in zip(sources, (protocol.real, protocol.generated), (reference, samples))
    )
    return evaluate(fake, real, chosen, protocol, through, mesh)


def _open(name: str, size: int | None, data_dir: Path | None) -> Source:
    dataset, _, split = name.partition(":") if "/" not in name else (name, "", "")
    path = Path(name).expanduser()
    if path.is_dir():
        dataset = str(path.resolve())
    return open_source(dataset, split=split or "train", size=size, data_dir=data_dir)
