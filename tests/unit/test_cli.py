"""What goes wrong, in one line: nothing but a fault of our own ends with a traceback."""

import io
import sys

import pytest
from jax.errors import JaxRuntimeError

from jaxgen.cli import guarded
from jaxgen.errors import InputError, NotFinite


def noted(error: BaseException) -> BaseException:
    error.add_note("the last good checkpoint is of round 50")
    error.add_note("-----\nWhat jax adds, in a paragraph.")
    return error


FULL = "RESOURCE_EXHAUSTED: Out of memory allocating 9 bytes.\nBufferAssignment OOM Debugging.\n..."
WRONG = {  # what is raised, the exit status, what is said
    "bad input": (InputError("--width is 0;\nit must"), 2, "error: --width is 0; it must"),
    "a loss that is none": (noted(NotFinite("its loss is nan")), 1, "error: its loss is nan; the last good"),
    "a full disk": (OSError(28, "No space left on device"), 1, "error: the disk is full"),
    "a device that is full": (
        noted(JaxRuntimeError(FULL)), 1,
        "error: the device has not enough memory (RESOURCE_EXHAUSTED: Out of memory allocating 9 bytes.): "
        "make smaller --batch; the last good checkpoint is of round 50",
    ),
    "no memory": (MemoryError("Unable to allocate 9 GiB"), 1, "error: the machine has not enough memory (Unable"),
    "no memory, and no word": (MemoryError(), 1, "error: the machine has not enough memory (no more"),
    "no such device": (
        RuntimeError("Unable to initialize backend 'cuda': no GPU\n(set JAX_PLATFORMS='' to choose)"), 1,
        "error: the device that is asked for is not there (Unable to initialize backend 'cuda': no GPU): ",
    ),
    "a device that failed": (JaxRuntimeError("INTERNAL: stream lost"), 1, "error: a device failed (INTERNAL:"),
    "stopped": (noted(KeyboardInterrupt()), 130, "\nstopped at once; the last good checkpoint"),
    "stopped before anything": (KeyboardInterrupt(), 130, "\nstopped at once\n"),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_it_is_said_in_one_line(case, capsys):
    error, status, said = WRONG[case]

    def act():
        raise error

    assert guarded(act, smaller="--batch") == status
    told = capsys.readouterr().err
    assert told.startswith(said)
    assert len(told.strip().splitlines()) == 1


@pytest.mark.parametrize(
    "error", [RuntimeError("generator raised StopIteration"), ValueError("ours"), KeyError("ours")]
)
def test_a_fault_of_ours_keeps_its_traceback(error):
    def act():
        raise error

    with pytest.raises(type(error)):
        guarded(act)


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_output_never_fails_for_its_characters(encoding, monkeypatch):
    screen = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(screen, encoding=encoding, write_through=True))
    assert guarded(lambda: print("Fréchet 生成 \udcff")) == 0
    assert screen.getvalue().startswith(b"Fr")
