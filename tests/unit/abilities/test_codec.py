"""Abilities as data: there and back, and what is refused of configs that are broken, hostile or of a later version."""

import dataclasses
import json

import pytest

from jaxgen import abilities
from jaxgen.abilities import (
    Ability,
    Change,
    Classify,
    Colour,
    DensityByCodes,
    DensityByPixels,
    Draw,
    DrawAtPoints,
    DrawByChains,
    DrawByClasses,
    DrawByCodeAndPixels,
    DrawByPixels,
    DrawInStages,
    Encode,
    Judge,
    Map,
    Match,
    codec,
)
from jaxgen.data.fields import Field
from jaxgen.errors import InputError
from jaxgen.nets import (
    attgan,
    captions,
    classifier,
    dcgan,
    energy,
    gaussians,
    gawwn,
    keypoints,
    mlp,
    pixelcnn,
    pixelcnnpp,
    pixelvae,
    stackgan,
    text,
    unet,
    vae,
)

LABEL, IMAGE = Field("label", (), ("cat", "dog")), Field("image", (8, 8, 4), stored="uint16", range=(0.0, 4095.0))
CAPTION, BOX = Field("tokens", (4,), ("", "a", "cat", "<unknown>")), Field("boxes", (1, 4))
PIXELS = pixelcnn.GatedPixelCNN(out=1, width=4, layers=2, head=4, classes=2)
EVERY = {
    "draw": Draw(mlp.Generator(4, 1, (8, 8)), 5, "uniform", "G_ab"),
    "draw by labels": Draw(dcgan.Generator(28, 1), 100, takes={"label": LABEL, "like": IMAGE}, gives={"image": IMAGE}),
    "draw by sentences": Draw(
        text.Generator(16, 1),
        9,
        takes={"caption": CAPTION, "box": BOX},
        encoder=captions.Encoder(4, 5),
        encoder_net="R",
    ),
    "draw by classes": DrawByClasses(
        vae.ConvDecoder(16, 1), 5, takes={"label": LABEL}, gaussians=gaussians.Gaussians(2, 5)
    ),
    "draw at points": DrawAtPoints(
        gawwn.Generator("points", 16, 1),
        9,
        takes={"caption": CAPTION, "points": Field("points", (3, 2), ("a", "b", "c"))},
        encoder=captions.Encoder(4, 5),
        keypoints=keypoints.Generator(),
        keypoints_latent=4,
    ),
    "draw in stages": DrawInStages(
        stackgan.Generator(32, 1),
        12,
        takes={"caption": CAPTION},
        encoder=captions.Encoder(4, 5),
        stage=text.Generator(16, 1, augmented=True),
        stage_latent=9,
    ),
    "match": Match(captions.Encoder(4, 5), dcgan.Encoder(5), takes={"caption": CAPTION, "image": IMAGE}),
    "pixels": DrawByPixels(PIXELS, 5, 1, "bernoulli", 2, names=("cat", "dog")),
    "chains": DrawByChains(energy.Discriminator((4, 8)), 8, 1, steps=20, noise=0.01),
    "code and pixels": DrawByCodeAndPixels(pixelvae.Decoder(8, 1), 3, 1, "bernoulli"),
    "encode": Encode(vae.Encoder(3), takes={"image": IMAGE}),
    "classify": Classify(classifier.Classifier(10), names=("cat", "dog")),
    "judge": Judge(dcgan.Discriminator(), zero=None),
    "map": Map(mlp.Encoder(4), takes={"a": IMAGE}, gives={"b": IMAGE}, noise=True),
    "colour": Colour(unet.Generator(2), takes={"image": IMAGE}, gives={"image": IMAGE}, noise=True),
    "change": Change(
        attgan.Generator(1),
        takes={"image": IMAGE, "attributes": Field("vector", (2,), ("hair=red", "hair=blue"))},
        gives={"image": IMAGE},
        judge=attgan.Discriminator(2),
    ),
    "exact density": DensityByPixels(PIXELS, 5, 1, "bernoulli", 2),
    "bounds": DensityByCodes(vae.Encoder(3), vae.Decoder(8, 1, raw=True), 8, 1, "gaussian", 0.1),
}
# What cannot be as by default beside what has none.
NEEDED = {
    Map: ("takes", "gives"),
    Colour: ("takes", "gives"),
    Change: ("takes", "gives", "judge"),
    DrawByPixels: ("classes",),
    DrawInStages: ("stage", "stage_latent"),
}
every = pytest.mark.parametrize("ability", EVERY.values(), ids=EVERY)


def test_every_public_ability_is_here():
    public = {cls for cls in vars(abilities).values() if isinstance(cls, type) and issubclass(cls, Ability)}
    assert {type(ability) for ability in EVERY.values()} == {cls for cls in public if dataclasses.is_dataclass(cls)}


@every
def test_an_ability_survives_json(ability):
    text = json.dumps(codec.describe(ability))
    built = codec.build(json.loads(text))
    assert built == ability
    assert isinstance(hash(built), int)  # so that compiled programs can be one of it
    assert json.dumps(codec.describe(built)) == text


