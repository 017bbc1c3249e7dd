"""What a classifier's run says of the images that another run draws."""

from pathlib import Path

import flax.errors
import jax
import numpy as np

from jaxgen import sampling
from jaxgen.errors import InputError
from jaxgen.model.trained import Trained, classifier


def latent(path: Path, checkpoint: str = "last") -> tuple[Trained, sampling.LatentSampler]:
    """A run whose images are made from latent codes, and its sampler.

    Raises:
      InputError: they are not, or it is no run with a whole checkpoint.
    """
    trained = Trained(path, checkpoint=checkpoint)
    if not isinstance(trained.sampler, sampling.LatentSampler):
        raise InputError(f"the images of {path} are not made from latent codes, so there is nothing between them")
    return trained, trained.sampler


def probabilities(path: Path, images: np.ndarray, chunk: int = 500) -> np.ndarray:
    """The classifier of a run at `path` on uint8 images [N, H, W, C]: probabilities of its classes [N, K].

    Raises:
      InputError: there is no classifier, or it knows images of another size.
    """
    logits, found = classifier(path), []
    try:
        for i in range(0, len(images), chunk):
            part = images[np.arange(i, i + min(chunk, len(images))) % len(images)]  # one shape, one compilation
            found.append(np.asarray(jax.nn.softmax(logits(part))))
    except (flax.errors.FlaxError, TypeError) as error:
        line = str(error).splitlines()[0]
        raise InputError(f"images of {images.shape[1:]} do not fit the classifier of {path}: {line}") from None
    return np.concatenate(found)[: len(images)]


def known(number: int, probability: np.ndarray, path: Path) -> None:
    """Raises InputError where a classifier with probabilities [N, K] has no class of that number."""
    if not 0 <= number < probability.shape[1]:
        raise InputError(f"{path} knows the classes 0 to {probability.shape[1] - 1}, not {number}")


def surest(number: int, probability: np.ndarray, count: int) -> np.ndarray:
    """The numbers of the `count` images that are of a class, by probabilities [N, K], the surest first.

    Raises:
      InputError: there are fewer.
    """
    members = np.flatnonzero(probability.argmax(1) == number)
    if len(members) < count:
        raise InputError(
            f"{len(members)} of {len(probability)} samples are of class {number}, and {count} are needed: more --pool?"
        )
    return members[np.argsort(-probability[members, number], kind="stable")[:count]]
