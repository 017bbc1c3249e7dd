"""The one kind of error that a user is meant to read, and how what is no error is remarked."""

import sys


class InputError(ValueError):
    """What the user gave cannot be used. The message is one line that says what is wrong and what would be right;
    command lines print it without a traceback and exit with status 2."""


def note(line: str) -> None:
    """Say something that a user should know and that stops nothing: a line on stderr."""
    print(line, file=sys.stderr)
