"""Moves through codes by closed forms, directions of codes whose meaning is known, and the commands that draw both."""

import io
import shutil
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from PIL import Image

from jaxgen.errors import InputError
from jaxgen.metrics import path_length
from jaxgen.model import classes
from jaxgen.sampling import directions, geometry, line, sphere
from jaxgen.show import codes, plots
from running import arrays, command

RNG = np.random.default_rng(0)
Z = jnp.asarray(RNG.normal(size=(6, 5)), jnp.float32)
KEY = jax.random.key(0)


# ---- paths ----


def test_places_on_paths_are_those_of_whole_paths():
    t = jnp.array([0.0, 0.3, 1.0])
    ways = ((geometry.on_line, line), (geometry.on_sphere, sphere))
    for found, paths in jax.jit(lambda: [(on(Z[:3], Z[3:], t), whole(Z[:3], Z[3:], 11)) for on, whole in ways])():
        places = np.asarray(paths)[np.arange(3), [0, 3, 10]]
        np.testing.assert_allclose(found, places, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("on", [geometry.on_line, geometry.on_sphere])
def test_a_loop_goes_through_every_code_and_back(on):
    round_it, last = jax.jit(lambda: (geometry.loop(Z[:3], 4, on), geometry.path(on, Z[2:3], Z[:1], 5)))()
    assert round_it.shape == (12, 5)
    np.testing.assert_allclose(round_it[::4], Z[:3], rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(round_it[8:], last[0, :4], rtol=1e-5, atol=1e-6)


def test_lengths_of_paths_of_the_identity_are_the_chords_and_the_arcs():
    """Of squared distances at constant speed: |b - a|^2, and on a sphere of radius 1 the angle squared."""
    a, b = (z / jnp.linalg.norm(z, axis=1, keepdims=True) for z in (Z[:3], Z[3:]))
    t = jnp.array([0.1, 0.5, 0.8])

    @partial(jax.jit, static_argnums=0)
    def of(on):
        apart = lambda x, y: jnp.sum((x - y) ** 2, 1)  # noqa: E731
        return path_length.lengths(lambda z: z, apart, a, b, t, between=on, epsilon=1e-2)

    np.testing.assert_allclose(of(geometry.on_line), np.sum((a - b) ** 2, 1), rtol=1e-3)
    np.testing.assert_allclose(of(geometry.on_sphere), np.arccos(np.sum(a * b, 1)) ** 2, rtol=1e-3)


# ---- arithmetic and traversals ----


def test_arithmetic_through_a_linear_generator_is_that_of_images():
    G = jnp.asarray(RNG.normal(size=(5, 9)), jnp.float32)
    a, b, c = Z[:3], Z[1:2], Z[2:6]
    images = np.mean(a @ G, 0) - np.mean(b @ G, 0) + np.mean(c @ G, 0)
    np.testing.assert_allclose(geometry.arithmetic(a, b, c) @ G, images, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(geometry.arithmetic(a, a, c), c.mean(0), atol=1e-6)


def test_neighbours_are_as_near_as_the_noise_is_wide():
    around = np.asarray(geometry.neighbours(KEY, Z[0], 4000, scale=0.25)) - np.asarray(Z[0])
    assert around.shape == (4000, 5)
    assert np.abs(around).max() <= 0.25
    np.testing.assert_allclose(around.std(0), 0.25 / 3**0.5, rtol=0.05)
    assert geometry.neighbours(KEY, Z[0]).shape == (8, 5)


def test_a_traversal_ends_where_it_is_told():
    moved = geometry.traverse(Z, -Z, jnp.array([-1.0, 0.0, 1.0]))
    np.testing.assert_allclose(moved, np.stack([2 * Z, Z, 0 * Z], 1), atol=1e-6)
    axes = geometry.traverse(jnp.tile(Z[0], (2, 1)), jnp.eye(2, 5), jnp.array([0.0, 3.0]))
    np.testing.assert_allclose(axes[:, 1] - axes[:, 0], 3 * np.eye(2, 5), atol=1e-6)


def test_traversals_of_an_encoders_code_set_one_number_each():
    sheet, columns = codes.traversals(lambda z: z.reshape(-1, 1, 5, 1) / 4, Z[:1], 2, 3)
    assert columns == 3
    values = sheet.reshape(2, 3, 5).astype(float) / 127.5 - 1
    np.testing.assert_allclose(values[0, :, 0], [-0.75, 0, 0.75], atol=0.01)
    np.testing.assert_allclose(values[1, :, 1], [-0.75, 0, 0.75], atol=0.01)
    np.testing.assert_allclose(values[0, :, 1:], np.tile(Z[0, 1:] / 4, (3, 1)), atol=0.01)


# ---- directions ----

MANY = RNG.normal(size=(4000, 5)).astype(np.float32)
NORMAL = np.array([2.0, -1, 0, 0, 2]) / 3


def cosine(a, b):
    return np.dot(a, b) / np.linalg.norm(a) / np.linalg.norm(b)


@pytest.mark.parametrize("offset", [0.0, 1.0])
def test_a_known_boundary_is_found(offset):
    has = offset < (MANY @ NORMAL)
    normal = directions.boundary(MANY, has)
    assert np.linalg.norm(normal) == pytest.approx(1, abs=1e-5)
    assert cosine(normal, NORMAL) > 0.999
    apart = directions.difference(MANY, has)
    assert cosine(apart, NORMAL) > 0.99
    np.testing.assert_allclose(apart, MANY[has].mean(0) - MANY[~has].mean(0), atol=1e-5)


def test_balance_takes_out_what_goes_with_an_attribute():
    has = RNG.random(4000) < 0.5
    other = np.where(RNG.random(4000) < 0.9, has, ~has)  # nine times of ten the same
    shifted = MANY + np.outer(has, np.eye(5)[0]) + 3 * np.outer(other, np.eye(5)[1])
    assert directions.difference(shifted, has)[1] > 2
    np.testing.assert_allclose(directions.difference(shifted, has, other), np.eye(5)[0], atol=0.15)


def test_a_random_direction_is_as_long_and_another_each_time():
    drawn = np.stack([directions.random(k, 3 * NORMAL) for k in jax.random.split(KEY, 500)])
    np.testing.assert_allclose(np.linalg.norm(drawn, axis=1), 3, rtol=1e-5)
    assert np.abs(drawn.mean(0)).max() < 4 * 3 / 5**0.5 / 500**0.5
    np.testing.assert_array_equal(directions.random(KEY, NORMAL), directions.random(KEY, NORMAL))


def test_principal_directions_are_the_codes_that_change_a_linear_generators_images_most():
    basis = np.linalg.qr(RNG.normal(size=(5, 5)))[0]
    images = MANY @ (basis * [5, 3, 1, 0.1, 0.1]) @ np.linalg.qr(RNG.normal(size=(7, 7)))[0][:5]
    for outputs in (images, images.reshape(4000, 7, 1, 1)):
        found = directions.principal(MANY, outputs, 2)
        np.testing.assert_allclose(np.abs(found @ basis), np.eye(2, 5), atol=0.1)
    wide = MANY * [1, 4, 1, 2, 1]  # and by themselves
    np.testing.assert_allclose(np.abs(directions.principal(wide, wide, 2)), np.eye(5)[[1, 3]], atol=0.1)


def test_directions_that_there_are_not():
    for find in (directions.boundary, directions.difference):
        for has in (np.zeros(6, bool), np.ones(6, bool)):
            with pytest.raises(InputError, match="one kind is missing"):
                find(Z, has)
        with pytest.raises(InputError, match=r"\[N\] of bool"):
            find(Z, np.zeros(6))
    with pytest.raises(InputError, match="there are from 1 to 5"):
        directions.principal(MANY, MANY, 6)
    with pytest.raises(InputError, match="as many values to balance"):
        directions.difference(Z, np.arange(6) > 2, np.zeros(5))


# ---- what a classifier says, and maps ----


def test_the_surest_of_a_class_come_first():
    seen = np.array([[0.9, 0.1], [0.4, 0.6], [0.2, 0.8], [0.6, 0.4]])
    assert classes.surest(0, seen, 2).tolist() == [0, 3]
    assert classes.surest(1, seen, 1).tolist() == [2]
    with pytest.raises(InputError, match="2 of 4 samples are of class 1, and 3 are needed"):
        classes.surest(1, seen, 3)


def test_a_plane_is_what_the_method_makes_of_codes():
    np.testing.assert_array_equal(codes.plane(MANY[:, :2]), MANY[:, :2])
    np.testing.assert_array_equal(codes.plane(MANY[:, :1]), np.stack([MANY[:, 0], 0 * MANY[:, 0]], 1))
    wide = MANY * [1, 4, 1, 2, 1]
    assert np.abs(np.corrcoef(codes.plane(wide).T, wide[:, [1, 3]].T))[[0, 1], [2, 3]].min() > 0.99
    far = MANY[:60] + 30 * (np.arange(60) % 2)[:, None]
    laid = codes.plane(far, "tsne")
    middles = [laid[i::2].mean(0) for i in (0, 1)]
    assert np.linalg.norm(middles[0] - middles[1]) > 2 * laid[::2].std()  # two clusters stay two


def test_an_animation_can_go_round_without_rest():
    frames = [Image.new("L", (8, 8), shade) for shade in (0, 100, 200)]
    for rest, expected in ((True, [100, 100, 1000]), (False, [100, 100, 100])):
        gif = Image.open(io.BytesIO(plots.animation(frames, 0.3, rest=rest)))
        durations = []
        for i in range(gif.n_frames):
            gif.seek(i)
            durations.append(gif.info["duration"])
        assert durations == expected


# ---- the commands ----


@pytest.fixture(scope="module")
def trained(whole, tmp_path_factory):
    """A GAN and a classifier that have hardly begun."""
    here = tmp_path_factory.mktemp("geometry")
    for name in ("gan", "classifier"):
        shutil.copytree(whole(name), here / name)
    return here


def drawn(*args, out):
    """The images that a command writes into an array."""
    assert command(*args, "--out", out) == 0
    return np.load(out)["images"].astype(int)


def favourite(trained, tmp_path):
    """The class that most samples are of, to a classifier that has hardly begun."""
    samples = drawn("sample", trained / "gan", "--count", 40, out=tmp_path / "forty.npz").astype(np.uint8)
    return int(np.bincount(classes.probabilities(trained / "classifier", samples).argmax(1)).argmax())


def test_arithmetic_of_samples_by_number(trained, tmp_path):
    run = trained / "gan"
    samples = drawn("sample", run, "--count", 9, out=tmp_path / "s.npz")
    given = ["arithmetic", run, "--a", 3, 8, "--b", 1, 0, "--c", 1, 0]
    sheet = drawn(*given, "--noise", 0, out=tmp_path / "a.npz").reshape(3, 6, 16, 16, 1)
    assert np.abs(sheet[:, :2] - samples[[[3, 8], [1, 0], [1, 0]]]).max() <= 1
    assert np.abs(sheet[:, 3:] - sheet[0, 2]).max() <= 1  # a - b + b is a's mean, without noise in all nine
    assert command(*given, "--out", tmp_path / "a.png") == 0
    assert Image.open(tmp_path / "a.png").size == ((7 * 17 - 1) * 4, (3 * 17 - 1) * 4)
    noisy = drawn(*given, "--noise", 2, "--seed", 1, out=tmp_path / "a.npz").reshape(3, 6, 16, 16, 1)
    assert len({image.tobytes() for image in noisy[:, 3:].reshape(9, -1)}) == 9


def test_arithmetic_and_traversals_by_class(trained, tmp_path):
    run, classifier, k = trained / "gan", trained / "classifier", favourite(trained, tmp_path)
    told = ["--classifier", classifier, "--pool", 40]
    sheet = drawn("arithmetic", run, "--a", k, "--b", k, "--c", k, *told, out=tmp_path / "a.npz")
    assert sheet.shape == (3 * 7, 16, 16, 1)
    np.testing.assert_array_equal(sheet[:4], sheet[7:11])
    seen = classes.probabilities(classifier, sheet[:3].astype(np.uint8))
    assert seen.argmax(1).tolist() == [k] * 3
    assert (np.diff(seen[:, k]) <= 1e-3).all()
    assert seen.sum(1) == pytest.approx(1, abs=1e-5)


def test_traversals_begin_and_end_where_they_should(trained, tmp_path):
    run = trained / "gan"
    samples = drawn("sample", run, "--count", 2, out=tmp_path / "s.npz")
    flags = ["traverse", run, "--rows", 2, "--steps", 3, "--pool", 40]
    for along in ("axes", "principal"):
        rows = drawn(*flags, "--along", along, out=tmp_path / "t.npz").reshape(2, 3, 16, 16, 1)
        assert np.abs(rows[:, 1] - samples[0]).max() <= 1  # the middle is the first sample
        assert not np.array_equal(rows[0, 0], rows[1, 0])
    gif = tmp_path / "t.gif"
    assert command(*flags, "--out", tmp_path / "t.png", "--animation", gif) == 0
    assert (Image.open(gif).n_frames, Image.open(gif).size[1]) == (4, Image.open(gif).size[1])
    seen = drawn("sample", run, "--count", 40, out=tmp_path / "s.npz").astype(np.uint8)
    kinds = np.bincount(classes.probabilities(trained / "classifier", seen).argmax(1), minlength=10)
    for k in np.flatnonzero((kinds > 1) & (kinds < 40))[:1]:
        told = ["--classifier", trained / "classifier", "--along", k]
        rows = drawn(*flags, *told, out=tmp_path / "t.npz").reshape(2, 3, 16, 16, 1)
        assert np.abs(rows[:, 0] - samples).max() <= 1


def test_an_interpolation_that_moves(trained, tmp_path):
    gif = tmp_path / "round.gif"
    flags = ["interpolate", trained / "gan", "--rows", 1, "--steps", 3, "--out", tmp_path / "i.png"]
    assert command(*flags, "--animation", gif) == 0
    assert Image.open(gif).n_frames == 6
    assert Image.open(gif).info["loop"] == 0


def test_a_map_of_an_encoders_codes(whole, tmp_path):
    run, tsne = tmp_path / "run", tmp_path / "tsne.png"
    shutil.copytree(whole("autoencoder"), run)
    assert command("map", run, "--method", "pca", "--images", 40) == 0
    assert command("map", run, "--method", "tsne", "--images", 40, "--out", tsne) == 0
    for out in (run / "map.png", tsne):
        assert Image.open(out).size == (540, 486)
    assert "params/E/Points_0/Dense_0/kernel" in arrays(run)
