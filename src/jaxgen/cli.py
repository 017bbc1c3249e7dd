"""From a command line to a dataclass, and from what goes wrong to one line. Imports nothing that takes long."""

import contextlib
import errno
import io
import os
import re
import shutil
import signal
import sys
import traceback
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import is_dataclass, make_dataclass
from typing import Annotated, Any

import tyro

from jaxgen.errors import Halt, InputError, NotFinite
from jaxgen.limits import within


def parse[T](what: type[T] | Callable[..., T], args: Sequence[str], prog: str, description: str) -> T:
    """Settings from flags, each number within its limits (`jaxgen.limits`).

    Raises:
      InputError: in one line, where tyro draws a box; or a number is out of its limits.
    """
    said, helped = io.StringIO(), io.StringIO()
    try:
        with contextlib.redirect_stderr(said), contextlib.redirect_stdout(helped):
            settings = tyro.cli(what, args=list(args), prog=prog, description=description)
    except SystemExit as ended:
        if ended.code == 0:
            print(helped.getvalue(), end="")
            raise
        raise InputError(_one_line(said.getvalue() + helped.getvalue())) from None
    if is_dataclass(settings):
        within(settings)
    return settings


def helped(
    settings: type, args: Sequence[str], prog: str, description: str, groups: Mapping[str, Collection[str]], end: str
) -> None:
    """Where --help or --help-all is asked for, show settings under the titles of groups, and exit.

    Args:
      settings: a dataclass.
      args, prog, description: as of `parse`.
      groups: title -> the names of its settings.
      end: what comes last.
    """
    if {"-h", "--help", "--help-all"}.isdisjoint(args):
        return
    parts = {title: _some(settings, names) for title, names in groups.items() if names}
    page = make_dataclass(
        "Page", [(title, Annotated[part, tyro.conf.OmitArgPrefixes]) for title, part in parts.items()]
    )
    with contextlib.suppress(SystemExit), _one_column():
        parse(page, ["--help"], prog, description)
    sys.exit(print(end))


@contextlib.contextmanager
def _one_column() -> Iterator[None]:
    """In terminals of 130 characters and more, tyro would show groups beside each other, in another order."""
    before = os.environ.get("COLUMNS")
    os.environ["COLUMNS"] = str(min(shutil.get_terminal_size().columns, 120))
    try:
        yield
    finally:
        del os.environ["COLUMNS"]
        os.environ.update({} if before is None else {"COLUMNS": before})


def _some(settings: Any, names: Collection[str]) -> Any:
    """The same dataclass with some of its fields, to be shown and never made: to tyro, a group is a dataclass that is a
    field of another one. All else is as it was, since tyro reads the comments in its source."""
    fields = {name: field for name, field in settings.__dataclass_fields__.items() if name in names}
    return type(
        settings.__name__, settings.__bases__, {**vars(settings), "__dataclass_fields__": fields, "__doc__": ""}
    )


def _one_line(box: str) -> str:
    """What tyro says: a title, a rule, a paragraph (the message), a rule, ... drawn as a box or in ASCII."""
    plain = re.sub(r"\x1b\[[0-9;]*m", "", box)
    plain = re.sub(r"╭─(.*?)─*╮", r"\1\n-----", plain)  # a box has its title in its upper edge
    paragraphs = [" ".join(p.split()) for p in re.split(r"(?m)^[│╰ ]*[─-]{5,}[│╯ ]*$", plain.replace("│", " "))]
    said = [p for p in paragraphs[1:] if p and not p.startswith("For full helptext")] or [
        "the flags cannot be understood"
    ]
    meant = [flag for p in said if p.startswith("Perhaps you meant") for flag in re.findall(r"--[a-z][\w-]*", p)]
    meant = list(dict.fromkeys(flag for flag in meant if flag not in said[0] and flag != "--help"))[:3]
    return f"{said[0]} (perhaps you meant {' or '.join(meant)})" if meant else said[0]


def guarded(act: Callable[[], object], *, debug: bool = False, again: str = "", smaller: str = "--count") -> int:
    """Do something and give its exit status; errors that a user can act on become one line on stderr.

    Args:
      act: what to do.
      debug: whether tracebacks are shown too.
      again: the command that goes on with it, if there is one.
      smaller: the flags by which it needs less memory.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a terminal that knows no é shows its number
            stream.reconfigure(errors="backslashreplace")
    try:
        act()
        return 0
    except Halt as halt:
        print(f"\n{halt}{halt.then}{again}", file=sys.stderr)
        return halt.status
    except KeyboardInterrupt as stopped:
        print(f"\n{'; '.join(['stopped at once', *_notes(stopped)])}", file=sys.stderr)
        return 128 + signal.SIGINT
    except (InputError, NotFinite, OSError, MemoryError, RuntimeError) as error:
        if not (line := _told(error, smaller)):
            raise
        if debug:
            traceback.print_exc()
        print(f"error: {line}", file=sys.stderr)
        return 2 if isinstance(error, InputError) else 1


def _told(error: Exception, smaller: str) -> str:
    """An error in one line; "" where it is a fault of ours, which a traceback tells more about."""
    if isinstance(error, InputError):
        return " ".join(str(error).split())
    full = isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)
    what = "the disk is full" if full else " ".join(str(error).split())
    if isinstance(error, MemoryError | RuntimeError):
        what = _of_machine(error, smaller)
    return what and "; ".join([what, *_notes(error)])


def _of_machine(error: Exception, smaller: str) -> str:
    """What a machine lacks; "" where an error says nothing of it. JAX is not imported to know its errors."""
    first = " ".join((str(error).strip().splitlines() or [""])[0].split())[:300]
    if isinstance(error, MemoryError) or re.search(r"RESOURCE_EXHAUSTED|out of memory", str(error), re.IGNORECASE):
        where = "the machine" if isinstance(error, MemoryError) else "the device"
        return f"{where} has not enough memory ({first or 'no more is known'}): make smaller {smaller}"
    if "Unable to initialize backend" in first or "No visible" in first:
        there = "JAX_PLATFORMS=cpu computes without it"
        return f"the device that is asked for is not there ({first}): {there}"
    if any(kind.__name__ == "JaxRuntimeError" for kind in type(error).__mro__):
        return f"a device failed ({first})"
    return ""


def _notes(error: BaseException) -> list[str]:
    """What a run added to an error; jax adds paragraphs of its own."""
    return [note for note in getattr(error, "__notes__", []) if "\n" not in note]
