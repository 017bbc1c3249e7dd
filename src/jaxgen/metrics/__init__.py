"""Figures of merit: pure functions of arrays."""

from jaxgen.metrics import colour as colour
from jaxgen.metrics import distances as distances
from jaxgen.metrics import frechet as frechet
from jaxgen.metrics import images as images
from jaxgen.metrics import inception_score as inception_score
from jaxgen.metrics import kernel as kernel
from jaxgen.metrics import luma as luma
from jaxgen.metrics import manifold as manifold
from jaxgen.metrics import mixture as mixture
from jaxgen.metrics import modes as modes
from jaxgen.metrics import moments as moments
from jaxgen.metrics import nearest as nearest
from jaxgen.metrics import path_length as path_length
from jaxgen.metrics import retrieval as retrieval
from jaxgen.metrics import segmentation as segmentation
from jaxgen.metrics import sliced as sliced
from jaxgen.metrics import spectrum as spectrum
