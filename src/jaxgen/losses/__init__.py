"""Objectives' terms: arrays in, one value per example [B] out. Scores are logits or critic values [B], never
probabilities; the caller reduces, weighs and adds (`jaxgen.game.total`)."""

from jaxgen.losses import adversarial as adversarial
from jaxgen.losses import boundary_equilibrium as boundary_equilibrium
from jaxgen.losses import boundary_seeking as boundary_seeking
from jaxgen.losses import contextual as contextual
from jaxgen.losses import contrastive as contrastive
from jaxgen.losses import decoders as decoders
from jaxgen.losses import divergence as divergence
from jaxgen.losses import edges as edges
from jaxgen.losses import energy_based as energy_based
from jaxgen.losses import f_divergence as f_divergence
from jaxgen.losses import features as features
from jaxgen.losses import hinge as hinge
from jaxgen.losses import importance as importance
from jaxgen.losses import joint_embedding as joint_embedding
from jaxgen.losses import least_squares as least_squares
from jaxgen.losses import likelihood as likelihood
from jaxgen.losses import loss_sensitive as loss_sensitive
from jaxgen.losses import reconstruction as reconstruction
from jaxgen.losses import relativistic as relativistic
from jaxgen.losses import semi_supervised as semi_supervised
from jaxgen.losses import softmax as softmax
from jaxgen.losses import wasserstein as wasserstein
