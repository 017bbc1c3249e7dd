"""Files that are written whole or not at all; and a cache, without which nothing is lost but time."""

from pathlib import Path

import jax
import pytest

from jaxgen.run import compiled
from jaxgen.store.folder import keep, write


@pytest.fixture
def nowhere(tmp_path: Path) -> Path:
    """A folder that cannot be made, by root neither."""
    (tmp_path / "file").touch()
    return tmp_path / "file" / "cache"


def test_a_cache_that_cannot_be_written_is_a_warning(nowhere, monkeypatch, capsys):
    keep(nowhere / "statistics.npz", b"numbers")
    assert capsys.readouterr().err.startswith(f"warning: {nowhere}/statistics.npz cannot be written (Not a directory)")
    before = jax.config.jax_compilation_cache_dir
    jax.config.update("jax_compilation_cache_dir", None)
    try:
        with compiled.kept(nowhere):
            assert jax.config.jax_compilation_cache_dir is None
    finally:
        jax.config.update("jax_compilation_cache_dir", before)
    assert capsys.readouterr().err == (
        f"warning: {nowhere} cannot be written (Not a directory): compiled programs are not kept\n"
    )


def test_a_file_is_written_whole_whatever_is_in_a_name(tmp_path: Path):
    write(tmp_path / "a" / "report.html", "caf\xe9 \udcff")
    assert (tmp_path / "a" / "report.html").read_bytes() == b"caf\xc3\xa9 \\udcff"
    with pytest.raises(IsADirectoryError):
        write(tmp_path / "a", "x")
    assert [path.name for path in tmp_path.iterdir()] == ["a"]
