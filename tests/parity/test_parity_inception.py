"""Inception-v3, resizers and files against torch-fidelity, clean-fid and PyTorch, with the same random weights."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxgen.features import inception, resize, weights

pytestmark = pytest.mark.parity
torch = pytest.importorskip("torch")
extractor = pytest.importorskip("torch_fidelity.feature_extractor_inceptionv3")
interpolation = pytest.importorskip("torch_fidelity.interpolate_compat_tensorflow")
cleanfid = pytest.importorskip("cleanfid.resize")

SIZES = [(32, 32), (28, 45), (299, 299), (400, 320)]


def pictures(height, width, batch=3):
    """Smooth colours, noise, and black and white: real images lie between."""
    x, y = np.meshgrid(np.linspace(0, 255, width), np.linspace(0, 255, height))
    random = np.random.default_rng(height)
    noise, edges = random.integers(0, 256, (height, width, 3)), 255 * random.integers(0, 2, (height, width, 3))
    return np.stack([np.stack([x, y, 255 - x], -1), noise, edges]).round().astype(np.uint8)[:batch]


def torch_resized(images, size=299):
    x = torch.tensor(images).permute(0, 3, 1, 2).float()
    resized = interpolation.interpolate_bilinear_2d_like_tensorflow1x(x, (size, size), align_corners=False)
    return resized.permute(0, 2, 3, 1).numpy()


@pytest.fixture(scope="module", params=[True, False], ids=["zip", "legacy"])
def file(request, tmp_path_factory):
    """Weights that keep activations at the scale of one through all blocks, with BatchNorms that do something."""
    generator = torch.Generator().manual_seed(0)
    state = {}
    for name, (enters, leaves, height, width) in inception.convolutions().items():
        shape, fan = (leaves, enters, height, width), enters * height * width
        state[f"{name}.conv.weight"] = torch.randn(shape, generator=generator) * (2 / fan) ** 0.5
        state[f"{name}.bn.weight"] = 0.7 + 0.6 * torch.rand(leaves, generator=generator)
        state[f"{name}.bn.bias"] = 0.3 * torch.randn(leaves, generator=generator)
        state[f"{name}.bn.running_mean"] = 0.3 * torch.randn(leaves, generator=generator)
        state[f"{name}.bn.running_var"] = 0.5 + 1.5 * torch.rand(leaves, generator=generator)
        state[f"{name}.bn.num_batches_tracked"] = torch.tensor(0)
    state["fc.weight"] = torch.randn(1008, 2048, generator=generator) * 2048**-0.5
    state["fc.bias"] = torch.randn(1008, generator=generator)
    path = tmp_path_factory.mktemp("weights") / "random.pth"
    torch.save(state, path, _use_new_zipfile_serialization=request.param)
    return path


def test_inception_is_torch_fidelitys(file):
    theirs = extractor.FeatureExtractorInceptionV3("x", ["2048", "logits_unbiased"], str(file))
    ours = inception.load(file, other="random")
    apply = jax.jit(ours.apply)
    for size in SIZES:
        images = pictures(*size)
        found = apply(ours.variables, images)
        for name, expected in zip(("features", "logits"), theirs(torch.tensor(images).permute(0, 3, 1, 2))):
            assert expected.std() > 0.3  # so that an absolute bound says something
            np.testing.assert_allclose(found[name], expected.numpy(), atol=1e-4)


def test_images_are_treated_alone(file):
    ours, images = inception.load(file, other="random"), pictures(32, 32)
    whole = jax.jit(ours.apply)(ours.variables, images)["features"]
    alone = jax.jit(ours.apply)(ours.variables, images[1:2])["features"]
    np.testing.assert_allclose(alone[0], whole[1], atol=1e-5)


def test_files_are_read_as_pytorch_reads_them(file):
    expected, found = torch.load(file, weights_only=True), weights.read_torch(file)
    assert list(found) == list(expected)
    for name, tensor in expected.items():
        np.testing.assert_array_equal(found[name], tensor.numpy())


@pytest.mark.parametrize("legacy", [False, True])
def test_views_scalars_and_other_types_are_read(tmp_path, legacy):
    whole = torch.arange(24.0).reshape(2, 3, 4)
    tree = {"t": whole.transpose(0, 2), "part": whole[:, 1:, ::2], "one": whole[1, 2, 3], "none": whole[:0]}
    tree |= {"kinds": [whole.to(kind) for kind in (torch.float64, torch.float16, torch.int64, torch.bool)]}
    tree |= {"p": torch.nn.Parameter(whole), "bf": whole.bfloat16(), "lr": 0.1, "name": "x", "pair": (1, None)}
    torch.save(tree, tmp_path / "x.pth", _use_new_zipfile_serialization=not legacy)
    found = weights.read_torch(tmp_path / "x.pth")
    for name in ("t", "part", "one", "none", "p"):
        np.testing.assert_array_equal(found[name], tree[name].detach().numpy())
    np.testing.assert_array_equal(found["bf"].astype(np.float32), whole.numpy())
    assert (found["lr"], found["name"], found["pair"]) == (0.1, "x", (1, None))
    for ours, theirs in zip(found["kinds"], tree["kinds"]):
        np.testing.assert_array_equal(ours, theirs.numpy())
        assert ours.dtype == theirs.numpy().dtype


@pytest.mark.parametrize("size", [(8, 8), *SIZES, (1000, 600)])
def test_bilinear_is_torch_fidelitys(size):
    images = pictures(*size)
    for side in (64, 299):
        found = jax.jit(resize.tf1_bilinear, static_argnums=1)(images, side)
        np.testing.assert_allclose(found, torch_resized(images, side), atol=1e-4)


@pytest.mark.filterwarnings("ignore:'mode' parameter is deprecated:DeprecationWarning")
@pytest.mark.parametrize("size", [(8, 8), *SIZES, (1000, 600)])
def test_bicubic_is_clean_fids(size):
    images = pictures(*size)
    theirs = cleanfid.make_resizer("PIL", False, "bicubic", (299, 299))
    found = jax.jit(resize.pil_bicubic, static_argnums=1)(jnp.asarray(images), 299)
    np.testing.assert_allclose(found, np.stack([theirs(image) for image in images]), atol=1e-3)


@pytest.mark.parametrize("shape", SIZES)
def test_torch_bilinear_is_pytorchs(shape):
    images = pictures(*shape)
    x = torch.tensor(images).permute(0, 3, 1, 2).float()
    expected = torch.nn.functional.interpolate(x, size=(299, 299), mode="bilinear", align_corners=False)
    found = jax.jit(resize.torch_bilinear, static_argnums=1)(images, 299)
    np.testing.assert_allclose(found, expected.permute(0, 2, 3, 1).numpy(), atol=1e-3)
