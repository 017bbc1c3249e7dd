"""Penalties: a critic function and arrays in, one value per example [B] out, unweighted. Add them to an objective
beside its losses (`jaxgen.game.total`). Those on weights give one scalar, and `clip` is an optimiser's last link."""

from jaxgen.penalties.lazy import lazy as lazy
from jaxgen.penalties.paths import path_length as path_length
from jaxgen.penalties.smoothness import consistency as consistency
from jaxgen.penalties.smoothness import dragan as dragan
from jaxgen.penalties.smoothness import gradient as gradient
from jaxgen.penalties.smoothness import r1 as r1
from jaxgen.penalties.smoothness import r2 as r2
from jaxgen.penalties.weights import clip as clip
from jaxgen.penalties.weights import historical as historical
from jaxgen.penalties.weights import orthogonal as orthogonal
from jaxgen.penalties.weights import remember as remember
