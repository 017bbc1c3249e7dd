"""Frozen networks as features of images, and perceptual distances: each module's `load` gives one."""

from jaxgen.features import content as content
from jaxgen.features import efficientnet as efficientnet
from jaxgen.features import inception as inception
from jaxgen.features import lpips as lpips
from jaxgen.features import resize as resize
from jaxgen.features import weights as weights
from jaxgen.features.features import Features as Features
from jaxgen.features.lpips import Perceptual as Perceptual
