"""From a command line to an experiment's `main`, and from what goes wrong to one line."""

import shlex
import signal
import sys
import traceback
from collections.abc import Callable, Sequence

from jaxgen.errors import InputError, NotFinite
from jaxgen.flags import parse, told
from jaxgen.run.settings import Settings
from jaxgen.run.signals import Stopped
from jaxgen.run.watch import Found


def start[S: Settings](main: Callable[[S], None], settings: type[S], args: Sequence[str] | None = None) -> None:
    """Run an experiment with settings from the command line, and exit.

    Exit status: 0 done; 1 a fault on the way; 2 bad input; 3 stopped by --stop-on, 128 + n by signal n, after saving.
    """
    args = list(sys.argv[1:] if args is None else args)
    prog = sys.argv[0]
    debug = "--debug" in args
    sys.exit(
        guarded(lambda: main(parse(settings, args, prog, main.__doc__ or "")), debug=debug, again=_again(prog, args))
    )


def _again(prog: str, args: Sequence[str]) -> str:
    python = ["python"] if prog.endswith(".py") else []
    return shlex.join([*python, prog, *args])


def guarded(act: Callable[[], object], *, debug: bool = False, again: str = "") -> int:
    """Do something and give its exit status; errors that a user can act on become one line on stderr."""
    try:
        act()
        return 0
    except Stopped as stop:
        print(f"\n{stop}, saved; go on with: {again}", file=sys.stderr)
        return 128 + stop.number
    except Found as found:
        print(f"\n{found}; saved; go on all the same with: {again}", file=sys.stderr)
        return 3
    except KeyboardInterrupt:
        print("\nstopped at once; the last checkpoint is whole", file=sys.stderr)
        return 128 + signal.SIGINT
    except (InputError, NotFinite, OSError) as error:
        if debug:
            traceback.print_exc()
        print(f"error: {told(error)}", file=sys.stderr)
        return 2 if isinstance(error, InputError) else 1
