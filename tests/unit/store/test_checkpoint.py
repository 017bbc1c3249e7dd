"""Nothing lost: damage, full disks, two processes on one folder."""

import gc
import os
import shutil
import subprocess
import sys

import jax
import jax.numpy as jnp
import numpy as np
import orbax.checkpoint as ocp
import pytest

from jaxgen.errors import InputError
from jaxgen.executors import data_mesh
from jaxgen.game import State
from jaxgen.store.checkpoint import Checkpoints
from jaxgen.store.digest import flatten, manifest, unflatten
from jaxgen.store.folder import Folder
from jaxgen.store.seal import SEAL
from rows import ROWS
from running import TINY, command, digest, experiment

# Orbax leaves coroutines behind where reading fails.
pytestmark = [pytest.mark.lowest, pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")]


@pytest.fixture(scope="module", autouse=True)
def collected():
    """They are warned of where they are collected: here, where that is filtered."""
    yield
    gc.collect()


def state(round=1, scale=1.0) -> State:
    params = {"G": {"Dense_0": {"kernel": scale * jnp.arange(6.0).reshape(2, 3)}}}
    return State(jnp.int32(round), jax.random.key(7), params, {"G": {}}, {"A": (jnp.float32(scale), None)}, {})


def put(value: State, devices: int) -> State:
    return jax.device_put(value, jax.sharding.NamedSharding(data_mesh(jax.devices()[:devices]), jax.P()))


@pytest.fixture
def saved(tmp_path):
    """Checkpoints of rounds 1 and 2, as a process leaves them that has ended."""
    checkpoints = Checkpoints(tmp_path / "checkpoints")
    checkpoints.save(put(state(1, 1.0), 1), {"batches": 1})
    checkpoints.save(put(state(2, 2.0), 1), {"batches": 2})
    checkpoints.close()
    return tmp_path / "checkpoints"


def loaded(folder, devices=1):
    checkpoints = Checkpoints(folder)
    try:
        return checkpoints.load(put(state(), devices))
    finally:
        checkpoints.close()


def test_what_is_saved_is_what_is_loaded_on_any_number_of_devices(saved):
    for devices in (1, 8):
        found, position = loaded(saved, devices)
        assert position == {"batches": 2}
        assert jax.tree.structure(found) == jax.tree.structure(state())
        np.testing.assert_array_equal(found.params["G"]["Dense_0"]["kernel"], 2 * np.arange(6.0).reshape(2, 3))
        assert jax.random.key_data(found.key).tolist() == jax.random.key_data(jax.random.key(7)).tolist()
        assert len(found.round.sharding.device_set) == devices


def test_a_digest_is_of_the_numbers_alone_and_of_all_of_them():
    one = manifest(flatten(put(state(), 1)), {"batches": 1})
    assert manifest(flatten(put(state(), 8)), {"batches": 1}) == one
    others = [
        manifest(flatten(state(scale=np.nextafter(np.float32(1), np.float32(2)))), {"batches": 1}),
        manifest(flatten(state(round=2)), {"batches": 1}),
        manifest(flatten(state()._replace(key=jax.random.key(8))), {"batches": 1}),
        manifest(flatten(state()), {"batches": 2}),
    ]
    assert len({one["digest"], *(o["digest"] for o in others)}) == 5
    again = unflatten(flatten(state()), state())
    assert manifest(flatten(again), {"batches": 1}) == one


@pytest.mark.parametrize("sealed", [True, pytest.param(False, marks=pytest.mark.slow)], ids=["sealed", "older"])
def test_every_flipped_byte_is_noticed_or_harmless(saved, capfd, sealed):
    """In every file of the newest checkpoint, at several places: either what was saved, or the one before it."""
    for file in saved.rglob(SEAL) if not sealed else ():
        file.unlink()
    whole = {p: p.read_bytes() for p in sorted(saved.rglob("*")) if p.is_file()}
    rng, outcomes = np.random.default_rng(0), {2: 0, 1: 0}
    newest = [p for p in whole if p.is_relative_to(saved / "2") and whole[p]]
    assert len(newest) > 5
    for path in newest:
        for place in {0, len(whole[path]) // 2, len(whole[path]) - 1, int(rng.integers(len(whole[path])))}:
            shutil.rmtree(saved.parent)
            for p, content in whole.items():
                p.parent.mkdir(parents=True, exist_ok=True)
                p.write_bytes(content)
            broken = bytearray(whole[path])
            broken[place] ^= 1 << int(rng.integers(8))
            path.write_bytes(broken)
            found, position = loaded(saved)
            round = int(found.round)
            assert position == {"batches": round}
            expected = round * np.arange(6.0).reshape(2, 3)
            np.testing.assert_array_equal(
                found.params["G"]["Dense_0"]["kernel"], expected, err_msg=f"{path} at {place}"
            )
            assert (saved.parent / "damaged" / "2").exists() == (round == 1)
            outcomes[round] += 1
    assert "the checkpoint of round 2 is damaged" in capfd.readouterr().err
    assert outcomes[1] >= 5


def looped(saved, monkeypatch):
    """A file that is there, and that nobody can open: as after a stale mount, for root too."""
    data = next(path for path in sorted((saved / "2" / "state").rglob("d/*")))
    data.unlink()
    data.symlink_to(data.name)


def failing(error):
    def patch(saved, monkeypatch):
        def restore(*_, **__):
            raise error

        monkeypatch.setattr(ocp.CheckpointManager, "restore", restore)

    return patch


UNREADABLE = {  # what is wrong, what is raised, what it says
    "a file that cannot be opened": (looped, OSError, "symbolic links"),
    "no memory": (failing(MemoryError("no room")), MemoryError, "no room"),
    "a device without memory": (
        failing(jax.errors.JaxRuntimeError("RESOURCE_EXHAUSTED: Out of memory")), RuntimeError, "RESOURCE_EXHAUSTED"
    ),
    "an error of permission": (failing(PermissionError(13, "Permission denied", "x")), OSError, "Permission denied"),
    "what nobody thought of": (failing(KeyError("surprise")), OSError, "round 2 cannot be read: KeyError: 'surprise'"),
    "a name that cannot be encoded": (
        failing(UnicodeEncodeError("ascii", "é", 0, 1, "no")), OSError, "round 2 cannot be read: UnicodeEncodeError"
    ),
}  # fmt: skip


def test_a_device_that_is_not_there_is_said_and_moves_nothing(saved, monkeypatch):
    like = put(state(), 1)

    def none():
        raise AssertionError  # as jax does where JAX_PLATFORMS names no plugin that is installed

    monkeypatch.setattr(jax, "devices", none)
    monkeypatch.setenv("JAX_PLATFORMS", "cuda")
    for read in (lambda: Checkpoints(saved).load(like), lambda: Checkpoints(saved, keep=0).read()):
        with pytest.raises(InputError, match="there is no device for JAX_PLATFORMS=cuda: without it, or with"):
            read()
    assert not (saved.parent / "damaged").exists()


@pytest.mark.parametrize("case", UNREADABLE)
def test_what_cannot_be_read_is_not_damaged(saved, monkeypatch, case):
    patch, kind, said = UNREADABLE[case]
    patch(saved, monkeypatch)
    with pytest.raises(kind, match=said):
        loaded(saved)
    with pytest.raises(kind, match=said):
        Checkpoints(saved, keep=0).read()
    assert not (saved.parent / "damaged").exists()
    assert Checkpoints(saved, keep=0).rounds() == [1, 2]


def test_a_file_that_is_gone_is_damage(saved):
    next(path for path in sorted((saved / "2" / "state").rglob("d/*"))).unlink()
    assert int(loaded(saved)[0].round) == 1
    assert (saved.parent / "damaged" / "2").is_dir()


def test_a_damaged_checkpoint_is_made_again(saved):
    """After falling back, the run comes to the damaged round once more and can save it."""
    for data in (saved / "2" / "state").rglob("d/*"):
        data.write_bytes(b"x" * data.stat().st_size)
    checkpoints = Checkpoints(saved)
    assert int(checkpoints.load(put(state(), 1))[0].round) == 1
    checkpoints.save(put(state(2, 2.0), 1), {"batches": 2})
    checkpoints.close()
    assert int(loaded(saved)[0].round) == 2


def test_what_a_kill_in_the_middle_of_saving_leaves_does_no_harm(saved):
    half = shutil.copytree(saved / "2", saved / "3.orbax-checkpoint-tmp-0")
    for path in [p for p in half.rglob("*") if p.is_file()][::2]:
        path.unlink()
    assert int(loaded(saved)[0].round) == 2
    checkpoints = Checkpoints(saved)
    checkpoints.save(put(state(3, 3.0), 1), {"batches": 3})
    checkpoints.close()
    assert int(loaded(saved)[0].round) == 3


def test_when_none_is_whole_it_says_so(saved):
    for p in saved.rglob("*"):
        if p.is_file():
            p.write_bytes(b"")
    with pytest.raises(InputError, match=r"no checkpoint in .* is whole \(tried rounds 1, 2\)"):
        loaded(saved)


def test_another_game_is_named_in_one_line(saved):
    other = state()._replace(params={"G": {"Dense_0": {"kernel": jnp.ones((2, 4))}}})
    with pytest.raises(InputError, match=r"kernel is float32\(2, 3\) in it and float32\(2, 4\) here"):
        Checkpoints(saved).load(put(other, 1))


def test_only_the_newest_are_kept(tmp_path):
    checkpoints = Checkpoints(tmp_path, keep=2)
    for round in range(1, 5):
        checkpoints.save(put(state(round), 1), {})
    checkpoints.close()
    assert checkpoints.rounds() == [3, 4]


def test_two_do_not_share_a_folder(images, tmp_path, capfd):
    """The lock is an open file's: this process is as good as another."""
    out = tmp_path / "run"
    with Folder(out).claim():
        assert experiment("gan", "--dataset", images, *TINY, "--out", out) == 2
    said = capfd.readouterr().err
    assert said.strip().splitlines()[-1] == f"error: {out} is in use by another process (pid {os.getpid()})"
    with Folder(out).claim():  # given back
        pass


def test_a_full_disk_stops_with_one_line_and_a_good_checkpoint(whole, tmp_path, capfd):
    """On a file system that holds two checkpoints. Orbax itself would fail in a thousand lines."""
    flags, disk = [*ROWS["gan"].words, "--devices", 1], tmp_path / "disk"
    one = sum(path.stat().st_size for path in (whole("gan") / "checkpoints" / "4").rglob("*"))
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={int(2.7 * one)}", "tmpfs", str(disk)]
    if sys.platform != "linux" or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("only root on Linux can mount a small file system")
    try:
        assert experiment("gan", *flags, "--save-every", 1, "--keep", 40, "--out", disk / "run") == 1
        said = capfd.readouterr().err.splitlines()
        complaints = [line for line in said if not line.startswith("round ") and " examples: " not in line]
        assert len(complaints) == 1
        assert complaints[0].startswith("error: the disk is full; the last good checkpoint is of round ")
        last = int(complaints[0].split()[-1])
        assert last in (1, 2)
        assert command("digest", disk / "run") == 0
        shutil.copytree(disk / "run", tmp_path / "run")
    finally:
        subprocess.run(["umount", str(disk)], check=True)
    assert experiment("gan", *flags, "--out", tmp_path / "run") == 0
    assert digest(tmp_path / "run") == digest(whole("gan"))
