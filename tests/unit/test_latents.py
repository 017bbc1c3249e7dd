"""Codes: their distributions, their independence of batch and devices, and paths between codes."""

from functools import cache, partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.sharding import PartitionSpec as P
from scipy import stats

from jaxgen import latents, parallel
from jaxgen.abilities import Draw
from jaxgen.errors import InputError
from jaxgen.executors import data_mesh
from jaxgen.latents import FLAT, PRIORS
from jaxgen.nets import mlp
from jaxgen.sampling import line, sphere

KEYS = jax.random.split(jax.random.key(0), 2000)
EXACT = {"normal": stats.norm(), "uniform": stats.uniform(-1, 2)}


@cache
def compiled(f, *, number):
    """A function of arrays and then of a number, as one program."""
    return jax.jit(lambda *arrays: f(*arrays, number))


equal = partial(np.testing.assert_allclose, rtol=1e-6, atol=1e-6)  # the same bits, up to how XLA fuses
priors = pytest.mark.parametrize("prior", [latents.normal, latents.uniform])


# ---- priors ----


def test_every_prior_has_its_exact_distribution_here():
    assert set(PRIORS) == set(EXACT) | set(FLAT)


@pytest.mark.parametrize("name", EXACT)
def test_a_prior_has_its_distribution(name):
    z = np.asarray(compiled(PRIORS[name], number=10)(KEYS))
    assert (z.shape, z.dtype) == ((2000, 10), jnp.float32)
    assert stats.kstest(np.ravel(z), EXACT[name].cdf).pvalue > 0.01
    far = 4 / np.sqrt(z.size)  # four standard errors
    mean, variance, kurtosis = EXACT[name].stats("mvk")
    assert abs(z.mean() - mean) < far * variance**0.5
    assert abs(z.var() - variance) < far * variance * (kurtosis + 2) ** 0.5
    correlations = np.corrcoef(np.asarray(z).T) - np.eye(10)  # between a code's entries
    assert np.abs(correlations).max() < 5 / np.sqrt(len(z))
    assert abs(np.corrcoef(np.ravel(z[:-1]), np.ravel(z[1:]))[0, 1]) < far  # between neighbours


def test_petals_are_ten_gaussians_that_point_away_from_the_middle():
    z = np.asarray(jax.jit(lambda key: latents.petals(jax.random.split(key, 20_000)))(jax.random.key(1))) @ [1, 1j]
    petal = np.round(np.angle(z) / (2 * np.pi / 10)) % 10
    assert stats.chisquare(np.bincount(petal.astype(int), minlength=10)).pvalue > 0.001
    turned = z * np.exp(-2j * np.pi * petal / 10)
    assert stats.kstest(turned.real, stats.norm(2, 0.5).cdf).pvalue > 0.001
    assert stats.kstest(turned.imag, stats.norm(0, 0.1).cdf).pvalue > 0.001
    assert abs(np.corrcoef(turned.real, turned.imag)[0, 1]) < 4 / 20_000**0.5


def test_a_swiss_roll_lies_on_its_spiral_evenly():
    z, few = jax.device_get(jax.jit(lambda keys: (latents.swiss_roll(keys), latents.swiss_roll(keys[:3])))(KEYS))
    assert few.tolist() == z[:3].tolist()
    z = z.astype(float) @ [1, 1j]
    radius = np.abs(z)
    np.testing.assert_allclose(z, radius * np.exp(4j * np.pi * radius / 3), atol=1e-4)
    assert stats.kstest((radius / 3) ** 2, stats.uniform().cdf).pvalue > 0.01


@pytest.mark.parametrize("name", FLAT)
def test_codes_in_a_plane_have_two_numbers(name):
    with pytest.raises(ValueError, match="a code has 2 numbers, not 3"):
        PRIORS[name](KEYS, 3)
    with pytest.raises(InputError, match="no prior"):
        Draw(mlp.Generator(4, 1), 3, name)


@priors
def test_a_code_does_not_depend_on_the_batch(prior):
    parts = (slice(16), slice(3), slice(9, 10), np.array([5, 2]), slice(None))
    z, *some, whole = jax.device_get(jax.jit(lambda keys: [prior(keys[part], 7) for part in parts])(KEYS))
    for part, codes in zip(parts[1:-1], some, strict=True):
        equal(codes, z[part])
    assert len({code.tobytes() for code in whole}) == len(KEYS)


