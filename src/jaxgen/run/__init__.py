"""All side effects: command lines, devices, files, signals. Nothing else in jaxgen prints, writes or waits."""

from jaxgen.model.trained import Trained as Trained
from jaxgen.model.trained import classifier as classifier
from jaxgen.run import rows as rows
from jaxgen.run.session import Session as Session
from jaxgen.run.session import opened as opened
from jaxgen.run.settings import Settings as Settings
from jaxgen.run.start import start as start
from jaxgen.run.steps import Falling as Falling
from jaxgen.run.steps import falling as falling
from jaxgen.run.system import Ended as Ended
from jaxgen.run.system import System as System
