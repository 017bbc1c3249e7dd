"""How well classes that a net found by itself fit the labels that it never saw."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from jaxgen.data import Source
from jaxgen.model.applied import Applied
from jaxgen.pixels import as_floats

SOME = 10_000  # images by which clusters are given classes


def agreement(seen: Source, tested: Source, logits: Callable[[Any, Array], Array], net: Applied) -> dict[str, Any]:
    """Clusters are given classes by some labels, one each where they can be, and tested on other images.

    Args:
      seen: whose first 10,000 labels say which class a cluster is: that of most agreement in all (the Hungarian
        method), and where there are more clusters than classes, each other one that of most of its images.
      tested: on which they are tested.
      logits: the net, images [B, H, W, C] in [-1, 1] -> logits of clusters [B, K].
      net: with what it learned.

    Returns:
      "accuracy", "classes" (of each cluster its class's name) and "by_class", the accuracy of each class.
    """

    @jax.jit
    def cluster(net: Any, images: Array) -> Array:
        return jnp.argmax(logits(net, as_floats(images)), -1)

    def of(source: Source, count: int, chunk: int = 500) -> tuple[np.ndarray, np.ndarray]:
        found = []
        for i in range(0, count, chunk):
            batch = source.read(np.arange(i, i + chunk) % count)  # one shape, one compilation
            found.append((np.asarray(cluster(net, batch["image"])), batch["label"]))
        clusters, labels = (np.concatenate(each)[:count] for each in zip(*found))
        return clusters, labels

    names = seen.classes
    classes = assigned(*of(seen, min(SOME, seen.length)), len(names))
    clusters, labels = of(tested, tested.length)
    right = np.take(classes, clusters, mode="clip") == labels
    by_class = [float(right[labels == k].mean()) if (labels == k).any() else None for k in range(len(names))]
    return {"accuracy": float(right.mean()), "classes": [names[k] for k in classes], "by_class": by_class}


def assigned(clusters: np.ndarray, labels: np.ndarray, classes: int) -> np.ndarray:
    """The class of each cluster, as many as are named: clusters [N] and labels [N] -> [K]."""
    from scipy.optimize import linear_sum_assignment  # here: nothing else waits for it

    table = np.zeros((int(clusters.max()) + 1, classes), int)
    np.add.at(table, (clusters, labels), 1)
    found = table.argmax(1)
    rows, columns = linear_sum_assignment(table, maximize=True)
    found[rows] = columns
    return found
