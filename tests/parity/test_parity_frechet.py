"""The Fréchet distance beside torch-fidelity's and clean-fid's, from the same features."""

from types import SimpleNamespace

import numpy as np
import pytest
from scipy import linalg

from jaxgen.metrics import frechet
from jaxgen.metrics.moments import moments

pytestmark = pytest.mark.parity
torch = pytest.importorskip("torch")
metric_fid = pytest.importorskip("torch_fidelity.metric_fid")
cleanfid = pytest.importorskip("cleanfid.fid")


def features(n, d, seed, kind):
    """Not negative, correlated, and with spreads that differ by orders of magnitude, as Inception's."""
    draw = np.random.default_rng(seed)
    mix = np.random.default_rng(99).normal(size=(d, d)) / np.sqrt(d)
    return np.maximum((draw.normal(size=(n, d)) + 0.1 * seed) @ mix * np.geomspace(0.05, 3, d)[None], 0).astype(kind)


def fidelity(x, y):
    stats = [metric_fid.fid_features_to_statistics(torch.from_numpy(s)) for s in (x, y)]
    return metric_fid.fid_statistics_to_metric(*stats, False)["frechet_inception_distance"]


@pytest.mark.parametrize("kind", [np.float64, np.float32], ids=["float64", "float32"])
@pytest.mark.parametrize("d", [16, 192], ids=str)
def test_is_torch_fidelitys(d, kind):
    x, y = features(1500, d, 1, kind), features(1200, d, 2, kind)
    assert frechet.distance(moments(x), moments(y)) == pytest.approx(
        fidelity(x.astype(np.float64), y.astype(np.float64)), rel=1e-6
    )


@pytest.mark.parametrize("d", [16, 192], ids=str)
def test_is_clean_fids(d, monkeypatch):
    """Its code with scipy's root: scipy 1.18 has no `disp` any more, with which clean-fid 0.1.35 calls it."""
    monkeypatch.setattr(cleanfid, "linalg", SimpleNamespace(sqrtm=lambda product, disp: (linalg.sqrtm(product), None)))
    x, y = features(1500, d, 1, np.float64), features(1200, d, 2, np.float64)
    m1, m2 = moments(x), moments(y)
    expected = cleanfid.frechet_distance(x.mean(0), np.cov(x, rowvar=False), y.mean(0), np.cov(y, rowvar=False))
    assert frechet.distance(m1, m2) == pytest.approx(expected, rel=1e-6)


def test_with_fewer_images_than_dimensions():
    """torch-fidelity takes roots of eigenvalues that are rounding: they differ by 5e-8 here."""
    x, y = features(60, 192, 1, np.float64), features(80, 192, 2, np.float64)
    assert frechet.distance(moments(x), moments(y)) == pytest.approx(fidelity(x, y), rel=1e-6)
