"""Into boxes and out of them beside PyTorch's affine_grid and grid_sample."""

import jax
import numpy as np
import pytest

from jaxgen.layers.spatial_transformer import into_box, out_of_box

pytestmark = pytest.mark.parity
torch = pytest.importorskip("torch")


def theirs(x, scale, shift, size):
    """Images [B, H, W, C] at scale [B, 2] times a place in [-1, 1] plus shift [B, 2]."""
    theta = torch.zeros(len(x), 2, 3)
    theta[:, 0, 0], theta[:, 1, 1] = torch.from_numpy(scale[:, 0]), torch.from_numpy(scale[:, 1])
    theta[:, :, 2] = torch.from_numpy(shift)
    images = torch.from_numpy(x).permute(0, 3, 1, 2)
    grid = torch.nn.functional.affine_grid(theta, (*images.shape[:2], size, size), align_corners=False)
    return torch.nn.functional.grid_sample(images, grid, align_corners=False).permute(0, 2, 3, 1).numpy()


def test_both_ways_are_torchs():
    draws = np.random.default_rng(0)
    x = draws.normal(size=(20, 9, 7, 3)).astype(np.float32)
    start, side = draws.uniform(-0.2, 0.6, (20, 2)), draws.uniform(0.1, 0.6, (20, 2))
    box = np.concatenate([start, side], 1).astype(np.float32)
    scale, shift = side.astype(np.float32), (2 * start + side - 1).astype(np.float32)
    found = jax.jit(out_of_box, static_argnums=2)(x, box, 11)
    np.testing.assert_allclose(found, theirs(x, scale, shift, 11), atol=1e-4)
    found = jax.jit(into_box, static_argnums=2)(x, box, 11)  # the map's inverse, as the authors' CropInvert
    np.testing.assert_allclose(found, theirs(x, 1 / scale, -shift / scale, 11), atol=1e-4)
