"""How samples are drawn: pixel by pixel, by chains, by searches; and ways through latent codes."""

from jaxgen.sampling import cached_made as cached_made
from jaxgen.sampling import cached_multiscale as cached_multiscale
from jaxgen.sampling import cached_pixelcnn as cached_pixelcnn
from jaxgen.sampling import cached_pixelcnnpp as cached_pixelcnnpp
from jaxgen.sampling import cached_pixelrnn as cached_pixelrnn
from jaxgen.sampling import descent as descent
from jaxgen.sampling import editing as editing
from jaxgen.sampling import geometry as geometry
from jaxgen.sampling.geometry import line as line
from jaxgen.sampling.geometry import sphere as sphere
from jaxgen.sampling.langevin import langevin as langevin
