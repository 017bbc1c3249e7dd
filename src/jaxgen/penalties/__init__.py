"""Penalties: a critic function and arrays in, one value per example [B] out, unweighted. Add them to an objective
beside its losses (`jaxgen.game.total`)."""

from jaxgen.penalties.smoothness import consistency as consistency
from jaxgen.penalties.smoothness import dragan as dragan
from jaxgen.penalties.smoothness import gradient as gradient
from jaxgen.penalties.smoothness import r1 as r1
from jaxgen.penalties.smoothness import r2 as r2
