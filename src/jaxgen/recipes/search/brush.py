"""A brush that moves a code instead of pixels: the Neural Photo Editor. One player, who owns z."""

from collections.abc import Mapping

import optax

from jaxgen.game import Game, Net
from jaxgen.recipes.parts import as_is
from jaxgen.recipes.search.editing import edit_errors
from jaxgen.recipes.search.search import Frozen, Term, search


def brush(G: Net, frozen: Frozen, *, lr: float) -> Game:
    """A contextual brush: z <- z - lr dL/dz, L being the mean squared difference between the brushed region of G(z) and
    the brush's colour. Neural Photo Editor, Brock et al. 2017 (arXiv:1609.07093), section 2.

    Nothing holds z back but the number of steps: one for each place that the brush is at. The authors' code has
    lr = 0.05 (1 + width of the brush in pixels) at 64 pixels.
    """
    on_images: Mapping[str, Term] = {"colour": (1.0, edit_errors()["colour"])}
    return search(G, frozen, tx=optax.sgd(lr), on_images=on_images, prepare=as_is)
