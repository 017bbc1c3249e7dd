"""Interpolation on the sphere beside torch-fidelity's."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxgen.metrics import path_length

pytestmark = pytest.mark.parity
torch = pytest.importorskip("torch")
noise = pytest.importorskip("torch_fidelity.noise")


@pytest.mark.parametrize("t", [0.0, 1e-4, 0.3, 1.0], ids=str)
def test_slerp_is_torch_fidelitys(t):
    """For codes of length 1. torch-fidelity does not normalise its arguments, which moves the path towards the longer
    one; StyleGAN's code does, and so do we."""
    a, b = (s / np.linalg.norm(s, axis=1, keepdims=True) for s in np.random.default_rng(0).normal(size=(2, 20, 64)))
    expected = noise.batch_slerp_unit(torch.from_numpy(a), torch.from_numpy(b), t).numpy()
    with jax.enable_x64():
        np.testing.assert_allclose(
            path_length.slerp(jnp.asarray(3 * a), jnp.asarray(b), jnp.full(20, t)), expected, atol=1e-12
        )
