"""A run's folder, looked at before anything that takes long is imported."""

from pathlib import Path
from typing import TYPE_CHECKING

from jaxgen.store.folder import Folder

if TYPE_CHECKING:
    from jaxgen.model import Model


def opened(run: Path, checkpoint: str = "last") -> "Model":
    """The model of a run's folder.

    Raises:
      InputError: at once, if it is none.
    """
    Folder(run).config()
    from jaxgen.model import Model

    return Model(run, checkpoint)
