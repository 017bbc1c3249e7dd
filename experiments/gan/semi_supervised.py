"""Improved GAN with few labels, and a plain classifier beside it (Salimans et al. 2016, section 5 and 6.1).

python experiments/gan/semi_supervised.py --dataset mnist --out runs/semi-supervised
python experiments/gan/semi_supervised.py --dataset mnist --per-class 2 --seed 1 --out runs/two-a-class

The last line is JSON: the errors of both on the test split, or, where the data has none, on the images without labels.
"""

import json
from dataclasses import dataclass, replace
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import optax

from jaxgen import recipes, run
from jaxgen.abilities import Draw
from jaxgen.data import Source, labelled, open_source
from jaxgen.errors import InputError
from jaxgen.game import Net, State
from jaxgen.nets import net
from jaxgen.nets.semi_supervised import Discriminator, Generator


@dataclass(frozen=True)
class Config(run.Settings):
    """The authors' settings, but for a step size that falls to zero, as their code has it for CIFAR-10."""

    # The run's folder. Started again with the same one, a run goes on from its last checkpoint.
    out: Path = Path("runs/semi-supervised")
    # Rounds until the run is done, those of earlier starts included: it may grow when a run goes on.
    rounds: int = 14_000
    # Images in a round's batch, over all devices and processes together: so many with labels, without, and fakes.
    batch: int = 100
    # Images of every class whose labels are seen, chosen by the seed.
    per_class: int = 10
    # Length of z.
    latent: int = 100
    # Adam's first step size, for all players.
    lr: float = 3e-3
    # Adam's decay of the gradient's mean.
    beta1: float = 0.5
    # Rounds until the step size, falling along a line, is zero.
    decay: int = 14_000
    # Decay, a round, of the averages of the parameters that images are drawn and classes are told with.
    ema: float = 0.999


def main(config: Config) -> None:
    """Train a semi-supervised GAN and a classifier beside it, or go on with them, and measure both."""
    where = {"data_dir": config.data_dir, "size": config.size, "channels": config.channels}
    source = open_source(config.dataset, split=config.split, **where)
    chosen = labelled.few(source, config.per_class, config.seed)
    height, size, channels = source.shape
    if height != size:
        raise InputError(f"the images of {config.dataset} are {height}x{size}: say --size to make squares of them")
    with run.Session(config, "semi_supervised", paired(source, chosen)) as session:
        G = Generator(size, channels, dtype=config.dtype)
        D = Discriminator(labelled.classes(source), dtype=config.dtype)
        # The authors' Adam has its 1e-8 inside the root: G's gradients are so small that it is felt.
        adam = optax.adam(optax.linear_schedule(config.lr, 0.0, config.decay), b1=config.beta1, eps=0, eps_root=1e-8)
        game = recipes.semi_supervised(
            net(G), net(D), latent=config.latent, G_tx=adam, D_tx=adam, beside=adam, ema=config.ema
        )
        state = session.train(game, Draw(G, config.latent, "uniform"), nets={"D": D})
        test = labelled.held_out(config.dataset, split=config.split, **where)
        records = np.setdiff1d(np.arange(source.length), chosen) if test is None else np.arange(test.length)
        result = {
            "labels": len(chosen),
            "rounds": int(state.round),
            "measured_on": "unlabelled" if test is None else "test",
            "images": len(records),
            "error": error(net(D), "D", state, test or source, records),
            "plain_error": error(net(D), "C", state, test or source, records),
        }
        if session.first_process:
            (config.out / "test.json").write_text(json.dumps(result) + "\n")
            print(json.dumps(result))


def paired(source: Source, chosen: np.ndarray) -> Source:
    """Every image without its label, and one of the chosen ones with it: over an epoch all of these equally often."""

    def read(indices: np.ndarray) -> dict[str, np.ndarray]:
        known = source.read(chosen[indices % len(chosen)])
        return {"image": source.read(indices)["image"], "labelled": known["image"], "label": known["label"]}

    return replace(source, read=read)


def error(D: Net, name: str, state: State, source: Source, records: np.ndarray, chunk: int = 500) -> float:
    """Share of a source's records that one of the two nets, by its averaged parameters, puts into a wrong class."""
    keys = jax.random.split(jax.random.key(0), chunk)  # not looked at: noise is for training
    params, stats = jax.device_get((state.ema.get(name, state.params[name]), state.stats[name]))

    @jax.jit
    def predict(images: jax.Array) -> jax.Array:
        x = images.astype(jnp.float32) / 127.5 - 1
        return jnp.argmax(D.apply(params, stats, x, keys[: len(x)], train=False)[0][0], -1)

    wrong = 0
    for i in range(0, len(records), chunk):
        batch = source.read(records[i : i + chunk])
        wrong += int(np.sum(np.asarray(predict(batch["image"])) != batch["label"]))
    return wrong / len(records)


if __name__ == "__main__":
    run.start(main, Config)
