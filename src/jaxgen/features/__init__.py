"""Frozen networks as features of images, and perceptual distances."""

from jaxgen.features.efficientnet import efficientnet_lite0 as efficientnet_lite0
from jaxgen.features.features import Features as Features
from jaxgen.features.inception import inception as inception
from jaxgen.features.lpips import Perceptual as Perceptual
from jaxgen.features.lpips import lpips as lpips
