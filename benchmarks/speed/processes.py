"""Measurements in processes of their own, so that an unlucky memory layout or a busy moment hits one sample of many."""

import json
import os
import re
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from jaxgen.errors import InputError
from jaxgen.store.environment import environment
from jaxgen.store.folder import write_json

# glibc's malloc keeps large blocks, where by default it returns them and faults them in every round.
ALLOCATOR = {"MALLOC_TRIM_THRESHOLD_": "4000000000", "MALLOC_MMAP_THRESHOLD_": "4000000000"}
ALLOCATOR |= {"MALLOC_TOP_PAD_": "200000000"}
Answer = dict[str, Any]  # what a process prints last


def ask(command: Sequence[object], **variables: str) -> Answer:
    """Run a command with these environment variables and `ALLOCATOR`, and read the JSON that it prints last.

    Raises:
      InputError: the process failed; with its last word.
    """
    words = [str(word) for word in command]
    variables = {"JAX_TRACEBACK_FILTERING": "off", **ALLOCATOR, **variables}  # or JAX's last word is about the filter
    done = subprocess.run(words, env={**os.environ, **variables}, capture_output=True, text=True)
    if done.returncode:
        word = (done.stderr.strip().splitlines() or [f"exit status {done.returncode}"])[-1]
        word = re.sub(r"(/[^/ ]+)+/", "", word)  # a result names nobody's folders
        raise InputError(f"{' '.join(Path(part).name for part in words[1:4])} does not run: {word}")
    return json.loads(done.stdout.splitlines()[-1])


def warn_if_busy() -> float:
    """The machine's load, said where it is not quiet."""
    if (load := os.getloadavg()[0]) > 0.5:
        print(f"the machine is busy (load {load:.1f}): do not trust these times", flush=True)
    return load


def tell(result: dict[str, Any], about: dict[str, Any], load: float, out: Path | None, figure: Figure) -> None:
    """Print a result as one line of JSON, with what its processes said they ran on and what was asked of this one; and
    write it to `out` where that is given, with a plot beside it."""
    made = {**about, "command": environment()["command"], "allocator": ALLOCATOR, "load_before": load}
    result = {**result, "environment": made}
    if out:
        write_json(out, result)
        figure.savefig(out.with_suffix(".png"), dpi=110)
    print(json.dumps(result))