def held_out_gives_independent_keys_that_do_not_depend_on_the_batch():
    parts = latents.split(KEYS, 3)
    assert [part.shape for part in parts] == [KEYS.shape] * 3
    assert len(latents.split(KEYS[:2])) == 2
    codes = [np.ravel(latents.normal(keys, 5)) for keys in (KEYS, *parts)]
    correlations = np.corrcoef(codes) - np.eye(4)  # of the parts with each other and with the keys that they came from
    assert np.abs(correlations).max() < 4 / np.sqrt(len(codes[0]))
    for part, few in zip(parts, latents.split(KEYS[:4], 3)):
        np.testing.assert_array_equal(jax.random.key_data(part[:4]), jax.random.key_data(few))


def share(key, _):
    """Keys of two examples, and codes from them, on one of eight devices."""
    keys = parallel.example_keys(key, 2)
    return jax.random.key_data(keys), latents.normal(keys, 3)


@jax.jit
def on_one(key):
    """Those of all 16 examples on one device, and the key of the first alone."""
    keys = parallel.example_keys(key, 16)
    return jax.random.key_data(keys), latents.normal(keys, 3), jax.random.key_data(parallel.example_keys(key, 1))


EXECUTORS = {
    "shard_map": jax.jit(
        jax.shard_map(share, mesh=data_mesh(), in_specs=(P(), P(parallel.AXIS)), out_specs=P(parallel.AXIS))
    ),
    "pmap": jax.pmap(share, axis_name=parallel.AXIS, in_axes=(None, 0)),
}


@pytest.mark.parametrize("split", EXECUTORS.values(), ids=EXECUTORS)
def test_example_keys_and_codes_on_eight_devices_are_those_of_one(split):
    data, codes = (x.reshape(16, -1) for x in jax.device_get(split(jax.random.key(3), np.zeros(8))))
    alone, wanted, first = on_one(jax.random.key(3))
    np.testing.assert_array_equal(data, alone)
    equal(codes, wanted)
    assert len({key.tobytes() for key in data}) == 16
    np.testing.assert_array_equal(first[0], alone[0])  # it comes from the place alone


# ---- paths ----

STEPS = 9
T = np.linspace(0, 1, STEPS)[:, None]
paths = pytest.mark.parametrize("path", [line, sphere])


@pytest.fixture(scope="module")
def ends():
    """Codes [6, 20] of a normal prior, twice."""
    return tuple(np.random.default_rng(0).normal(size=(2, 6, 20)).astype(np.float32))


def white(a, b):
    """White 2016, equation of section 2.2, in float64: [n] and [n] -> [STEPS, n]."""
    a, b = (np.asarray(v, np.float64) for v in (a, b))
    angle = np.arccos(a @ b / np.linalg.norm(a) / np.linalg.norm(b))
    return (np.sin((1 - T) * angle) * a + np.sin(T * angle) * b) / np.sin(angle)


def angles(codes):
    """Angles between neighbouring codes [..., STEPS, n]."""
    codes = np.asarray(codes, np.float64)
    unit = codes / np.linalg.norm(codes, axis=-1, keepdims=True)
    return np.arccos((unit[..., 1:, :] * unit[..., :-1, :]).sum(-1))


