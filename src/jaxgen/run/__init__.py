"""All side effects: command lines, devices, files, signals. Nothing else in jaxgen prints, writes or waits."""

from jaxgen.cli import start as start
from jaxgen.model.trained import Trained as Trained
from jaxgen.model.trained import classifier as classifier
from jaxgen.run.session import Session as Session
from jaxgen.run.settings import Settings as Settings
