"""Precision, recall, density and coverage beside `prdc` (strict) and torch-fidelity (not strict): equal, not close."""

import numpy as np
import pytest

from jaxgen.metrics import manifold

pytestmark = pytest.mark.parity
torch = pytest.importorskip("torch")
prdc = pytest.importorskip("prdc")
metric_prc = pytest.importorskip("torch_fidelity.metric_prc")


CASES = [(16, 1.0, 0.0), (64, 0.8, 0.1), (512, 1.2, 0.05)]


def sets(d, spread, shift, kind):
    draw = np.random.default_rng(d)
    return draw.normal(size=(600, d)).astype(kind), (spread * draw.normal(size=(500, d)) + shift).astype(kind)


@pytest.mark.parametrize("kind", [np.float64, np.float32], ids=["float64", "float32"])
@pytest.mark.parametrize("k", [3, 5], ids=str)
@pytest.mark.parametrize("case", CASES, ids=str)
def test_is_prdcs(case, k, kind):
    x, y = sets(*case, kind)
    expected = prdc.compute_prdc(x, y, k)
    assert {**manifold.prdc(x, y, neighbours=k)._asdict()} == {
        name: pytest.approx(value, rel=1e-14) for name, value in expected.items()
    }


def test_is_prdcs_where_examples_coincide():
    """Copies in each set and across sets, whose distances tie. In float32, where scikit-learn rounds as we do."""
    x, y = sets(*CASES[1], np.float32)
    x, y = np.concatenate([x, x[:50], y[:20]]), np.concatenate([y, y[:80], x[100:200]])
    expected = prdc.compute_prdc(x, y, 5)
    for name, value in manifold.prdc(x, y)._asdict().items():
        assert value == pytest.approx(expected[name], rel=1e-14), name


@pytest.mark.parametrize("k", [3, 5], ids=str)
@pytest.mark.parametrize("case", CASES, ids=str)
def test_is_torch_fidelitys(case, k):
    x, y = sets(*case, np.float64)
    expected = metric_prc.prc_features_to_metric(
        torch.from_numpy(y), torch.from_numpy(x), prc_neighborhood=k, prc_batch_size=128, save_cpu_ram=True,
        verbose=False,
    )  # fmt: skip
    found = manifold.prdc(x, y, neighbours=k, strict=False)
    assert found.precision == pytest.approx(expected["precision"], rel=1e-6)  # its mean is of float32
    assert found.recall == pytest.approx(expected["recall"], rel=1e-6)


def test_integers_on_the_edge_are_torch_fidelitys():
    """Small integers, where every distance is exact and most tie."""
    draw = np.random.default_rng(0)
    x, y = (draw.integers(low, 6, (200, 4)).astype(np.float64) for low in (0, 2))
    expected = metric_prc.prc_features_to_metric(
        torch.from_numpy(y), torch.from_numpy(x), prc_neighborhood=3, prc_batch_size=128, save_cpu_ram=False,
        verbose=False,
    )  # fmt: skip
    found = manifold.prdc(x, y, neighbours=3, strict=False)
    assert found.precision == pytest.approx(expected["precision"], rel=1e-6)
    assert found.recall == pytest.approx(expected["recall"], rel=1e-6)
