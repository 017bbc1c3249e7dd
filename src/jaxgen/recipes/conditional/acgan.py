"""AC-GAN, Odena et al. 2017 (arXiv:1610.09585): a D that is not told the class, and says it.

D maximises L_S + L_C and G L_C - L_S (section 3): L_S is the likelihood of the right source, L_C that of the right
class, of real images and of fakes. Some later code (StudioGAN) tells D's classes by real images alone.
"""

from typing import Any

import optax
from jax import Array

from jaxgen.game import Game, Net
from jaxgen.recipes.adversary import NON_SATURATING, Adversary
from jaxgen.recipes.conditional.auxiliary import Told, auxiliary
from jaxgen.recipes.parts import Terms


def acgan(G: Net, D: Net, adversary: Adversary = NON_SATURATING, *, weight: float = 1.0, **how: Any) -> Game:
    """AC-GAN: D tells real images' classes and fakes' ones by cross-entropy.

    Args:
      G: z [B, latent] and labels [B] -> images in [-1, 1].
      D: images -> scores [B] and logits of classes [B, K].
      adversary: what both minimise beside.
      weight: of the cross-entropies; the paper's is 1.
      **how: as of `auxiliary`: latent, G_tx, D_tx, ...

    Returns:
      The game. Its batches hold "image" and "label"; fakes have the labels of the batch.
    """

    def heard(logits: Array, z: Array, told: Told) -> Terms:
        return {"class": (weight, optax.softmax_cross_entropy_with_integer_labels(logits, told[0]))}

    def of_batch(batch: Any, keys: Array) -> Told:
        return (batch["label"],)

    return auxiliary(G, D, adversary, heard=heard, told=of_batch, real=True, **how)
