"""Small data made for the tests of data, and how a refusal is asked for."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from jaxgen.data import Source
from jaxgen.data.source import Batch
from jaxgen.errors import InputError

RNG = np.random.default_rng(0)
NOISE = RNG.integers(0, 256, (6, 16, 16, 3), np.uint8)


def refusal(act: Callable[[], object], *words: object) -> str:
    """The one line with which an act is refused; it must have all of these words in it."""
    with pytest.raises(InputError) as caught:
        act()
    message = str(caught.value)
    assert "\n" not in message
    assert [word for word in words if str(word) not in message] == [], message
    return message


def save(path: Path, image: np.ndarray | Image.Image = NOISE[0], **options: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    (image if isinstance(image, Image.Image) else Image.fromarray(image)).save(path, **options)
    return path


def everything(opened: Source) -> dict[str, np.ndarray]:
    return opened.read(np.arange(opened.length))


def equal(ours: Batch, theirs: Batch) -> bool:
    return set(ours) == set(theirs) and all(np.array_equal(ours[key], theirs[key]) for key in ours)