def test_the_order_of_fields_survives():
    built = codec.build(json.loads(json.dumps(codec.describe(EVERY["draw by labels"]))))
    assert list(built.takes) == ["label", "like"]


@every
def test_what_has_no_default_cannot_be_left_out_and_nothing_can_be_added(ability):
    good, needed = codec.describe(ability), NEEDED.get(type(ability), ())
    for field in dataclasses.fields(ability):
        without = {name: value for name, value in good.items() if name != field.name}
        if field.default is dataclasses.MISSING or field.name in needed:
            with pytest.raises(InputError, match=r"^no ability in jaxgen\.abilities"):
                codec.build(without)
        else:
            assert type(codec.build(without)) is type(ability)
    with pytest.raises(InputError, match=r"^no ability"):  # of a later version: going on without it would be wrong
        codec.build({**good, "truncation": 0.7})


DRAW, CHAINS, BY_PIXELS, MAP, BOUNDS = (
    codec.describe(EVERY[name]) for name in ("draw", "chains", "pixels", "map", "bounds")
)
HOSTILE = [
    {**DRAW, "ability": "Drawing"},
    {**DRAW, "ability": "Ability"},
    {**DRAW, "ability": "DrawByChains"},
    {**DRAW, "ability": "codec"},
    {**DRAW, "ability": "codec.build"},
    {**DRAW, "ability": "os.system"},
    {**DRAW, "ability": "__builtins__"},
    {**DRAW, "ability": "__class__"},
    {**DRAW, "ability": None},
    {**DRAW, "ability": ["Draw"]},
    {**DRAW, "ability": {}},
    {**DRAW, "prior": "cauchy"},
    {**DRAW, "prior": "__class__"},
    {**DRAW, "prior": "petals"},  # which is of codes of length 2
    {**DRAW, "prior": ["normal"]},
    {**DRAW, "latent": "5"},
    {**DRAW, "latent": 2.7},
    {**DRAW, "latent": True},
    {**DRAW, "latent": float("inf")},
    {**DRAW, "latent": float("nan")},
    {**DRAW, "latent": 0},
    {**DRAW, "latent": -3},
    {**DRAW, "latent": None},
    {**DRAW, "net": 3},
    {**DRAW, "net": None},
    {**DRAW, "can": "do anything"},
    {**DRAW, "at_once": 1},
    {**DRAW, "takes": ["label"]},
    {**DRAW, "takes": {"label": "Field"}},
    {**DRAW, "takes": {"label": {"kind": "os", "shape": []}}},
    {**DRAW, "takes": {"label": {"kind": "label", "shape": ["3"]}}},
    {**DRAW, "takes": {"label": {"kind": "label", "shape": [], "names": 5}}},
    {**DRAW, "takes": {"label": {"kind": "label", "shape": [], "more": 5}}},
    {**DRAW, "module": None},
    {**DRAW, "module": "mlp.Generator"},
    {**DRAW, "module": {}},
    {**DRAW, "module": {"net": "os.system"}},
    {**DRAW, "module": {**DRAW["module"], "evil": 1}},
    {**CHAINS, "steps": -1},
    {**CHAINS, "steps": 2.5},
    {**CHAINS, "steps": True},
    {**CHAINS, "noise": float("nan")},
    {**CHAINS, "noise": "0.1"},
    {**CHAINS, "step": float("inf")},
    {**CHAINS, "size": 0},
    {**BY_PIXELS, "pixels": "gaussian"},
    {**BY_PIXELS, "pixels": ["logistics"]},
    {**BY_PIXELS, "size": 32.0},
    {**BY_PIXELS, "classes": -1},
    {**BY_PIXELS, "names": ["one"]},
    {**BY_PIXELS, "names": "ab"},
    {**MAP, "gives": {}},
    {**MAP, "noise": 1},
    {**BOUNDS, "likelihood": "cauchy"},
    {**BOUNDS, "deviation": -1.0},
    {**BOUNDS, "deviation": "1"},
    {**BOUNDS, "likelihood": "bernoulli"},  # which has no deviation
    {**codec.describe(EVERY["code and pixels"]), "module": DRAW["module"]},  # another net than it must be
    {},
    None,
    [],
    [DRAW],
    "Draw",
    5,
]


@pytest.mark.parametrize("description", HOSTILE, ids=str)
def test_descriptions_of_no_ability_are_refused_in_one_line(description):
    with pytest.raises(InputError, match=r"^no (ability in jaxgen\.abilities|net in jaxgen\.nets) ") as refused:
        codec.build(description)
    assert "\n" not in str(refused.value)


def test_a_net_that_is_not_ours_is_named_and_never_built():
    class Mine(mlp.Generator):
        pass

    told = codec.describe(Draw(Mine(4, 1), 5))
    assert set(told["module"]) == {"net"}
    with pytest.raises(InputError, match=r"^no net in jaxgen\.nets"):
        codec.build(told)
    assert pixelcnnpp.PixelCNNPlusPlus() == codec.build_net(codec.describe_net(pixelcnnpp.PixelCNNPlusPlus()))
