"""Every metric of sets of images by its short name: what it needs of them, and what it says."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np

from jaxgen.errors import InputError
from jaxgen.metrics import frechet, images, inception_score, kernel, manifold, modes, nearest, sliced
from jaxgen.metrics.moments import Moments
from jaxgen.metrics.protocol import Protocol

INCEPTION = "inception-v3-fid"  # the only network whose scores have the names that papers quote


class Seen(NamedTuple):
    """What a network saw in a set of images. Fields that nobody asked for are None.

    `moments` take memory that does not depend on the number of images N; the others do: 4 D bytes an image for
    `features`, 4 K for `logits`, and the images themselves.
    """

    number: int
    moments: Moments | None = None
    features: Any = None  # float32 [N, D]
    logits: Any = None  # float32 [N, K]
    images: Any = None  # uint8 [N, H, W, C]


class Value(NamedTuple):
    mean: float
    std: float | None = None
    weights: Mapping[str, str] = MappingProxyType({})  # of networks of the metric's own: name -> SHA-256 of their file


class Metric(NamedTuple):
    """A metric of samples, perhaps beside real images.

    Args:
      real: which fields of `Seen` it needs of the real images; none where it looks at samples alone.
      fake: which it needs of the samples.
      score: real, fake, protocol -> values by the names that they have with any network.
      higher: whether more is better.
      pairs: whether it compares images in pairs, first with first.
    """

    real: frozenset[str]
    fake: frozenset[str]
    score: Callable[[Seen, Seen, Protocol], Mapping[str, Value]]
    higher: bool = False
    pairs: bool = False

    @property
    def network(self) -> bool:
        """Whether it needs a network at all."""
        return bool((self.real | self.fake) - {"images"})


# What a value is called when the network is the FID's Inception: no other network's may be.
QUOTED = {"Fréchet distance": "FID", "kernel distance": "KID", "class score": "Inception score"}


def named(name: str, network: str | None) -> str:
    """What a value is called in print: "FID", "Fréchet distance (efficientnet-lite0)"; with no network, as it is."""
    if network is None:
        return name
    if network == INCEPTION:
        return QUOTED.get(name, name)
    return f"{name} ({network})"


def _frechet(real: Seen, fake: Seen, protocol: Protocol) -> dict[str, Value]:
    assert real.moments, "asked for in METRICS"
    assert fake.moments, "asked for in METRICS"
    return {"Fréchet distance": Value(frechet.distance(real.moments, fake.moments))}


def _kernel(real: Seen, fake: Seen, protocol: Protocol) -> dict[str, Value]:
    size = min(protocol.subset_size, real.number, fake.number)
    mean, std = kernel.distance(
        real.features, fake.features, subsets=protocol.subsets, subset_size=size, seed=protocol.subset_seed
    )
    return {"kernel distance": Value(mean, std)}


def _class_score(real: Seen, fake: Seen, protocol: Protocol) -> dict[str, Value]:
    return {
        "class score": Value(*inception_score.score(fake.logits, splits=protocol.splits, seed=protocol.subset_seed))
    }


def _manifold(real: Seen, fake: Seen, protocol: Protocol) -> dict[str, Value]:
    found = manifold.prdc(real.features, fake.features, neighbours=protocol.neighbours)
    return {name: Value(float(value)) for name, value in found._asdict().items()}


def _modes(real: Seen, fake: Seen, protocol: Protocol) -> dict[str, Value]:
    count = fake.logits.shape[1]
    classes = np.argmax(fake.logits, 1)
    return {
        "classes seen": Value(float(modes.covered(classes, count))),
        "KL of classes to uniform, nats": Value(float(modes.kl_to_uniform(classes, count))),
    }


def _sliced(real: Seen, fake: Seen, protocol: Protocol) -> dict[str, Value]:
    count = min(real.number, fake.number)
    levels = sliced.swd(real.images[:count], fake.images[:count], seed=protocol.seed)
    told = {f"sliced Wasserstein distance x 1,000, {side} pixels": Value(1e3 * d) for side, d in levels.items()}
    return {**told, "sliced Wasserstein distance x 1,000": Value(1e3 * float(np.mean(list(levels.values()))))}


def _similarity(real: Seen, fake: Seen, protocol: Protocol) -> dict[str, Value]:
    value = images.ms_ssim_diversity(fake.images, seed=protocol.seed)
    return {"MS-SSIM between samples": Value(float(value))}


def check_pairs(real: Seen, fake: Seen) -> None:
    """Raises InputError for images that cannot be compared first with first."""
    if real.images.shape != fake.images.shape:
        ours, theirs = ("x".join(map(str, seen.images.shape)) for seen in (real, fake))
        raise InputError(f"images of {ours} and of {theirs} do not pair: say one number as --real and --generated")


def _ratio(real: Seen, fake: Seen, protocol: Protocol) -> dict[str, Value]:
    check_pairs(real, fake)
    found = images.mean_psnr(images.psnr(real.images, fake.images))
    told = {"PSNR, dB": Value(found.mean, found.std)}
    if found.identical:
        of = "all pairs" if found.identical == real.number else "left out of the mean PSNR"
        told[f"identical pairs ({of})"] = Value(found.identical)
    return told


def _likeness(real: Seen, fake: Seen, protocol: Protocol) -> dict[str, Value]:
    check_pairs(real, fake)
    found = images.ssim(real.images, fake.images)
    return {"SSIM": Value(float(np.mean(found)), float(np.std(found)))}


def _nearest(real: Seen, fake: Seen, protocol: Protocol) -> dict[str, Value]:
    """How near samples come to real images, and how near real images come to each other: a copy is at 0."""
    _, distances = nearest.neighbours(fake.images, real.images, k=1)
    _, among = nearest.neighbours(real.images[: fake.number], real.images, k=2)
    return {
        "distance to the nearest real image": Value(float(np.mean(distances[:, 0]))),
        "the same of a real image": Value(float(np.mean(among[:, 1]))),
    }


_set = frozenset
METRICS: Mapping[str, Metric] = {
    "fid": Metric(_set({"moments"}), _set({"moments"}), _frechet),
    "kid": Metric(_set({"features"}), _set({"features"}), _kernel),
    "is": Metric(_set(), _set({"logits"}), _class_score, higher=True),
    "prdc": Metric(_set({"features"}), _set({"features"}), _manifold, higher=True),
    "modes": Metric(_set(), _set({"logits"}), _modes, higher=True),
    "swd": Metric(_set({"images"}), _set({"images"}), _sliced),
    "msssim": Metric(_set(), _set({"images"}), _similarity),
    "nearest": Metric(_set({"images"}), _set({"images"}), _nearest),
}
# Of images that belong together in pairs, first with first, as those of two folders: a run's and its data's do not.
PAIRS: Mapping[str, Metric] = {
    "psnr": Metric(_set({"images"}), _set({"images"}), _ratio, higher=True, pairs=True),
    "ssim": Metric(_set({"images"}), _set({"images"}), _likeness, higher=True, pairs=True),
}


def chosen(names: str, more: Mapping[str, Metric] = MappingProxyType({})) -> dict[str, Metric]:
    """Metrics from what a user writes: "fid,kid"; `more` are beside those of the table.

    Raises:
      InputError: one is none of them.
    """
    listed = [name.strip() for name in names.split(",") if name.strip()]
    known = {**METRICS, **more}
    for name in listed:
        if name not in known:
            raise InputError(f"there is no metric {name!r} of these images; there are {', '.join(known)}")
    if not listed:
        raise InputError(f"no metric is named; there are {', '.join(known)}")
    return {name: known[name] for name in listed}
