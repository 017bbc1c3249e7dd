"""All side effects: command lines, devices, files, signals. Nothing else in jaxgen prints, writes or waits."""

from jaxgen.run.main import start as start
from jaxgen.run.session import Session as Session
from jaxgen.run.settings import Settings as Settings
