"""Trained runs: `Model`, the one loader, and what is done with one: searches, completions, edits, files.

from jaxgen.abilities import Draw
from jaxgen.model import Model

draw = Model("runs/gan").ability(Draw)
images = draw.images(draw.ability.codes(jax.random.key(0), 8))
"""

from jaxgen.model.bound import Bound as Bound
from jaxgen.model.classes import classifier as classifier
from jaxgen.model.model import Model as Model
