"""LPIPS against the authors' package: its heads, our trunks' weights."""

import json
import warnings

import jax
import numpy as np
import pytest
from PIL import Image
from scipy.ndimage import gaussian_filter

from jaxgen.features import lpips
from running import command

pytestmark = pytest.mark.parity
torch = pytest.importorskip("torch")
authors = pytest.importorskip("lpips")


def theirs(net, ours):
    """The authors' network with the heads that it ships. Its trunk would be downloaded, so it takes ours."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torchvision's, about how it is called
        model = authors.LPIPS(net=net, pnet_rand=True, verbose=False)
    convolutions = [module for module in model.net.modules() if isinstance(module, torch.nn.Conv2d)]
    for module, v in zip(convolutions, ours.variables["trunk"], strict=True):
        assert module.weight.shape == v["kernel"].transpose(3, 2, 0, 1).shape
        module.weight.data = torch.tensor(v["kernel"].transpose(3, 2, 0, 1))
        module.bias.data = torch.tensor(v["bias"])
    return model


def pairs(height, width):
    random = np.random.default_rng(height)
    a = random.uniform(-1, 1, (4, height, width, 3)).astype(np.float32)
    b = np.clip(a + random.normal(size=a.shape) * np.array([0, 0.01, 0.3, 2]).reshape(4, 1, 1, 1), -1, 1)
    a[0], b[0] = -1, 1
    return a, b.astype(np.float32)


@pytest.mark.parametrize("net", ["alex", "vgg"])
def test_lpips_is_the_authors(net):
    ours = lpips.load(net)
    model = theirs(net, ours)
    for mine, head in zip(ours.variables["heads"], model.lins, strict=True):
        np.testing.assert_array_equal(mine, head.model[-1].weight.detach().numpy().ravel())
    distance = jax.jit(ours.distance)
    for size in [(64, 64), (45, 70), (33, 32)]:
        a, b = pairs(*size)
        with torch.no_grad():
            expected = model(*(torch.tensor(x).permute(0, 3, 1, 2) for x in (a, b))).numpy().ravel()
        assert expected.max() > 0.3
        np.testing.assert_allclose(distance(ours.variables, a, b), expected, atol=1e-5)


def test_the_command_says_the_authors_mean(tmp_path):
    images = [np.round((x + 1) * 127.5).astype(np.uint8) for x in pairs(64, 64)]
    for name, x in zip("ab", images):
        np.savez(tmp_path / name, images=x)
    out = tmp_path / "scores.json"
    assert command("compare", tmp_path / "a.npz", tmp_path / "b.npz", "--metrics", "lpips", "--out", out) == 0
    (score,) = json.loads(out.read_text())["scores"]
    ours = lpips.load("alex")
    with torch.no_grad():
        both = (torch.tensor(x / np.float32(127.5) - 1).permute(0, 3, 1, 2) for x in images)
        expected = theirs("alex", ours)(*both).numpy().ravel()
    assert score["value"] == pytest.approx(expected.mean(), abs=1e-5)
    assert score["weights"] == {"lpips-alex": ours.digest}


@pytest.mark.parametrize("net", ["alex", "vgg"])
def test_layers_are_the_authors(net):
    ours = lpips.load(net)
    model, (a, _) = theirs(net, ours), pairs(48, 40)
    with torch.no_grad():
        expected = model.net(model.scaling_layer(torch.tensor(a).permute(0, 3, 1, 2)))
    for mine, other in zip(jax.jit(ours.layers)(ours.variables, a), expected, strict=True):
        other = other.permute(0, 2, 3, 1).numpy()
        np.testing.assert_allclose(mine, other, atol=1e-4 * np.abs(other).max())


@pytest.fixture(scope="module")
def photographs(shared):
    files = sorted((shared / "birds" / "images").rglob("*.jpg"))
    opened = [Image.open(file).convert("RGB") for file in files[::120]]
    small = [np.asarray(image.resize((96, 96), Image.Resampling.BICUBIC)) for image in opened]
    return np.stack(small).astype(np.float32) / 127.5 - 1


@pytest.mark.parametrize("net", ["alex", "vgg"])
@pytest.mark.parametrize("kind", ["blur", "noise"])
def test_real_pictures_get_farther_the_more_they_are_spoilt(photographs, net, kind):
    ours = lpips.load(net)
    noise = np.random.default_rng(0).normal(size=photographs.shape)
    distance = jax.jit(ours.distance)

    def spoilt(degree):
        if kind == "noise":
            return np.clip(photographs + 0.1 * degree * noise, -1, 1).astype(np.float32)
        return gaussian_filter(photographs, (0, degree, degree, 0)).astype(np.float32)

    ladder = np.stack([distance(ours.variables, photographs, spoilt(degree)) for degree in (0, 0.5, 1, 2, 4)])
    np.testing.assert_allclose(ladder[0], 0, atol=1e-10)
    assert (np.diff(ladder, axis=0) > 0).all(), ladder
    np.testing.assert_allclose(distance(ours.variables, spoilt(2), photographs), ladder[3], atol=1e-6)
