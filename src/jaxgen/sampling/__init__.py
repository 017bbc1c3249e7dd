"""Images from trained nets."""

from jaxgen.sampling.latent import LatentSampler as LatentSampler
from jaxgen.sampling.latent import line as line
from jaxgen.sampling.latent import sphere as sphere
