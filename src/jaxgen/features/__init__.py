"""Frozen networks as features of images, and perceptual distances."""

from jaxgen.features.features import Features as Features
from jaxgen.features.inception import inception as inception
