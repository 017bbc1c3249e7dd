"""Clusters beside labels, by hand."""

import numpy as np

from jaxgen.data.source import in_memory
from jaxgen.game import Net
from jaxgen.measure.clusters import agreement, assigned
from jaxgen.model.applied import Applied


def test_each_class_has_a_cluster_where_that_agrees_most():
    # Most of clusters 0 and 1 are of class 0; the best assignment gives cluster 1 to class 1.
    clusters = np.repeat([0, 0, 1, 1, 2], [5, 1, 4, 3, 6])
    labels = np.repeat([0, 1, 0, 1, 2], [5, 1, 4, 3, 6])
    assert assigned(clusters, labels, 3).tolist() == [0, 1, 2]


def test_more_clusters_than_classes_have_the_class_of_most():
    clusters = np.repeat([0, 1, 2, 3], [5, 4, 6, 2])
    labels = np.repeat([0, 0, 1, 1], [5, 4, 6, 2])
    assert assigned(clusters, labels, 2).tolist() == [0, 0, 1, 1]


def test_agreement_is_counted_on_other_images():
    def source(shades, labels):
        images = np.repeat(np.uint8(shades), 4).reshape(-1, 2, 2, 1)
        return in_memory("shades", {"image": images, "label": np.array(labels)}, ("dark", "light"))

    shade = Net(lambda key, x: ({}, {}), lambda p, s, x, train: (x.mean((1, 2, 3))[:, None] * np.float32([[-1, 1]]), s))
    seen, tested = source([0, 10, 250], [1, 1, 0]), source([5, 20, 240, 250, 255], [1, 0, 0, 0, 0])
    found = agreement(seen, tested, lambda net, x: net(x), Applied(shade, {}, {}))
    assert found == {"accuracy": 0.8, "classes": ["light", "dark"], "by_class": [0.75, 1.0]}
