"""Linen blocks that know no system."""

from jaxgen.layers.conv import ConvTranspose as ConvTranspose
from jaxgen.layers.conv import PatchConv as PatchConv
from jaxgen.layers.conv_twice import conv as conv
from jaxgen.layers.minibatch import MinibatchDiscrimination as MinibatchDiscrimination
from jaxgen.layers.minibatch import MinibatchStdDev as MinibatchStdDev
from jaxgen.layers.noise import dropout as dropout
from jaxgen.layers.noise import gaussian as gaussian
from jaxgen.layers.norms import BatchNorm as BatchNorm
from jaxgen.layers.norms import ConditionalBatchNorm as ConditionalBatchNorm
from jaxgen.layers.norms import ReferenceBatch as ReferenceBatch
from jaxgen.layers.norms import VirtualBatchNorm as VirtualBatchNorm
from jaxgen.layers.norms import spectral as spectral
from jaxgen.layers.recurrent import GRU as GRU
from jaxgen.layers.resampled import doubled_conv as doubled_conv
from jaxgen.layers.resampled import halved_conv as halved_conv
from jaxgen.layers.weight_norm import WeightNormDense as WeightNormDense
