"""Nothing measured is lost: not for a place that cannot be written, nor for a screen that cannot be printed on."""

import json
import sys
from pathlib import Path

import pytest

from jaxgen.commands.results import tell
from jaxgen.errors import InputError


def test_what_cannot_be_written_is_printed(tmp_path: Path, capsys):
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="cannot be written"):
        tell({"FID": 3.0}, ["FID 3"], tmp_path / "file" / "scores.json")
    assert capsys.readouterr().out == "FID 3\n"


def test_what_cannot_be_printed_is_written(tmp_path: Path, monkeypatch):
    class Gone:
        def write(self, text: str) -> None:
            raise BrokenPipeError

    monkeypatch.setattr(sys, "stdout", Gone())
    with pytest.raises(BrokenPipeError):
        tell({"FID": 3.0}, ["FID 3"], tmp_path / "scores.json")
    assert json.loads((tmp_path / "scores.json").read_text()) == {"FID": 3.0}
