"""What samples are, by a classifier that has no part in the diagnostics: the truth that these are held against."""

from collections.abc import Mapping
from pathlib import Path

import jax
import numpy as np
from scipy.spatial.distance import cdist
from sklearn.neighbors import NearestNeighbors
from sklearn.neural_network import MLPClassifier

from jaxgen.abilities import Drawing
from jaxgen.data import open_source
from jaxgen.model import Model

UNREAL, NARROW = 0.1, 0.15  # precision and coverage below which samples are nothing real, or few: set on seeds from 0


class Judge:
    """What a scikit-learn classifier of real images sees in samples: our detectors' numbers have no part in it."""

    def __init__(self, dataset: str, split: str, size: int | None, data_dir: Path | None):
        source = open_source(dataset, split=split, size=size, data_dir=data_dir)
        batch = source.read(np.sort(np.random.default_rng(0).permutation(source.length)[:4000]))
        x, y = batch["image"], batch["label"]
        order = np.random.default_rng(1).permutation(len(x))
        self._net = MLPClassifier((64,), max_iter=200, random_state=0).fit(self._flat(x[order[500:]]), y[order[500:]])
        self._real = self._features(x[order[:500]])  # which it has not seen
        self._radius = NearestNeighbors(n_neighbors=6).fit(self._real).kneighbors()[0][:, 4]

    @staticmethod
    def _flat(images: np.ndarray) -> np.ndarray:
        return images.reshape(len(images), -1) / 127.5 - 1

    def _features(self, images: np.ndarray) -> np.ndarray:
        return np.maximum(self._flat(images) @ self._net.coefs_[0] + self._net.intercepts_[0], 0)

    def measure(self, images: np.ndarray) -> dict[str, float]:
        """Classes covered by at least 1 % of the samples each, the classes' entropy over its maximum, the classifier's
        mean confidence; and on its hidden layer, with balls to the fifth neighbour around 500 real images: precision
        (Kynkaanniemi et al. 2019), the share of samples in any ball, and coverage (Naeem et al. 2020), the share of
        balls with any sample in them."""
        p = self._net.predict_proba(self._flat(images))
        shares = np.bincount(p.argmax(1), minlength=p.shape[1]) / len(p)
        entropy = -np.sum(shares * np.log(np.maximum(shares, 1e-12))) / np.log(len(shares))
        inside = cdist(self._features(images), self._real) <= self._radius
        return {
            "classes": int(np.sum(shares >= 0.01)),
            "entropy": round(float(entropy), 3),
            "confidence": round(float(np.mean(p.max(1))), 3),
            "precision": round(float(np.mean(inside.any(1))), 3),
            "coverage": round(float(np.mean(inside.any(0))), 3),
        }


def samples(path: Path, count: int = 500) -> np.ndarray:
    draw = Model(path).ability(Drawing)
    return draw.images(draw.ability.codes(jax.random.key(12345), count))


def by_samples(measured: Mapping[str, float]) -> str:
    """What the independent measure makes of a run."""
    if measured["precision"] < UNREAL:
        return "failure"
    return "collapse" if measured["coverage"] < NARROW else "healthy"
