"""`jaxgen report` and `jaxgen digest`: of a run's folder as it is."""

from dataclasses import dataclass
from pathlib import Path

from tyro.conf import Positional

from jaxgen.commands.opened import opened


@dataclass(frozen=True)
class Report:
    """Write a run's report.html anew."""

    # The run's folder.
    run: Positional[Path]
    # Show tracebacks.
    debug: bool = False

    def __call__(self) -> None:
        from jaxgen.store.folder import Folder

        folder = Folder(self.run)
        folder.config()
        from jaxgen.run.report import write_report  # what is not a run's folder shall not wait for this

        write_report(folder)
        print(folder.report)


@dataclass(frozen=True)
class Digest:
    """Print the round of the last whole checkpoint and the SHA-256 of all of its state, the data's place included."""

    # The run's folder.
    run: Positional[Path]
    # Show tracebacks.
    debug: bool = False

    def __call__(self) -> None:

        model = opened(self.run)
        print(f"round {model.round}  {model.digest}")
