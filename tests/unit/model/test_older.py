"""Configs of earlier versions, "sampler" and "nets", are read into abilities."""

import json

import pytest

from jaxgen.abilities import (
    Classify,
    DensityByCodes,
    DensityByPixels,
    Draw,
    DrawByChains,
    DrawByCodeAndPixels,
    DrawByPixels,
    Encode,
    Judge,
    codec,
)
from jaxgen.errors import InputError
from jaxgen.model import Model, older
from jaxgen.nets import classifier, dcgan, energy, mlp, pixelcnn, pixelvae, vae

GAN = {
    "net": "dcgan.Generator",
    "size": 16,
    "channels": 1,
    "width": 4,
    "dtype": "float32",
    "norm": "batch",
    "kernel": 4,
}
D = {"net": "dcgan.Discriminator", "width": 4, "dtype": "float32", "norm": "none", "kernel": 4, "minibatch": "none"}
DECODER = {"net": "vae.Decoder", "size": 16, "channels": 1, "widths": [12, 12], "likelihood": "logistic", "raw": False}
ENCODER = {"net": "vae.Encoder", "latent": 3, "widths": [12, 12], "dtype": "float32"}
PIXELS = {"net": "pixelcnn.GatedPixelCNN", "out": 30, "width": 6, "layers": 2, "head": 4, "classes": 10}
PIXELVAE = {"net": "pixelvae.Decoder", "size": 16, "out": 30, "layers": 2, "filters": 4, "width": 4}


def latent(module, **more):
    return {"sampler": "latent", "net": "G", "latent": 3, "prior": "normal", "module": module, **more}


_D, _G = dcgan.Discriminator(4, norm="none"), dcgan.Generator(16, 1, 4)
_P, _VAE = pixelcnn.GatedPixelCNN(30, 6, 2, head=4, classes=10), vae.Decoder(16, 1, (12, 12), "logistic")
_E, _PV = vae.Encoder(3, (12, 12)), pixelvae.Decoder(16, 30, 2, 4, 4)
OLD = {
    "gan": ({"sampler": latent(GAN), "nets": {"D": D}}, {}, [Draw(_G, 3), Judge(_D)]),
    "critic": ({"sampler": latent(GAN), "nets": {"D": D}}, {"objective": "r3gan"}, [Draw(_G, 3), Judge(_D, zero=None)]),
    "lsgan": ({"sampler": latent(GAN), "nets": {"D": D}}, {"objective": "lsgan"}, [Draw(_G, 3), Judge(_D, zero=0.5)]),
    "began": ({"sampler": latent(GAN, prior="uniform"), "nets": {}}, {"objective": "began"}, [Draw(_G, 3, "uniform")]),
    "first version": ({"sampler": latent(GAN)}, {}, [Draw(_G, 3)]),  # which described no other nets
    "vae": (
        {"sampler": latent(DECODER), "nets": {"E": ENCODER}}, {"deviation": None},
        [Draw(_VAE, 3), DensityByCodes(_E, _VAE.clone(raw=True), 16, 1, "logistic"), Encode(_E)],
    ),
    "gaussian vae": (
        {"sampler": latent({**DECODER, "likelihood": "gaussian"}), "nets": {"E": ENCODER}}, {"deviation": 0.1},
        [Draw(_VAE.clone(likelihood="gaussian"), 3),
         DensityByCodes(_E, _VAE.clone(raw=True, likelihood="gaussian"), 16, 1, "gaussian", 0.1), Encode(_E)],
    ),
    "vae_gan": ({"sampler": latent(GAN), "nets": {"E": ENCODER}}, {}, [Draw(_G, 3), Encode(_E)]),
    "pixelcnn": (
        {"sampler": {"sampler": "ancestral", "size": 16, "channels": 1, "pixels": "logistics", "classes": 10,
                     "net": "P", "module": PIXELS}, "nets": {}}, {},
        [DrawByPixels(_P, 16, 1, "logistics", 10), DensityByPixels(_P, 16, 1, "logistics", 10)],
    ),
    "pixelvae": (
        {"sampler": {"sampler": "pixelvae", "latent": 4, "channels": 1, "pixels": "logistics", "net": "G",
                     "module": PIXELVAE}, "nets": {"E": ENCODER}}, {},
        [DrawByCodeAndPixels(_PV, 4, 1, "logistics"),
         DensityByCodes(_E, _PV, 16, 1, "logistics", autoregressive=True), Encode(_E)],
    ),
    "energy": (
        {"sampler": {"sampler": "langevin", "net": "D", "size": 16, "channels": 1, "steps": 2, "step": 10.0,
                     "noise": 0.005, "clip": 0.03, "module": {"net": "energy.Discriminator", "widths": [4, 8]}},
         "nets": {}}, {},
        [DrawByChains(energy.Discriminator((4, 8)), 16, 1, 2)],
    ),
    "autoencoder": (
        {"sampler": None, "nets": {"E": {"net": "mlp.Encoder", "latent": 4, "widths": [8, 8]}, "G": DECODER}}, {},
        [Encode(mlp.Encoder(4, (8, 8)))],
    ),
    "classifier": (
        {"sampler": None, "nets": {"C": {"net": "classifier.Classifier", "classes": 10, "width": 4}}}, {},
        [Classify(classifier.Classifier(10, 4))],
    ),
    "semi_supervised": (  # whose D gives logits and is told noise
        {"sampler": latent(GAN), "nets": {"D": {"net": "semi_supervised.Discriminator", "classes": 10}}}, {},
        [Draw(_G, 3)],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", OLD)
def test_old_configs_are_understood(name):
    told, settings, expected = OLD[name]
    config = {"settings": settings, **told}
    assert [codec.build(one) for one in older.abilities(config)] == expected


SAMPLER = latent(GAN)
HOSTILE = [
    {"sampler": "latent"},
    {"sampler": [SAMPLER]},
    {"sampler": 5},
    {"sampler": {**SAMPLER, "sampler": "os"}},
    {"sampler": {**SAMPLER, "sampler": ["latent"]}},
    {"sampler": {**SAMPLER, "sampler": None}},
    {"sampler": {**SAMPLER, "truncation": 0.7}},
    {"sampler": {**SAMPLER, "module": {"net": "os.system", "command": "touch owned"}}},
    {"sampler": {**SAMPLER, "module": 3}, "nets": {"E": 4}},
    {"sampler": {**SAMPLER, "latent": 0}, "nets": []},
    {"sampler": {name: value for name, value in SAMPLER.items() if name != "module"}, "nets": "E"},
]


@pytest.mark.parametrize("told", HOSTILE, ids=str)
def test_hostile_and_broken_ones_stay_harmless(told, tmp_path):
    config = {"format": 1, "experiment": "gan", "settings": {"objective": ["r3gan"]}, **told}
    (tmp_path / "config.json").write_text(json.dumps(config))
    with pytest.raises(InputError, match=r"no ability in jaxgen|no net in jaxgen|it cannot draw"):
        Model(tmp_path).ability(Draw)


def test_accuracies_of_scores_without_a_zero_are_left_out():
    line = {"round": 1, "D/loss": 0.2, "D/accuracy_real": 1.0, "D/accuracy_fake": 1.0}
    without = {"round": 1, "D/loss": 0.2}
    for objective, expected in {"r3gan": without, "wgan_gp": without, "lsgan": line, None: line}.items():
        assert older.lines({"settings": {"objective": objective}}, [line]) == [expected]
