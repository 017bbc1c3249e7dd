"""The density estimates that came before deep nets, as baselines: fit to points, then draw from the fit.

Each takes training points [N, d], the number of components, how many to draw and a seed, and gives points [count, d].
The fitting is scikit-learn's.
"""

from collections.abc import Callable, Mapping

import numpy as np
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA
from sklearn.mixture import GaussianMixture

Baseline = Callable[[np.ndarray, int, int, int], np.ndarray]


def gaussian(data: np.ndarray, components: int, count: int, seed: int) -> np.ndarray:
    """One Gaussian by maximum likelihood; `components` plays no part."""
    return GaussianMixture(1, random_state=seed).fit(data).sample(count)[0]


def gaussian_mixture(data: np.ndarray, components: int, count: int, seed: int) -> np.ndarray:
    """A mixture of Gaussians with full covariances, by EM from k-means++."""
    model = GaussianMixture(components, init_params="k-means++", random_state=seed)
    drawn = model.fit(data).sample(count)[0]
    return np.random.default_rng(seed).permutation(drawn)  # scikit-learn gives them component by component


def k_means(data: np.ndarray, components: int, count: int, seed: int) -> np.ndarray:
    """k-means as a density: a cluster by its share, then a round Gaussian of the cluster's own variance."""
    model = KMeans(components, n_init=3, random_state=seed).fit(data)
    share = np.bincount(model.labels_, minlength=components) / len(data)
    square = ((data - model.cluster_centers_[model.labels_]) ** 2).mean(1)
    variance = np.bincount(model.labels_, square, components) / np.maximum(share * len(data), 1)
    rng = np.random.default_rng(seed)
    chosen = rng.choice(components, size=count, p=share)
    noise = rng.normal(size=(count, data.shape[1])) * np.sqrt(variance[chosen])[:, None]
    return model.cluster_centers_[chosen] + noise


def pca(data: np.ndarray, components: int, count: int, seed: int) -> np.ndarray:
    """A Gaussian along the first half of the principal directions (one at least): "eigenfaces"."""
    model = PCA(max(1, data.shape[1] // 2)).fit(data)
    scale = np.sqrt(model.explained_variance_)
    return model.inverse_transform(np.random.default_rng(seed).normal(size=(count, len(scale))) * scale)


BASELINES: Mapping[str, Baseline] = {
    "gaussian": gaussian,
    "gaussian_mixture": gaussian_mixture,
    "k_means": k_means,
    "pca": pca,
}
