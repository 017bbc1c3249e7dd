"""A run's folder, and going on with it."""

import asyncio
import json
import os
import re
import shutil
import signal
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from flax import linen as nn
from PIL import Image
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from jaxgen import recipes, run
from jaxgen.abilities import Draw
from jaxgen.errors import InputError
from jaxgen.model import Model
from jaxgen.nets import mlp, net
from jaxgen.run.log import Log, read_metrics
from jaxgen.store.folder import Folder
from rows import ROWS
from running import arrays, assert_same_numbers, command, digest, experiment, module, script, spawn

pytestmark = pytest.mark.lowest


@pytest.fixture(scope="module")
def flags():
    return [*ROWS["gan"].words, "--devices", 1]


@pytest.fixture(scope="module")
def straight(whole, tmp_path_factory):
    """A run of four rounds that nothing stopped."""
    return shutil.copytree(whole("gan"), tmp_path_factory.mktemp("straight") / "run")


@pytest.fixture
def killed(straight, tmp_path):
    """The same run as a kill after its fourth round leaves it, whose last checkpoint is of the second."""
    out = shutil.copytree(straight, tmp_path / "run")
    shutil.rmtree(out / "checkpoints" / "4")
    return out


def test_a_folder_holds_what_was_promised(straight):
    config = json.loads((straight / "config.json").read_text())
    assert config["settings"]["batch"] == 8
    assert config["data"]["images"] == 200
    assert config["starts"][0]["packages"]["jax"] == jax.__version__
    lines = read_metrics(straight / "metrics.jsonl")
    assert [line["round"] for line in lines] == [1, 2, 3, 4]
    assert {"D/loss", "G/loss", "D/accuracy_real", "images_per_second", "data_wait"} <= set(lines[0])
    assert sorted(p.name for p in (straight / "checkpoints").iterdir()) == ["2", "4"]
    grids = sorted((straight / "samples").iterdir())
    assert [g.name for g in grids] == ["round-0000000.png", "round-0000004.png"]
    assert Image.open(grids[0]).size == (135 * 3, 135 * 3)  # 8 x 8 images of 16 pixels, enlarged by 3


def test_tensorboard_reads_the_same_numbers(straight):
    events = EventAccumulator(str(straight / "tensorboard"))
    events.Reload()
    seen = {event.step: event.value for event in events.Scalars("D/loss")}
    written = {line["round"]: line["D/loss"] for line in read_metrics(straight / "metrics.jsonl")}
    assert seen == pytest.approx(written, rel=1e-6)


def test_the_report_is_one_file_and_tells_how_to_get_it_again(straight):
    page = (straight / "report.html").read_text()
    sources = re.findall(r'src="([^"]{0,20})', page)
    assert len(sources) >= 4
    assert all(s.startswith("data:image/") for s in sources)
    assert not re.search(r"<script|https?://(?!www\.w3\.org)", page.replace("data:", ""))
    for what in ("images a second", "time waiting for data", "command", "seed", "processor"):
        assert what in page


def test_signals_save_first_and_it_ends_bit_for_bit_the_same(flags, straight, tmp_path, monkeypatch, capfd):
    """Asked to stop in the first round of each of two starts."""
    out, before, add = tmp_path / "run", signal.getsignal(signal.SIGINT), Log.add
    monkeypatch.setattr(sys, "argv", [str(script("gan"))])
    for number, done in ((signal.SIGTERM, 1), (signal.SIGINT, 2)):

        def asked(log, metrics, number=number, **how):
            add(log, metrics, **how)
            os.kill(os.getpid(), number)

        monkeypatch.setattr(Log, "add", asked)
        assert experiment("gan", *flags, "--out", out) == 128 + number
        last = capfd.readouterr().err.strip().splitlines()[-1]
        assert re.search(rf"at round {done}, saved; go on with: python .*gan.py .* --out", last)
        assert (out / "checkpoints" / str(done)).exists()
        assert signal.getsignal(signal.SIGINT) == before
    monkeypatch.undo()
    assert digest(out) != digest(straight)
    assert experiment("gan", *flags, "--out", out) == 0
    assert digest(out) == digest(straight)
    strip = [{k: v for k, v in line.items() if "/" in k} for line in read_metrics(out / "metrics.jsonl")]
    assert strip == [{k: v for k, v in line.items() if "/" in k} for line in read_metrics(straight / "metrics.jsonl")]
    assert [s["round"] for s in json.loads((out / "config.json").read_text())["starts"]] == [0, 1, 2]


@pytest.mark.slow
def test_four_devices_begin_and_one_ends(flags, straight, tmp_path):
    """Over two rounds: over more, inputs of LeakyReLU that are nearly zero round to either side."""
    short = [*flags, "--save-every", 1]
    assert experiment("gan", *short, "--out", tmp_path / "run", "--rounds", 1, "--devices", 4) == 0
    assert experiment("gan", *short, "--out", tmp_path / "run", "--rounds", 2, "--devices", 1) == 0
    assert_same_numbers(arrays(tmp_path / "run"), arrays(straight, 2))


