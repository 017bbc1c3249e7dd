"""Training: from a command line to a run's folder, through whatever stops it on the way."""

from jaxgen.run import rows as rows
from jaxgen.run.session import Session as Session
from jaxgen.run.session import opened as opened
from jaxgen.run.settings import Settings as Settings
from jaxgen.run.start import start as start
from jaxgen.run.start import train as train
from jaxgen.run.steps import Falling as Falling
from jaxgen.run.steps import falling as falling
from jaxgen.run.system import Ended as Ended
from jaxgen.run.system import System as System
