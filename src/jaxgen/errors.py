"""The errors that a user is meant to read."""


class InputError(ValueError):
    """What the user gave cannot be used. The message is one line that says what is wrong and what would be right;
    command lines print it without a traceback and exit with status 2."""


class NotFinite(Exception):
    """A loss, a gradient or an image is infinite or not a number."""
