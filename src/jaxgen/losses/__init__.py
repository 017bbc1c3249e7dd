"""Objectives' terms: arrays in, one value per example [B] out. Scores are logits or critic values [B], never
probabilities; the caller reduces, weighs and adds (`jaxgen.game.total`)."""

from jaxgen.losses import adversarial as adversarial
