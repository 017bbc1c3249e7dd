"""Objectives' terms: arrays in, one value per example [B] out. Scores are logits or critic values [B], never
probabilities; the caller reduces, weighs and adds (`jaxgen.game.total`)."""

from jaxgen.losses import adversarial as adversarial
from jaxgen.losses import hinge as hinge
from jaxgen.losses import least_squares as least_squares
from jaxgen.losses import relativistic as relativistic
from jaxgen.losses import wasserstein as wasserstein
