"""The kernel distance beside torch-fidelity's, from the same features and the same subsets."""

import numpy as np
import pytest

from jaxgen.metrics import kernel

pytestmark = pytest.mark.parity
torch = pytest.importorskip("torch")
metric_kid = pytest.importorskip("torch_fidelity.metric_kid")


POLYNOMIAL = {
    "kid_kernel": "poly",
    "kid_kernel_poly_degree": 3,
    "kid_kernel_poly_gamma": None,
    "kid_kernel_poly_coef0": 1,
}


def sets(kind=np.float64, d=128):
    draw = np.random.default_rng(0)
    x, y = np.abs(draw.normal(size=(700, d))), np.abs(draw.normal(size=(600, d)) * 1.1 + 0.1)
    return x.astype(kind), y.astype(kind)


def test_one_pair_is_torch_fidelitys():
    x, y = (s[:600] for s in sets())
    assert kernel.squared_mmd(x, y) == pytest.approx(metric_kid.kernel_mmd(x, y, **POLYNOMIAL), rel=1e-10)


@pytest.mark.parametrize(("kind", "rel"), [(np.float64, 1e-6), (np.float32, 1e-4)], ids=["float64", "float32"])
def test_the_number_is_torch_fidelitys(kind, rel):
    """In float32 torch-fidelity adds up in float32 and we do not."""
    x, y = sets(kind)
    expected = metric_kid.kid_features_to_metric(
        torch.from_numpy(x), torch.from_numpy(y), kid_subsets=10, kid_subset_size=200, rng_seed=2020, verbose=False,
        **POLYNOMIAL,
    )  # fmt: skip
    found = kernel.distance(x, y, subsets=10, subset_size=200, seed=2020)
    assert found.mean == pytest.approx(expected["kernel_inception_distance_mean"], rel=rel)
    assert found.std == pytest.approx(expected["kernel_inception_distance_std"], rel=10 * rel)