def test_more_rounds_a_dispatch_are_the_same_run(whole, tmp_path):
    """Games of several players: tests/properties/test_rows.py."""
    at_once = ["--rounds-per-dispatch", 2, "--log-every", 2, "--devices", 1]
    assert experiment("autoencoder", *ROWS["autoencoder"].words, *at_once, "--out", tmp_path / "run") == 0
    assert_same_numbers(arrays(tmp_path / "run"), arrays(whole("autoencoder")))


def begun(metrics):
    return metrics.exists() and bool(read_metrics(metrics))


@pytest.mark.slow
def test_a_process_saves_at_a_signal_and_says_how_to_go_on(flags, tmp_path):
    out = tmp_path / "run"
    process = spawn("gan", *flags, "--out", out, "--rounds", 100000, "--save-every", 100000, "--log-every", 10)
    patience = time.monotonic() + 240
    while not begun(out / "metrics.jsonl") and process.poll() is None:
        assert time.monotonic() < patience
        time.sleep(0.1)
    process.send_signal(signal.SIGTERM)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 128 + signal.SIGTERM
    last = said.strip().splitlines()[-1]
    done = int(re.search(r"at round (\d+), saved; go on with: python .*gan.py .*--out", last).group(1))
    assert sorted(p.name for p in (out / "checkpoints").iterdir()) == [str(done)]
    on = [*flags, "--rounds", done + 2, "--save-every", 10000, "--log-every", 1000]
    assert experiment("gan", *on, "--out", out) == 0
    assert experiment("gan", *on, "--out", tmp_path / "straight") == 0
    assert digest(out) == digest(tmp_path / "straight")


def test_a_killed_run_from_before_a_setting_existed_goes_on(flags, straight, killed, capfd):
    """A kill leaves lines of rounds that are played again: no round is in the file twice, half a line does no harm."""
    with (killed / "metrics.jsonl").open("a") as file:
        file.write('{"round": 5, "sec')
    config = Folder(killed).config_file
    config.write_text(re.sub(r' *"unroll": 0,\n', "", config.read_text()))
    assert experiment("gan", *flags, "--out", killed, "--unroll", 1) == 2
    assert "unroll: 0 -> 1" in capfd.readouterr().err
    assert experiment("gan", *flags, "--out", killed) == 0
    assert [line["round"] for line in read_metrics(killed / "metrics.jsonl")] == [1, 2, 3, 4]
    assert digest(killed) == digest(straight)


def test_what_is_not_finite_stops_the_run_and_is_not_saved(flags, killed, capfd):
    config = Folder(killed).config_file
    config.write_text(re.sub(r'"(lr_[gd])": null', r'"\1": 1e+38', config.read_text()))
    steps = ["--lr-g", "1e38", "--lr-d", "1e38"]
    assert experiment("gan", *flags, "--out", killed, "--rounds", 20, *steps, "--log-every", 20) == 1
    error = capfd.readouterr().err.strip().splitlines()[-1]
    assert re.fullmatch(
        r"error: player [DG]: its (loss|gradient) is (nan|inf) in round [345]; the last good checkpoint is of round 2",
        error,
    )
    assert sorted(p.name for p in (killed / "checkpoints").iterdir()) == ["2"]


LOST = {  # what became of the checkpoints of a run
    "their folder is gone": lambda folder: shutil.rmtree(folder),
    "they are gone": lambda folder: [shutil.rmtree(step) for step in folder.iterdir()],
    "all of them are damaged": lambda folder: [file.write_bytes(b"") for file in folder.rglob("*") if file.is_file()],
}


@pytest.mark.parametrize("case", LOST)
def test_a_run_that_lost_its_checkpoints_never_begins_anew_by_itself(case, flags, killed, capfd):
    LOST[case](killed / "checkpoints")
    kept = (killed / "metrics.jsonl").read_bytes()
    for _ in range(2):  # the second start finds what was damaged moved away
        assert experiment("gan", *flags, "--out", killed) == 2
    line = capfd.readouterr().err.strip().splitlines()[-1]
    assert f"{killed} is a run without a whole checkpoint" in line
    assert "choose another --out to begin anew" in line
    assert (f"{killed}/damaged has what was damaged" in line) == ("damaged" in case)
    assert (killed / "metrics.jsonl").read_bytes() == kept


