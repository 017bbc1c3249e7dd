"""Linen blocks that know no system."""

from jaxgen.layers.conv import ConvTranspose as ConvTranspose
from jaxgen.layers.conv_twice import conv as conv
from jaxgen.layers.norms import BatchNorm as BatchNorm
from jaxgen.layers.norms import spectral as spectral
