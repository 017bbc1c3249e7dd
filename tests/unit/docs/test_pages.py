"""The documents: written pages are as they would be written, and what they point to is there."""

import re
import subprocess
import sys

import pytest

from places import REPOSITORY

DOCUMENTS = [REPOSITORY / "README.md", *sorted(REPOSITORY.glob("docs/**/*.md")), REPOSITORY / "benchmarks" / "NOTES.md"]
LINK = re.compile(r"\]\((?!https?://)([^)#\s]*)(?:#([^)\s]*))?\)")
SCRIPT = re.compile(r"\b(?:experiments|benchmarks|docs/make)/[\w./-]+\.py\b")


def anchors(text):
    """What a reader's browser is sent to: headings as GitHub writes them."""
    headings = re.findall(r"^#+ (.*)$", re.sub(r"^```.*?^```", "", text, flags=re.M | re.S), flags=re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def name(path):
    return str(path.relative_to(REPOSITORY))


def test_pages_are_what_would_be_written():
    command = [sys.executable, str(REPOSITORY / "docs" / "make" / "pages.py"), "--check"]
    checked = subprocess.run(command, capture_output=True, text=True)
    assert checked.returncode == 0, checked.stderr


@pytest.mark.parametrize("document", DOCUMENTS, ids=name)
def test_what_a_document_points_to_is_there(document):
    text = document.read_text()
    for path, heading in LINK.findall(text):
        target = (document.parent / path).resolve() if path else document
        assert target.exists(), path
        assert not heading or heading in anchors(target.read_text()), f"{path}#{heading}"
    for script in SCRIPT.findall(text):
        assert (REPOSITORY / script).is_file(), script


@pytest.mark.parametrize("script", sorted(REPOSITORY.glob("experiments/*/*.py")), ids=name)
def test_an_experiment_is_on_its_familys_page(script):
    page = REPOSITORY / "docs" / "systems" / f"{script.parent.name}.md"
    assert page.is_file(), "docs/make/systems has no module for this family"
    assert f"](../../{name(script)})" in page.read_text(), "docs/make/systems does not describe this system"