def test_a_run_that_was_killed_before_its_first_checkpoint_begins_anew(flags, straight, killed, capfd):
    shutil.rmtree(killed / "checkpoints")
    config = Folder(killed).config_file
    config.write_text(config.read_text().replace('"saved": true', '"saved": false'))
    assert experiment("gan", *flags, "--out", killed) == 0
    assert f"{killed} was stopped before its first checkpoint and begins anew" in capfd.readouterr().err
    assert digest(killed) == digest(straight)
    assert json.loads(config.read_text())["saved"]


def test_a_device_that_is_full_in_the_middle_of_a_run_is_one_line(flags, killed, monkeypatch, capfd):
    def step(state, block):
        raise jax.errors.JaxRuntimeError("RESOURCE_EXHAUSTED: Out of memory.\nLong story")

    monkeypatch.setattr("jaxgen.run.session.data_parallel", lambda *_, **__: step)
    assert experiment("gan", *flags, "--out", killed) == 1
    told = capfd.readouterr().err.strip().splitlines()
    assert len(told) == 2  # the data's line is the other
    assert re.search("not enough memory .* --batch, --size or .*the last good checkpoint is of round 2$", told[-1])


def test_drawing_from_a_run(straight, tmp_path, capfd):
    assert command("sample", straight, "--count", 5, "--seed", 3, "--out", tmp_path / "a.npz") == 0
    assert command("sample", straight, "--count", 3, "--seed", 3, "--out", tmp_path / "few.npz") == 0
    assert command("sample", straight, "--count", 3, "--seed", 4, "--out", tmp_path / "other.npz") == 0
    drawn = {p.stem: np.load(p)["images"] for p in tmp_path.glob("*.npz")}
    assert drawn["a"].shape == (5, 16, 16, 1)
    assert drawn["a"].dtype == np.uint8
    np.testing.assert_array_equal(drawn["a"][:3], drawn["few"])
    assert not np.array_equal(drawn["few"], drawn["other"])
    assert command("sample", straight, "--count", 3, "--seed", 3, "--out", tmp_path / "each") == 0
    files = sorted((tmp_path / "each").iterdir())
    np.testing.assert_array_equal(np.stack([np.asarray(Image.open(f)) for f in files]), drawn["few"][..., 0])
    for path in ("sphere", "line"):
        out = tmp_path / "path.npz"
        assert (
            command("interpolate", straight, "--rows", 2, "--steps", 4, "--seed", 3, "--path", path, "--out", out) == 0
        )
        paths = np.load(out)["images"].reshape(2, 4, 16, 16, 1).astype(int)
        assert np.abs(paths[:, 0] - drawn["a"][:2]).max() <= 1  # the ends are the codes themselves
        assert np.abs(paths[:, -1] - drawn["a"][2:4]).max() <= 1
    assert command("interpolate", straight, "--rows", 2, "--steps", 4) == 0
    assert command("report", straight) == 0
    assert "interpolation.png" in (straight / "report.html").read_text()
    capfd.readouterr()
    assert command("digest", straight) == 0
    assert capfd.readouterr().out == f"round 4  {digest(straight)}\n"


def test_a_net_of_ones_own_trains_and_draws(images, tmp_path, capfd):
    """Nothing of a run depends on the net being ours, but for commands that must build it from data alone; nor on the
    process: here it is in a thread with an event loop, as in a notebook, and paths are strings."""

    class Generator(nn.Module):
        shape: Callable = lambda: (16, 16, 1)  # a setting that no JSON holds

        @nn.compact
        def __call__(self, z, *, train):
            return jnp.tanh(nn.Dense(256)(z)).reshape(-1, *self.shape())

    settings = run.Settings(dataset=str(images), rounds=2, batch=8, devices=1, out=str(tmp_path / "run"))  # type: ignore
    G, sgd = Generator(), optax.sgd(1e-3)
    sampler = Draw(G, latent=4)
    game = recipes.gan(net(G), net(mlp.Discriminator(widths=(4,))), latent=4, G_tx=sgd, D_tx=sgd)

    async def train():
        with run.Session(settings, "mine") as session:
            return session.train(run.System(game, [sampler]))

    with ThreadPoolExecutor(1) as pool:
        assert int(pool.submit(lambda: asyncio.run(train())).result().round) == 2
    trained = Model(str(tmp_path / "run"), abilities=[sampler]).ability(Draw)
    assert trained.images(np.zeros((3, 4))).shape == (3, 16, 16, 1)
    capfd.readouterr()
    assert command("sample", tmp_path / "run") == 2
    assert "no net in jaxgen.nets fits" in capfd.readouterr().err


def test_with_flags_of_its_own_a_start_ends_no_process(images, tmp_path):
    dcgan = module("dcgan")
    with pytest.raises(InputError, match="--batch is 0"):
        run.start(dcgan.build, dcgan.Config, ["--dataset", str(images), "--batch", "0", "--out", str(tmp_path / "run")])
    with pytest.raises(InputError, match="--btch"):
        run.start(dcgan.build, dcgan.Config, ["--btch", "0"])
