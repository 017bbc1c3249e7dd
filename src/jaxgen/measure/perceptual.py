"""Metrics that need more than the features of two sets: pairs under LPIPS, paths, and a classifier's training."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jax import Array
from jax.sharding import Mesh
from jax.tree_util import Partial

from jaxgen import recipes
from jaxgen.abilities import Draw
from jaxgen.data import Source, Stream
from jaxgen.data.derived import labelled
from jaxgen.errors import InputError
from jaxgen.executors import batch_sharding, data_parallel, state_sharding
from jaxgen.features import lpips
from jaxgen.game import init
from jaxgen.measure.extract import BATCH, spread
from jaxgen.metrics import path_length
from jaxgen.metrics.scores import PAIRS, Metric, Seen, Value, check_pairs
from jaxgen.model import Model
from jaxgen.nets import linen
from jaxgen.nets.classifier import Classifier

PATHS = frozenset({"ppl"})
NONE: frozenset[str] = frozenset()
IMAGES = frozenset({"images"})


def of_folders(real: Source, fake: Source, mesh: Mesh) -> Mapping[str, Metric]:
    """What can be asked of two sets of images beside `metrics.scores.METRICS`."""
    return {
        **PAIRS,
        "lpips": Metric(IMAGES, IMAGES, lambda a, b, _: _lpips(a, b, mesh), pairs=True),
        "cas": Metric(NONE, NONE, lambda _, __, protocol: accuracy_score(real, fake, mesh, seed=protocol.seed)),
    }


def of_run(model: Model) -> Mapping[str, Metric]:
    """What can be asked of a run beside them."""
    return {"ppl": Metric(NONE, NONE, lambda _, __, protocol: _paths(model, protocol.generated, protocol.seed))}


def _lpips(real: Seen, fake: Seen, mesh: Mesh) -> Mapping[str, Value]:
    """The distance of pairs, first with first."""
    check_pairs(real, fake)
    perceptual = lpips.load("alex")
    found = distances(perceptual, real.images, fake.images, mesh)
    name = f"LPIPS ({perceptual.name.removeprefix('lpips-')})"
    return {name: Value(float(found.mean()), float(found.std()), {perceptual.name: perceptual.digest})}


def distances(perceptual: lpips.Perceptual, a: np.ndarray, b: np.ndarray, mesh: Mesh) -> np.ndarray:
    """The distance [N] of each uint8 image [N, H, W, C] of `a` from its fellow in `b`; grey ones count as colours."""
    both = np.stack([_colour(a), _colour(b)], 1)
    apart = spread(_between(perceptual.distance), perceptual.variables, mesh)
    size = BATCH * mesh.devices.size
    return np.concatenate([apart(both[i : i + size]) for i in range(0, len(both), size)])


def _between(distance: Any) -> Any:
    def apart(variables: Any, pairs: Array) -> Array:
        x = pairs.astype(jnp.float32) / 127.5 - 1
        return distance(variables, x[:, 0], x[:, 1])

    return apart


def _colour(images: Any) -> Any:
    return images if images.shape[-1] == 3 else images.repeat(3, -1)


def _paths(model: Model, count: int, seed: int) -> Mapping[str, Value]:
    """Karras et al. 2019, over all of the path in z, under LPIPS with VGG16; images are not cropped or resized."""
    if not model.can(Draw) or (draw := model.ability(Draw)).ability.prior != "normal":
        raise InputError(f"ppl walks along spheres of normal codes; those of {model.path} are others")
    perceptual, latent = lpips.load("vgg"), draw.ability.latent
    if asked := list(draw.ability.takes):
        raise InputError(f"ppl is of codes alone, and {model.path} draws by {asked[0]} too")
    found = path_length.sampled(
        Partial(_coloured, draw.function(draw.ability.draw), float(np.sqrt(latent))),
        Partial(perceptual.distance, perceptual.variables),
        lambda key: jax.random.normal(key, (latent,)),
        jax.random.split(jax.random.key(seed), count),
    )
    weights = {perceptual.name: perceptual.digest}
    return {"perceptual path length (z, full, vgg)": Value(path_length.mean_length(found), weights=weights)}


def _coloured(draw: Partial, radius: Array, z: Array) -> Array:
    """Images of codes on the unit sphere, as `path_length` has them."""
    return _colour(draw(z * radius))


def accuracy_score(real: Source, fake: Source, mesh: Mesh, *, seed: int = 0, rounds: int = 2000) -> Mapping[str, Value]:
    """The classification accuracy score of Ravuri & Vinyals 2019 (arXiv:1905.10887): how well a classifier that has
    only seen generated images, with the classes that they were meant to be of, does on real ones.

    The paper trains a ResNet-50 on ImageNet; here it is `nets.classifier.Classifier`, 128 images a round, Adam 3e-3
    falling to zero, and the last values of its parameters' average.

    Args:
      real: labelled images.
      fake: labelled images of the same shape.
      mesh: the devices.
      seed: of parameters and the order of the images.
      rounds: of training.

    Raises:
      InputError: one of them has no labels, or they are of other shapes or classes.
    """
    counts = [labelled.classes(source) for source in (real, fake)]
    if counts[0] != counts[1] or (real.classes and fake.classes and real.classes != fake.classes):
        raise InputError(f"{real.name} and {fake.name} have other classes ({counts[0]} and {counts[1]})")
    if real.shape != fake.shape:
        raise InputError(f"{real.name} has images of {real.shape} and {fake.name} of {fake.shape}: say --size")
    C = linen.net(Classifier(counts[0]))
    game = recipes.classifier(C, tx=optax.adam(optax.cosine_decay_schedule(3e-3, rounds)))
    devices = mesh.devices.size
    stream = Stream(fake, batch=min(128, fake.length) // devices * devices, seed=seed)
    start = partial(init, game, jax.random.key(seed))
    example = stream.whole(0)
    where = state_sharding(game, mesh, jax.eval_shape(start, example))
    state, step = jax.jit(start, out_shardings=where)(example), data_parallel(game, mesh)
    for number in range(rounds):
        batch = jax.tree.map(lambda x: x[None, None], stream.whole(number))
        state, _ = step(state, jax.device_put(batch, batch_sharding(mesh)))
    variables = (state.ema["C"], state.stats["C"])
    classify = spread(lambda v, x: C.apply(*v, x.astype(jnp.float32) / 127.5 - 1, train=False)[0], variables, mesh)
    right = 0
    for i in range(0, real.length, 1000):
        seen = real.read(np.arange(i, min(i + 1000, real.length)))
        right += int(np.sum(np.argmax(classify(seen["image"]), 1) == seen["label"]))
    return {"classification accuracy score": Value(right / real.length)}
