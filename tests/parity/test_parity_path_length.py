"""Interpolation on the sphere beside torch-fidelity's."""

import jax
import numpy as np
import pytest

pytestmark = pytest.mark.parity
torch = pytest.importorskip("torch")
noise = pytest.importorskip("torch_fidelity.noise")

from jaxgen.metrics import path_length


@pytest.mark.parametrize("t", [0.0, 1e-4, 0.3, 1.0], ids=str)
def test_slerp_is_torch_fidelitys(t):
    a, b = np.random.default_rng(0).normal(size=(2, 20, 64))
    expected = noise.batch_interp(torch.from_numpy(a), torch.from_numpy(b), t, "slerp_unit").numpy()
    with jax.enable_x64():
        np.testing.assert_allclose(path_length.slerp(a, b, np.full(20, t)), expected, atol=1e-12)
