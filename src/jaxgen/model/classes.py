"""What a classifier's run says of images: as a function, as features, and of the images that another run draws."""

from pathlib import Path
from typing import Any

import flax.errors
import jax
import numpy as np
from jax import Array
from jax.tree_util import Partial

from jaxgen.abilities import Classify
from jaxgen.errors import InputError
from jaxgen.features import Features
from jaxgen.model.bound import Bound
from jaxgen.model.model import Model
from jaxgen.pixels import as_floats


def classifier(path: str | Path) -> Partial:
    """A run's classifier as a pure function.

    Args:
      path: the folder of a run that can classify, such as those of `experiments/classifiers/classifier.py`.

    Returns:
      Images [B, H, W, C], uint8 or float in [-1, 1], -> logits [B, K], by the averaged parameters where there is an
      average, and by the running statistics. It is compiled, can be differentiated, and is a tree of its parameters:
      give it to a compiled function of your own as an argument.

    Raises:
      InputError: it is not a run's folder, has no whole checkpoint, or cannot classify.
    """
    bound = Model(path).ability(Classify)
    return Partial(_of_images, bound.function(bound.ability.logits))


def _of_images(logits: Partial, images: jax.typing.ArrayLike) -> Array:
    return logits(as_floats(images))


def classifier_features(path: str | Path) -> Features:
    """A run's classifier as a network to compare images by: its last hidden layer, and its logits.

    Args and Raises: as of `classifier`.
    """
    model = Model(path)
    bound = model.ability(Classify)
    ability, channels = bound.ability, _channels(bound)

    def apply(variables: Any, images: Array) -> dict[str, Array]:
        x = as_floats(images)
        return {"features": ability.features(*variables, x), "logits": ability.logits(*variables, x)}

    name = f"classifier of {model.settings['dataset']}"
    return Features(name, model.digest, channels, "not resized", (bound.params, bound.stats), apply)


def _channels(bound: Bound[Classify]) -> int:
    if "image" in bound.ability.takes:
        return bound.ability.takes["image"].channels
    return next(leaf.shape[-2] for leaf in jax.tree.leaves(bound.params) if leaf.ndim == 4)


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
