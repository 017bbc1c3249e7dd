"""The house rules that a reader relies on: who imports whom, who has side effects, and how long a file may be."""

import ast
from pathlib import Path

import pytest

from places import REPOSITORY

SRC = REPOSITORY / "src" / "jaxgen"
OUTSIDE = [REPOSITORY / "experiments", REPOSITORY / "benchmarks"]
# What a part may import of ours, beside itself. Parts without a row may import anything but `run` and `recipes`.
IMPORTS = {
    "errors": set(),
    "parallel": set(),
    "losses": {"errors", "parallel"},
    "penalties": {"errors", "parallel"},
    "latents": {"errors", "parallel"},
    "pixels": {"errors", "losses", "parallel"},
    "branches": set(),
    "game": {"branches", "errors", "parallel"},
    "schedules": {"errors", "game", "parallel"},
    "seeds": {"errors", "game", "parallel"},
    "executors": {"errors", "game", "parallel"},
    "layers": {"errors", "parallel"},
    "nets": {"errors", "game", "layers"},
    "recipes": {"errors", "game", "latents", "losses", "parallel", "penalties", "pixels", "sampling", "schedules"},
    "sampling": {"errors", "game", "latents", "layers", "losses", "nets", "parallel", "pixels"},
    "features": {"errors", "game", "layers", "nets"},
    "metrics": {"errors", "game", "parallel"},
    "diagnostics": {"errors", "game", "parallel"},
    "data": {"errors"},
}
WRITERS = {
    "write_text",
    "write_bytes",
    "mkdir",
    "touch",
    "unlink",
    "rename",
    "rmdir",
    "save",
    "savez",
    "savez_compressed",
}
ROWS = [path for folder in (SRC, *OUTSIDE) for path in sorted(folder.rglob("*.py"))]
files = pytest.mark.parametrize("path", ROWS, ids=lambda p: str(p.relative_to(REPOSITORY)))


def part(path: Path) -> str | None:
    """The part of the library that a file belongs to: "losses", "game", ...; None outside of it."""
    return path.relative_to(SRC).parts[0].removesuffix(".py") if path.is_relative_to(SRC) else None


def imported(tree: ast.Module) -> set[str]:
    """Every module that a file imports, anywhere in it, by its full name."""
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"line {node.lineno}: a relative import"
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def ours(tree: ast.Module) -> set[str]:
    return {name.split(".")[1] for name in imported(tree) if name.startswith("jaxgen.")}


def side_effects(tree: ast.Module) -> list[str]:
    """Calls that print or that change the disk, with their lines."""
    found = []
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        name = getattr(call.func, "attr", getattr(call.func, "id", ""))
        given = [*call.args, *(k.value for k in call.keywords if k.arg == "mode")]
        modes = [a.value for a in given if isinstance(a, ast.Constant) and isinstance(a.value, str)]
        writes = name == "open" and any(set(mode) <= set("rwxabt+") and set(mode) & set("wxa+") for mode in modes)
        if writes or name in {"print", *WRITERS}:
            found.append(f"line {call.lineno}: {name}")
    return found


@files
def test_a_file_imports_only_what_it_may(path):
    found = ours(ast.parse(path.read_text()))
    home = part(path)
    if home in IMPORTS:
        assert found <= IMPORTS[home] | {home}
    elif home not in (None, "run"):
        assert not found & {"run", "recipes"}
    if home == "data":
        assert not {name.split(".")[0] for name in imported(ast.parse(path.read_text()))} & {"jax", "flax", "optax"}


@files
def test_only_run_prints_and_writes(path):
    if part(path) not in (None, "run"):
        assert side_effects(ast.parse(path.read_text())) == []


@files
def test_a_file_can_be_read_in_one_sitting(path):
    assert len(path.read_text().splitlines()) <= 300
    assert path.name not in ("utils.py", "util.py", "helpers.py", "common.py", "misc.py")


def test_inits_only_re_export():
    for path in SRC.rglob("__init__.py"):
        first, *rest = ast.parse(path.read_text()).body
        assert isinstance(first, ast.Expr), f"{path} has no docstring"
        assert all(isinstance(node, ast.ImportFrom | ast.Import) for node in rest), path


def test_the_checks_see_what_they_forbid():
    tree = ast.parse(
        "import jax\nfrom jaxgen import run\nfrom jaxgen.nets.dcgan import G\ndef f():\n  import jaxgen.data.open"
    )
    assert ours(tree) == {"run", "nets", "data"}
    assert "jax" in imported(tree)
    for bad in (
        'print("x")',
        'open("f", "w")',
        'open("f", mode="ab")',
        'p.open("r+")',
        "p.write_text(s)",
        "np.save(f, x)",
    ):
        assert side_effects(ast.parse(bad)), bad
    for good in ('open("f")', 'open("f", "rb")', "Image.open(path)", "p.read_text()", "open_source(x)"):
        assert not side_effects(ast.parse(good)), good
