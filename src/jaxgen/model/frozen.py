"""A finished run's nets, ready to be searched against."""

from pathlib import Path
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from jaxgen import sampling
from jaxgen.errors import InputError
from jaxgen.game import Net
from jaxgen.losses import adversarial, wasserstein
from jaxgen.model.trained import read_checkpoint, variables
from jaxgen.nets import linen
from jaxgen.sampling import LatentSampler
from jaxgen.show import pictures
from jaxgen.store.folder import Folder

# D's scores have no zero under these objectives: a loss of their sigmoid would say nothing.
CRITICS = {"wgan", "wgan_gp", "relativistic", "r3gan", "softmax"}
PERCEPTUAL = {
    "saturating": adversarial.minimax,
    "non_saturating": adversarial.non_saturating,
    "critic": wasserstein.generator,
}


class Frozen(NamedTuple):
    """What a run learned. `nets` has the parameters and the stats of "G" and, where there are any, of "D" and "E"."""

    sampler: LatentSampler
    size: int
    channels: int
    G: Net
    D: Net | None
    E: Net | None
    nets: tuple[dict[str, Any], dict[str, Any]]
    perceptual: str  # the name in `PERCEPTUAL` that suits its D
    round: int
    digest: str

    def draw(self, codes: np.ndarray, chunk: int = 256) -> np.ndarray:
        """Codes [N, latent] -> images [N, H, W, C] in [-1, 1]."""
        draw = jax.jit(self.sampler.draw)
        params, stats = self.nets[0]["G"], self.nets[1]["G"]
        parts = [codes[i : i + chunk] for i in range(0, len(codes), chunk)]
        return np.concatenate([np.asarray(draw(params, stats, part)) for part in parts])

    def images(self, codes: np.ndarray) -> np.ndarray:
        """Codes [N, latent] -> uint8 [N, H, W, C]."""
        return pictures.to_uint8(self.draw(codes))

    def guess(self, images: np.ndarray) -> np.ndarray:
        """Codes [N, latent] that the run's encoder gives uint8 images [N, H, W, C].

        Raises:
          InputError: it has no encoder.
        """
        if self.E is None:
            raise InputError("the run has no encoder to guess codes by: start from the prior")
        x = jnp.asarray(images, jnp.float32) / 127.5 - 1
        seen = self.E.apply(self.nets[0]["E"], self.nets[1]["E"], x, train=False)[0]
        return np.asarray(seen[0] if isinstance(seen, tuple) else seen)


def frozen(path: Path, checkpoint: str = "last") -> Frozen:
    """The nets of a run whose images are made from codes, averaged ones where there are averages.

    Raises:
      InputError: it is not a run's folder, has no whole checkpoint, or its images are not made from codes.
    """
    folder = Folder(path)
    config = folder.config()
    sampler = sampling.build(described) if (described := config.get("sampler")) else None
    if not isinstance(sampler, LatentSampler):
        raise InputError(f"{path} is a run of {config.get('experiment')}, whose images are not made from latent codes")
    arrays, record = read_checkpoint(folder, checkpoint)
    described = config.get("nets") or {}
    others = {name: linen.net(linen.build(described[name])) for name in ("D", "E") if name in described}
    found = {"G": variables(arrays, sampler.net)} | {name: variables(arrays, name) for name in others}
    nets = {name: v[0] for name, v in found.items()}, {name: v[1] for name, v in found.items()}
    like = jax.eval_shape(sampler.draw, nets[0]["G"], nets[1]["G"], jnp.zeros((1, sampler.latent)))
    perceptual = "critic" if config["settings"].get("objective") in CRITICS else "saturating"
    return Frozen(
        sampler, like.shape[1], like.shape[3], linen.net(sampler.module), others.get("D"), others.get("E"), nets,
        perceptual, int(arrays["round"]), record["digest"],
    )  # fmt: skip
