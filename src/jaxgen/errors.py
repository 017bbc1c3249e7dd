"""What ends a run or a command, for a user to read; and remarks, which end nothing."""

import sys


class InputError(ValueError):
    """What the user gave cannot be used. The message is one line that says what is wrong and what would be right;
    command lines print it without a traceback and exit with status 2."""


class NotFinite(Exception):
    """A loss or a gradient is infinite or not a number. Exit status 1."""


class Halt(Exception):
    """A run stopped after saving, for a reason that is no fault."""

    status = 3  # the process' exit status
    then = "; saved; go on all the same with: "  # before the command that goes on


def note(line: str) -> None:
    """Say something that a user should know and that stops nothing: a line on stderr."""
    print(line, file=sys.stderr)
