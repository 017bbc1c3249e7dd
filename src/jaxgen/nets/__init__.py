"""Whole networks as linen modules; `linen.net` turns one into a `jaxgen.game.Net`.

A module is a frozen dataclass, so a run's `config.json` can describe it as data (`jaxgen.abilities.codec`) and a
command can build it again without executing anything that the run's folder holds.
"""

from jaxgen.nets import classifier as classifier
from jaxgen.nets import dcgan as dcgan
from jaxgen.nets import energy as energy
from jaxgen.nets import made as made
from jaxgen.nets import mlp as mlp
from jaxgen.nets import semi_supervised as semi_supervised
from jaxgen.nets import vae as vae
from jaxgen.nets.linen import net as net
