"""Whether an image is found to be of its own sentence: the R-precision of Xu et al. 2018 (arXiv:1711.10485). Or of its
own class, by sentences: the classification of Reed et al. 2016 (arXiv:1605.05395)."""

import numpy as np
from numpy.typing import ArrayLike

from jaxgen.errors import InputError


def r_precision(images: ArrayLike, sentences: ArrayLike, *, among: int = 100, seed: int = 0) -> float:
    """The share of images whose own sentence has the largest inner product among so many; chance is 1 / among.

    Section 4.1, with R = 1: the others are chosen at random for each image, of those that are not its own. Of equal
    products the own one is not the largest. The paper takes cosines; give vectors of length 1 for these.

    Args:
      images: vectors [N, n].
      sentences: vectors [N, n] of their own sentences, in the same order; equal vectors are one sentence.
      among: candidates, the own one included.
      seed: of the choice.

    Raises:
      InputError: vectors differ in shape, or there are fewer different sentences.
    """
    v, t = np.asarray(images, np.float64), np.asarray(sentences, np.float64)
    if v.ndim != 2 or v.shape != t.shape:
        raise InputError(f"images' vectors {v.shape} and sentences' {t.shape} are not [N, n], of one shape")
    different, which = np.unique(t, axis=0, return_inverse=True)
    if not 2 <= among <= len(different):
        raise InputError(f"there are {len(different)} different sentences, so that one is found among 2 to so many")
    rng, right = np.random.default_rng(seed), 0
    for vector, own in zip(v, which.reshape(-1)):
        others = rng.choice(len(different) - 1, among - 1, replace=False)
        products = different[others + (others >= own)] @ vector
        right += bool(different[own] @ vector > products.max())
    return right / len(v)


def class_accuracy(images: ArrayLike, sentences: ArrayLike, labels: ArrayLike) -> float:
    """The share of images whose own class has the largest mean inner product with its sentences (Reed et al. 2016,
    arXiv:1605.05395, eq. 3). Chance is one by the number of classes, where these are as large.

    Args:
      images: vectors [N, n].
      sentences: vectors [N, n], one of each image.
      labels: classes of both, integers [N].

    Raises:
      InputError: they differ in length, or are of one class.
    """
    v, t, y = np.asarray(images, np.float64), np.asarray(sentences, np.float64), np.asarray(labels)
    if v.ndim != 2 or v.shape != t.shape or y.shape != v.shape[:1]:
        raise InputError(f"images' vectors {v.shape}, sentences' {t.shape} and labels {y.shape} do not fit each other")
    classes = np.unique(y)
    if len(classes) < 2:
        raise InputError("all images are of one class: none can be told from another")
    means = np.stack([t[y == k].mean(0) for k in classes])
    return float(np.mean(classes[(v @ means.T).argmax(1)] == y))
