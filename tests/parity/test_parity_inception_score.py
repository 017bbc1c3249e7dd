"""The class score beside torch-fidelity's, with its shuffle and without."""

import numpy as np
import pytest

from jaxgen.metrics import inception_score

pytestmark = pytest.mark.parity
torch = pytest.importorskip("torch")
metric_isc = pytest.importorskip("torch_fidelity.metric_isc")


@pytest.mark.parametrize("seed", [2020, 5, None], ids=str)
@pytest.mark.parametrize(("n", "splits"), [(1000, 10), (1003, 7)], ids=str)
def test_is_torch_fidelitys(n, splits, seed):
    logits = (4 * np.random.default_rng(0).normal(size=(n, 1008))).astype(np.float32)
    expected = metric_isc.isc_features_to_metric(torch.from_numpy(logits), splits, seed is not None, seed)
    found = inception_score.score(logits, splits=splits, seed=seed)
    assert found.mean == pytest.approx(expected["inception_score_mean"], rel=1e-6)
    assert found.std == pytest.approx(expected["inception_score_std"], rel=1e-6)
