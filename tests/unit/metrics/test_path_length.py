"""Path lengths beside closed forms: a linear generator with squared Euclidean distance."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxgen.errors import InputError
from jaxgen.metrics import path_length

KEYS = jax.random.split(jax.random.key(0), 37)


def squares(a, b):
    return jnp.sum(jnp.square(a - b), axis=1)


def codes(d):
    return lambda key: jax.random.normal(key, (d,))


def ends(keys, d):
    """What `sampled` draws from each key."""

    @jax.jit
    def drawn(keys):
        first, second, _ = jnp.unstack(jax.vmap(lambda key: jax.random.split(key, 3))(keys), axis=1)
        return [jax.vmap(codes(d))(k) for k in (first, second)]

    return (np.asarray(end, np.float64) for end in drawn(keys))


def test_on_a_line():
    """|A (b - a)|^2, wherever the place is. float32 leaves |x| 6e-8 / 1e-3 of a step's length."""
    A = np.random.default_rng(0).normal(size=(4, 6)).astype(np.float32)
    found = path_length.sampled(lambda z: z @ A, squares, codes(4), KEYS, between=path_length.lerp, epsilon=1e-2)
    a, b = ends(KEYS, 4)
    np.testing.assert_allclose(found, np.square((b - a) @ A).sum(1), rtol=1e-3)


@pytest.mark.parametrize("full", [True, False], ids=["full", "end"])
def test_on_the_sphere(full):
    """Through the identity it is the squared chord of epsilon times the angle: angle^2, but for 1e-5 of it."""
    found = path_length.sampled(lambda z: z, squares, codes(8), KEYS, full=full, epsilon=1e-2)
    a, b = ends(KEYS, 8)
    cosine = (a * b).sum(1) / np.linalg.norm(a, axis=1) / np.linalg.norm(b, axis=1)
    np.testing.assert_allclose(found, np.arccos(cosine) ** 2, rtol=1e-3)


def test_at_the_papers_epsilon_in_double_precision():
    with jax.enable_x64():
        a, b = jnp.array([[3.0, 0, 0]]), jnp.array([[0, 0.5, 0]])
        found = path_length.lengths(lambda z: z * jnp.array([[1.0, 2, 0]]), squares, a, b, jnp.zeros(1))
        # at the end the path leaves towards b: (pi / 2)^2 times the square of the second coordinate's factor
        np.testing.assert_allclose(found, [np.pi**2], rtol=1e-6)


def test_slerp_by_hand():
    a, b, slerp = np.float32([[2, 0]] * 3), np.float32([[0, 5]] * 3), jax.jit(path_length.slerp)
    found = slerp(a, b, np.float32([0, 1 / 3, 1]))
    np.testing.assert_allclose(found, [[1, 0], [np.sqrt(0.75), 0.5], [0, 1]], atol=1e-6)
    np.testing.assert_allclose(slerp(a, 2 * a, np.full(3, 0.5, np.float32)), [[1, 0]] * 3)


def test_an_example_depends_on_its_own_key_alone():
    of = lambda keys, **how: path_length.sampled(lambda z: z, squares, codes(3), keys, epsilon=1e-2, **how)  # noqa: E731
    whole = of(KEYS)
    np.testing.assert_array_equal(of(KEYS), whole)
    np.testing.assert_allclose(of(KEYS, chunk=5), whole, rtol=1e-3)
    np.testing.assert_allclose(of(KEYS[::-1]), whole[::-1], rtol=1e-3)
    assert len(np.unique(whole)) == 37


def test_mean_without_the_ends():
    """Of 0 ... 200 the percentiles are 2 and 198; both stay, what lies outside goes."""
    values = np.arange(201.0)
    values[[0, 200]] = -1e9, 1e12
    assert path_length.mean_length(values) == pytest.approx(100)
    # 1 % of 99 steps is 0.99: the lower of its neighbours is the first, so that nothing goes
    assert path_length.mean_length(np.append(np.zeros(99), 100.0)) == pytest.approx(1)


def test_what_cannot_be_used():
    with pytest.raises(InputError, match="typed keys"):
        path_length.sampled(lambda z: z, squares, codes(3), jnp.zeros((2, 2), jnp.uint32))
    with pytest.raises(InputError, match="finite"):
        path_length.mean_length([1.0, np.nan])
    with pytest.raises(InputError, match="finite"):
        path_length.mean_length([])
    with pytest.raises(AssertionError):
        path_length.lengths(lambda z: z, squares, jnp.zeros((2, 3)), jnp.zeros((2, 3)), jnp.zeros(3))
    with pytest.raises(AssertionError):  # a distance that is not one number per pair
        path_length.lengths(lambda z: z, jnp.subtract, jnp.zeros((2, 3)), jnp.ones((2, 3)), jnp.zeros(2))
