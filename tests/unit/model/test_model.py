"""The one loader: what a run can do, and that what it learned is an argument of what is compiled."""

import json

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxgen import nets
from jaxgen.abilities import Classify, Draw, Drawing, Encode, Judge
from jaxgen.errors import InputError
from jaxgen.model import Model, classifier
from jaxgen.model.bound import _compiled
from jaxgen.nets import mlp
from jaxgen.nets.classifier import Classifier
from trained import made_run

DRAW, ENCODE = Draw(mlp.Generator(4, 1, (64,)), 5), Encode(mlp.Encoder(5, (8,)))
CLASSIFY = Classify(Classifier(3, width=2))
IMAGES = jnp.zeros((2, 4, 4, 1))


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    inputs = {"G": [jnp.zeros((1, 5))], "E": [IMAGES], "C": [IMAGES]}
    return made_run(tmp_path_factory.mktemp("made") / "run", [DRAW, ENCODE, CLASSIFY], inputs)


def test_a_run_gives_what_its_config_says(place):
    model = Model(place)
    assert (model.round, model.experiment, len(model.digest)) == (7, "made", 64)
    draw = model.ability(Drawing)
    assert (draw.ability, draw.parameters) == (DRAW, "as trained")
    z = DRAW.codes(jax.random.key(0), 5)
    images = draw.images(z, chunk=2)
    assert (images.shape, images.dtype) == ((5, 4, 4, 1), np.uint8)
    np.testing.assert_allclose(draw.draw(z), jax.jit(DRAW.draw)(draw.params, draw.stats, z), atol=1e-6)
    encode = model.ability(Encode)
    expected = jax.jit(ENCODE.encode)(encode.params, encode.stats, images / 127.5 - 1)
    np.testing.assert_allclose(encode.encode(images, chunk=2), expected, atol=1e-5)


def test_codes_and_images_of_another_shape_are_not_the_checkpoints_fault(place):
    model = Model(place)
    for shape in ((2, 6), (5,), (1, 2, 5)):
        with pytest.raises(InputError, match=r"codes of shape .* are not this run's: they are \[N, 5\]"):
            model.ability(Draw).images(np.zeros(shape))
    with pytest.raises(InputError, match=r"images of 6x6x1 do not fit the encoder of .*run: "):
        model.ability(Encode).encode(np.zeros((2, 6, 6, 1), np.uint8))


def test_what_a_run_cannot_do_is_said_in_one_line(place):
    with pytest.raises(InputError, match=r"run can draw from latent codes, encode and classify; it cannot judge$"):
        Model(place).ability(Judge)
    assert Model(place).can(Drawing)
    assert not Model(place).can(Judge)


def test_what_this_version_does_not_know_is_left_aside(place, tmp_path):
    config = json.loads((place / "config.json").read_text())
    for told, said in (([{"ability": "Dream"}, 3, *config["abilities"]], None), ("Draw", "can do nothing"), ([], "no")):
        (tmp_path / "config.json").write_text(json.dumps({**config, "abilities": told}))
        if said is None:
            assert Model(tmp_path).abilities(Draw) == [DRAW]
        else:
            with pytest.raises(InputError, match=said):
                Model(tmp_path).ability(Draw)


def test_a_checkpoint_without_the_net_is_refused(place, tmp_path):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "checkpoints").symlink_to(place / "checkpoints")
    other = Draw(mlp.Generator(4, 1, (64,)), 5, net="G2")
    config = json.loads((place / "config.json").read_text())
    (tmp_path / "run" / "config.json").write_text(json.dumps(config))
    with pytest.raises(InputError, match="has no net G2"):
        Model(tmp_path / "run", abilities=[other]).ability(Draw)


def largest_constant(function, *args) -> int:
    """Numbers in the largest array that a function's program holds."""
    found = jax.make_jaxpr(function)(*args)
    return max((int(np.size(const)) for const in found.consts), default=0)


def test_programs_do_not_grow_with_the_parameters():
    """They are arguments: the text of a program of 500 times as many is as long."""

    def text(width: int) -> str:
        ability = Draw(mlp.Generator(4, 1, (width, width)), 5)
        params, stats = jax.eval_shape(nets.net(ability.module).init, jax.random.key(0), jnp.zeros((1, 5)))
        return _compiled.lower(Draw.draw, ability, params, stats, jnp.zeros((2, 5))).as_text()

    assert abs(len(text(1024)) - len(text(32))) < 0.05 * len(text(32))


def test_a_classifier_is_a_tree_that_programs_take(place):
    logits = classifier(place)
    images = np.random.default_rng(0).integers(0, 256, (4, 4, 4, 1), dtype=np.uint8)
    assert logits(images).shape == (4, 3)
    assert len(jax.tree.leaves(logits)) == len(jax.tree.leaves(Model(place).ability(Classify).params)) + len(
        jax.tree.leaves(Model(place).ability(Classify).stats)
    )

    def surest(logits, images):
        return jnp.argmax(logits(images), -1)

    np.testing.assert_array_equal(jax.jit(surest)(logits, images), np.argmax(logits(images), -1))
    assert largest_constant(surest, logits, images) == 0
    assert jax.tree.structure(classifier(place)) == jax.tree.structure(logits)  # a second one compiles nothing anew
    slope = jax.eval_shape(jax.grad(lambda x: jnp.sum(logits(x))), jnp.float32(images / 127.5 - 1))
    assert slope.shape == images.shape


def test_a_net_of_ones_own_is_given_with_the_folder(place):
    model = Model(place, abilities=[DRAW])
    assert not model.can(Encode)
    assert nets.net(DRAW.module).apply(model.ability(Draw).params, {}, jnp.zeros((1, 5)), train=False)[0].shape
