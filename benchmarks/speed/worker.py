"""A process that is asked one thing after another, so that imports and a device's start are paid for once.

    python benchmarks/speed/worker.py MODULE

reads questions, a line of JSON each: the name of one of MODULE's functions and what it is given. Answers with a line:
what that gives, or what went wrong. A question that takes too long, or whose process dies, costs the process: the next
one starts another. Imports neither jax nor jaxgen, as it serves PyTorch too.
"""

import contextlib
import gc
import importlib
import json
import os
import re
import select
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve()
LONGEST = 300  # characters of an error that are kept


class Unanswered(Exception):
    """Why a question has no answer, in one line."""


class Worker:
    """Asks such a process.

    Args:
      module: what it imports.
      python: that runs it.
      variables: of its environment, beside this process'.
    """

    def __init__(self, module: str, python: str = sys.executable, **variables: str):
        self._command, self._variables = [python, str(HERE), module], variables
        self._process: subprocess.Popen[bytes] | None = None
        self._said = tempfile.TemporaryFile()  # noqa: SIM115  # its stderr, as long as this lives

    def ask(self, function: str, given: Mapping[str, Any], seconds: float) -> dict[str, Any]:
        """What a function of the module gives, within that time.

        Raises:
          Unanswered: there is none.
        """
        if self._process is None:
            self._process = subprocess.Popen(
                self._command, env={**os.environ, **self._variables}, start_new_session=True,
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._said,
            )  # fmt: skip
        assert self._process.stdin
        assert self._process.stdout
        until = time.monotonic() + seconds
        with contextlib.suppress(BrokenPipeError):  # then it answers nothing
            self._process.stdin.write(json.dumps([function, dict(given)]).encode() + b"\n")
            self._process.stdin.flush()
        ready, _, _ = select.select([self._process.stdout], [], [], max(0.0, until - time.monotonic()))
        line = self._process.stdout.readline() if ready else b""
        if not line:
            self.close()
            raise Unanswered(self._last_word() if ready else f"took longer than {seconds:.0f} s")
        answer = json.loads(line)
        if "error" in answer:
            raise Unanswered(answer["error"])
        return answer

    def close(self) -> None:
        """End the process, with all that it started."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        self._process = None

    def _last_word(self) -> str:
        self._said.seek(0)
        lines = self._said.read().decode(errors="replace").strip().splitlines()
        return short(lines[-1] if lines else "the process died")


def short(text: str) -> str:
    """One line without folders' names, which a result has no use for."""
    line = " ".join(re.sub(r"(/[^/ ]+)+/", "", text).split())
    return line if len(line) <= LONGEST else f"{line[:LONGEST]}..."


def serve(module: Any) -> None:
    """Answer until there are no more questions. What is printed on the way goes to stderr."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    for line in sys.stdin:
        function, given = json.loads(line)
        try:
            answer = getattr(module, function)(**given)
        except Exception as error:  # out of memory too: the next question may need less
            first = next(iter(str(error).strip().splitlines()), "")
            answer = {"error": short(f"{type(error).__name__}: {first}")}
        print(json.dumps(answer), file=answers, flush=True)
        gc.collect()


if __name__ == "__main__":
    serve(importlib.import_module(sys.argv[1]))
