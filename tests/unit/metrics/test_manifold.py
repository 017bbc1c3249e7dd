"""Precision, recall, density and coverage: a case worked by hand, a brute force, and known faults."""

import numpy as np
import pytest

from jaxgen.errors import InputError
from jaxgen.metrics import distances, manifold


def brute(x, y, k, strict):
    far = lambda a, b: np.array([[np.linalg.norm(p - q) for q in b] for p in a])  # noqa: E731
    inside = np.less if strict else np.less_equal
    rx, ry = (np.sort(far(s, s), 1)[:, k] for s in (x, y))  # the first is the point itself
    held = inside(far(x, y), rx[:, None])
    return held.any(0).mean(), inside(far(x, y), ry[None]).any(1).mean(), held.sum(0).mean() / k, held.any(1).mean()


def test_by_hand():
    """Real 0, 1, 3 with k = 1 have radii 1, 1, 2; samples 0.5, 9, 10 have 8.5, 1, 1. 0.5 is inside two real balls,
    the others in none; 0.5's ball holds all three real points; two real balls hold a sample."""
    found = manifold.prdc(np.array([[0.0], [1], [3]]), np.array([[0.5], [9], [10]]), neighbours=1)
    assert found == pytest.approx((1 / 3, 1, 2 / 3, 2 / 3))


def test_the_edge():
    """Real 0 and 2 have balls of radius 2; a sample at 4 is on the edge of the second."""
    real, fake = np.array([[0.0], [2]]), np.array([[4.0], [104]])
    assert manifold.prdc(real, fake, neighbours=1, strict=True).precision == 0
    assert manifold.prdc(real, fake, neighbours=1, strict=False).precision == 0.5


@pytest.mark.parametrize("strict", [True, False], ids=["<", "<="])
@pytest.mark.parametrize("k", [1, 3, 5], ids=str)
def test_is_the_definition(k, strict, monkeypatch):
    draw = np.random.default_rng(k)
    x, y = draw.integers(0, 6, (43, 3)), draw.integers(1, 7, (57, 3))  # many ties, and points that coincide
    expected = brute(x, y, k, strict)
    assert manifold.prdc(x, y, neighbours=k, strict=strict) == pytest.approx(expected, rel=1e-12)
    monkeypatch.setattr(distances, "BLOCK", 10)
    monkeypatch.setattr(distances, "NUMBERS", 400)
    assert manifold.prdc(x, y, neighbours=k, strict=strict) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("strict", [True, False], ids=["<", "<="])
def test_copies_of_real_examples_lie_on_edges(strict):
    """Samples that are real examples are at the radius of all balls that they define: rounding must not decide."""
    x = (5 + np.random.default_rng(0).normal(size=(150, 40))).astype(np.float32)
    y = np.concatenate([x[::-1], x[:50] + np.float32(1)])
    assert manifold.prdc(x, y, neighbours=3, strict=strict) == pytest.approx(brute(x, y, 3, strict), rel=1e-12)


def test_one_distribution_has_all():
    """Naeem et al.'s eq. for coverage of one distribution: 1 - (M - 1) ... (M - k) / ((2M - 1) ... (2M - k)), N = M."""
    draw = np.random.default_rng(0)
    found = np.mean([manifold.prdc(*draw.normal(size=(2, 200, 16)), neighbours=5) for _ in range(10)], 0)
    coverage = 1 - np.prod([(200 - i) / (400 - i) for i in range(1, 6)])
    assert found[3] == pytest.approx(coverage, abs=0.01)
    assert found[2] == pytest.approx(1, abs=0.1)


def modes(draw, count, of, noise=1.0):
    centres = 20 * np.random.default_rng(9).normal(size=(10, 8))
    return centres[draw.integers(of, size=count)] + noise * draw.normal(size=(count, 8))


def test_recall_falls_when_modes_are_dropped():
    draw = np.random.default_rng(0)
    real = modes(draw, 500, 10)
    found = [manifold.prdc(real, modes(draw, 500, of)) for of in (10, 6, 3, 1)]
    for field in ("recall", "coverage"):
        values = [getattr(f, field) for f in found]
        assert values == sorted(values, reverse=True)
        assert values[0] - values[-1] > 0.5
    assert min(f.precision for f in found) > 0.85


def test_precision_falls_when_noise_is_added():
    draw = np.random.default_rng(0)
    real = modes(draw, 500, 10)
    found = [manifold.prdc(real, modes(draw, 500, 10, noise)) for noise in (1, 1.5, 2, 4)]
    for field in ("precision", "density"):
        values = [getattr(f, field) for f in found]
        assert values == sorted(values, reverse=True)
        assert values[0] - values[-1] > 0.5


def test_copies():
    """A set of copies has balls of radius 0, wherever it lies; with <= they hold each other."""
    x = np.full((20, 300), 1 / 3) * np.linspace(1, 2, 300)[None] + 1e3
    assert manifold.prdc(x, x) == (0, 0, 0, 0)
    assert manifold.prdc(x, x, strict=False) == (1, 1, 4, 1)


def test_bad_sets_are_told():
    x = np.zeros((6, 2))
    with pytest.raises(InputError, match="generated features have 5 rows where at least 6"):
        manifold.prdc(x, x[:5])
    with pytest.raises(InputError, match="neighbours must be at least 1"):
        manifold.prdc(x, x, neighbours=0)
    with pytest.raises(InputError, match="2 dimensions"):
        manifold.prdc(x, np.zeros((6, 3)))