@paths
def test_a_path_leads_from_one_code_to_the_other(path, ends):
    through = compiled(path, number=STEPS)
    codes = np.asarray(through(*ends))
    assert codes.shape == (6, STEPS, 20)
    np.testing.assert_allclose(codes[:, 0], ends[0], rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(codes[:, -1], ends[1], rtol=1e-5, atol=1e-5)
    back = np.asarray(through(*ends[::-1]))
    np.testing.assert_allclose(back[:, ::-1], codes, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(through(ends[0][2:3], ends[1][2:3])[0], codes[2], rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(compiled(path, number=2)(*ends)[:, 1], ends[1], rtol=1e-5, atol=1e-5)


def test_a_line_is_straight(ends):
    a, b = (np.asarray(end, np.float64)[:, None] for end in ends)
    np.testing.assert_allclose(compiled(line, number=STEPS)(*ends), a + T * (b - a), rtol=1e-5, atol=1e-6)


def test_a_sphere_path_turns_at_constant_speed_and_its_length_changes_linearly(ends):
    codes = np.asarray(compiled(sphere, number=STEPS)(ends[0], 3 * ends[1]))
    turned = angles(codes)
    np.testing.assert_allclose(turned, turned[:, :1].repeat(STEPS - 1, 1), rtol=1e-4)
    whole = angles(np.stack(ends, 1))
    np.testing.assert_allclose(turned.sum(1, keepdims=True), whole, rtol=1e-5)
    lengths = np.linalg.norm(codes, axis=-1)
    np.testing.assert_allclose(lengths, np.linspace(lengths[:, 0], lengths[:, -1], STEPS).T, rtol=1e-5)


def test_a_sphere_path_is_whites_between_codes_of_one_length(ends):
    a, b = (7 * end / np.linalg.norm(end, axis=1, keepdims=True) for end in ends)
    expected = np.stack([white(*pair) for pair in zip(a, b)])
    np.testing.assert_allclose(compiled(sphere, number=STEPS)(a, b), expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("angle", [1e-4, 1e-3, 0.1, np.pi - 0.1, np.pi - 1e-2, np.pi - 1e-3])
def test_a_sphere_path_is_whites_at_angles_that_float32_makes_difficult(angle):
    a, b = np.array([1.0, 0]), np.array([np.cos(angle), np.sin(angle)])
    codes = compiled(sphere, number=STEPS)(np.float32([a]), np.float32([b]))[0]
    exact = np.concatenate([np.cos(T * angle), np.sin(T * angle)], 1)
    np.testing.assert_allclose(codes, exact, atol=3e-7 + 1e-7 / np.sin(angle))


Z = np.random.default_rng(0).normal(size=(3, 20)).astype(np.float32)
DEGENERATE = {
    "identical": (Z, Z),
    "one direction": (Z, 2 * Z),
    "opposite": (Z, -Z),
    "opposite and longer": (Z, -3 * Z),
    "from zero": (0 * Z, Z),
    "to zero": (Z, 0 * Z),
    "zero": (0 * Z, 0 * Z),
}


@cache
def gradients(path):
    """By both ends, of a sum of all of a path's entries with random weights."""
    w = jnp.asarray(np.random.default_rng(1).normal(size=(3, STEPS, 20)), jnp.float32)
    return jax.jit(jax.grad(lambda a, b: jnp.sum(w * path(a, b, STEPS)), (0, 1)))


@pytest.mark.parametrize("ends", DEGENERATE.values(), ids=DEGENERATE)
def test_paths_without_one_great_circle_are_lines(ends):
    a, b = ends
    turned, straight = (compiled(path, number=STEPS)(a, b) for path in (sphere, line))
    np.testing.assert_allclose(turned, straight, rtol=1e-5, atol=1e-5)
    for got, expected in zip(gradients(sphere)(a, b), gradients(line)(a, b)):
        assert np.isfinite(got).all()
        if ends is not DEGENERATE["one direction"]:  # whose gradient may be that of the great circle beside it
            np.testing.assert_allclose(got, expected, rtol=1e-4, atol=1e-4)


def test_a_sphere_path_has_the_gradient_of_whites_formula():
    rng = np.random.default_rng(4)
    a, b = np.float32(rng.normal(size=(2, 1, 4)))
    w = rng.normal(size=(STEPS, 4))
    got = jax.jit(jax.grad(lambda a: jnp.sum(jnp.asarray(w, jnp.float32) * sphere(a, b, STEPS)[0])))(a)[0]

    def exact(a, b):
        """White's formula on directions, times a linear length."""
        lengths = [np.linalg.norm(v) for v in (a, b)]
        return np.sum(w * white(a / lengths[0], b / lengths[1]) * (lengths[0] * (1 - T) + lengths[1] * T))

    a, b = (np.asarray(v[0], np.float64) for v in (a, b))
    slopes = [(exact(a + h, b) - exact(a - h, b)) / 2e-6 for h in 1e-6 * np.eye(4)]
    np.testing.assert_allclose(got, slopes, rtol=1e-4, atol=1e-4)


@jax.jit
@jax.grad
def second(a, b):
    return jnp.sum(jax.grad(lambda a: jnp.sum(jnp.sin(sphere(a, b, 3))))(a) ** 2)


@pytest.mark.parametrize("ends", DEGENERATE.values(), ids=DEGENERATE)
def test_second_gradients_of_paths_are_finite(ends):
    assert np.isfinite(second(*ends)).all()
