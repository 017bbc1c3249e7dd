"""The house rules that a reader relies on: who imports whom, who has side effects, and how long a file may be."""

import ast
from functools import cache
from pathlib import Path

from places import REPOSITORY

SRC = REPOSITORY / "src" / "jaxgen"
LONGEST = 300  # lines of a file
# What a part may import of ours, beside itself. Parts without a row may import anything but SUMMIT.
IMPORTS = {
    "errors": set(),
    "parallel": set(),
    "branches": set(),
    "colours": set(),
    "limits": {"errors"},
    "losses": {"errors", "parallel"},
    "penalties": {"errors", "parallel"},
    "latents": {"errors", "parallel"},
    "pixels": {"errors", "losses", "parallel"},
    "game": {"branches", "errors", "parallel"},
    "schedules": {"errors", "game", "parallel"},
    "seeds": {"errors", "game", "parallel"},
    "executors": {"errors", "game", "parallel"},
    "layers": {"errors", "parallel"},
    "nets": {"errors", "game", "layers", "limits"},
    "abilities": {"colours", "data", "errors", "latents", "losses", "nets", "pixels", "sampling"},
    "recipes": {
        "errors",
        "game",
        "latents",
        "limits",
        "losses",
        "parallel",
        "penalties",
        "pixels",
        "sampling",
        "schedules",
    },
    "sampling": {"errors", "game", "latents", "layers", "losses", "nets", "parallel", "pixels"},
    "features": {"errors", "game", "layers", "nets"},
    "metrics": {"errors", "game", "parallel"},
    "diagnostics": {"errors", "game", "parallel"},
    "data": {"errors"},
}
SUMMIT = {"run", "commands", "recipes"}  # which only experiments, benchmarks and these stand on:
ON_SUMMIT = {"commands": SUMMIT, "run": {"run"}, "model": {"recipes"}}  # a search for codes is a game
SIDE_EFFECTS = {"errors", "cli", "run", "store", "commands", "show"}
WRITERS = set("print write_text write_bytes mkdir touch unlink rename rmdir save savez savez_compressed".split())
# Files that break a rule still, on their way out.
STILL = """
    measure/evaluate measure/inpainting_figures measure/perceptual measure/statistics model/completions run/best
""".split()
VAGUE = {"utils", "util", "helpers", "common", "misc"}


@cache
def files(*folders: str) -> dict[str, ast.Module]:
    """Every Python file under some folders of the checkout, read, by its path from there."""
    paths = [path for folder in folders for path in sorted((REPOSITORY / folder).rglob("*.py"))]
    return {str(path.relative_to(REPOSITORY)): ast.parse(path.read_text()) for path in paths}


def part(path: str) -> str:
    """The part of the library that a file belongs to: "losses", "game", ..."""
    return Path(path).relative_to("src/jaxgen").parts[0].removesuffix(".py")


def still(path: str) -> bool:
    return path.removeprefix("src/jaxgen/").removesuffix(".py") in STILL


def family(module: str) -> str | None:
    """The family of recipes that a module, or a file, belongs to; None of what all families share."""
    _, _, under = module.replace("/", ".").partition("recipes.")
    name = under.split(".")[0]
    return name if name and (SRC / "recipes" / name).is_dir() else None


def imported(tree: ast.Module) -> set[str]:
    """Every module that a file imports, anywhere in it, by its full name; a relative one with its dots."""
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names |= {f"{'.' * node.level}{node.module}.{alias.name}" for alias in node.names}
    return names


def forbidden(path: str, tree: ast.Module) -> list[str]:
    """What a file of the library imports and may not."""
    home, found = part(path), imported(tree)
    bad = {name for name in found if name.startswith(".")}
    for name in (name for name in found if name.startswith("jaxgen.")):
        other = name.split(".")[1]
        allowed = IMPORTS[home] if home in IMPORTS else {other} - SUMMIT | ON_SUMMIT.get(home, set())
        if other not in allowed | {home}:
            bad.add(name)
        if home == "recipes" and family(path) and family(name) not in (None, family(path)):
            bad.add(name)
    if home == "data":
        bad |= {name for name in found if name.split(".")[0] in ("jax", "flax", "optax")}
    return [f"{path}: {name}" for name in sorted(bad)]


def side_effects(tree: ast.Module) -> list[str]:
    """Calls that print or that change the disk, with their lines."""
    found = []
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        name = getattr(call.func, "attr", getattr(call.func, "id", ""))
        given = [*call.args, *(k.value for k in call.keywords if k.arg == "mode")]
        modes = [a.value for a in given if isinstance(a, ast.Constant) and isinstance(a.value, str)]
        writes = name == "open" and any(set(mode) <= set("rwxabt+") and set(mode) & set("wxa+") for mode in modes)
        if writes or name in WRITERS:
            found.append(f"line {call.lineno}: {name}")
    return found


def only_re_exports(tree: ast.Module) -> bool:
    """Whether a file is a docstring and imports."""
    first, *rest = tree.body
    return isinstance(first, ast.Expr) and all(isinstance(node, ast.ImportFrom | ast.Import) for node in rest)


def test_files_import_only_what_they_may():
    found = [line for path, tree in files("src").items() if not still(path) for line in forbidden(path, tree)]
    assert found == []


def test_only_some_print_and_write():
    quiet = {path: tree for path, tree in files("src").items() if not still(path) and part(path) not in SIDE_EFFECTS}
    assert [f"{path}: {line}" for path, tree in quiet.items() for line in side_effects(tree)] == []


def test_a_file_can_be_read_in_one_sitting():
    everywhere = files("src", "experiments", "benchmarks", "docs", "tests")
    length = {path: len((REPOSITORY / path).read_text().splitlines()) for path in everywhere}
    assert [path for path, lines in length.items() if lines > LONGEST and not path.startswith("tests/")] == []
    assert [path for path in everywhere if Path(path).stem in VAGUE] == []
    inits = {path: tree for path, tree in files("src").items() if path.endswith("__init__.py")}
    assert [path for path, tree in inits.items() if not only_re_exports(tree)] == []


def test_the_checks_see_what_they_forbid():
    tree = ast.parse(
        "import jax\nfrom jaxgen import run\nfrom jaxgen.nets.dcgan import G\n"
        "def f():\n  import jaxgen.recipes.vae\n  from . import x"
    )
    assert imported(tree) == {"jax", "jaxgen.run", "jaxgen.nets.dcgan.G", "jaxgen.recipes.vae", ".None.x"}

    def told(path: str) -> set[str]:
        return {line.split(": ")[1] for line in forbidden(path, tree)}

    assert told("src/jaxgen/data/open.py") == {"jax", *imported(tree) - {"jax"}}
    assert told("src/jaxgen/measure/scores.py") == {"jaxgen.run", "jaxgen.recipes.vae", ".None.x"}
    assert told("src/jaxgen/commands/main.py") == {".None.x"}
    assert told("src/jaxgen/run/main.py") == {"jaxgen.recipes.vae", ".None.x"}
    other = ast.parse("from jaxgen.recipes.energy.energy import energy\nfrom jaxgen.recipes.gan.gan import gan")
    assert forbidden("src/jaxgen/recipes/gan/x.py", other) == [
        "src/jaxgen/recipes/gan/x.py: jaxgen.recipes.energy.energy.energy"
    ]
    assert forbidden("src/jaxgen/recipes/parts.py", other) == []
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
    assert only_re_exports(ast.parse('"""Doc."""\nfrom a import b as b'))
    assert not only_re_exports(ast.parse("from a import b as b"))
    assert not only_re_exports(ast.parse('"""Doc."""\nx = 1'))
