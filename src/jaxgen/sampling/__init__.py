"""Images from trained nets."""

from jaxgen.sampling.described import Sampler as Sampler
from jaxgen.sampling.described import build as build
from jaxgen.sampling.langevin import LangevinSampler as LangevinSampler
from jaxgen.sampling.langevin import langevin as langevin
from jaxgen.sampling.latent import LatentSampler as LatentSampler
from jaxgen.sampling.latent import line as line
from jaxgen.sampling.latent import sphere as sphere
