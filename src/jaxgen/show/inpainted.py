"""Images completed by a search, beside completions that need no GAN, into a folder."""

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from jaxgen.data import masks, open_source
from jaxgen.data.derived import labelled
from jaxgen.measure.extract import evenly
from jaxgen.measure.inpainting_figures import Compared, Completion, autoregressive, baselines, figures
from jaxgen.model import inpainting
from jaxgen.model.frozen import Frozen, frozen
from jaxgen.show import pictures
from jaxgen.store.environment import environment
from jaxgen.store.folder import write, write_json

SHOWN = 10  # rows of a picture
NEAREST = "nearest training image"  # the one of the others that pictures have


def write_completions(
    run: Path, folder: Path, how: Compared, dataset: str, split: str, data_dir: Path | None = None
) -> dict[str, float]:
    """A picture for every mask (image, known part, completion, nearest training image), and inpainting.json.

    Args:
      run: whose nets are searched against.
      folder: for the pictures.
      how: which images are completed, where, and beside what.
      dataset, split, data_dir: what the run was trained on.

    Returns:
      The mean PSNR by mask and by who completed.

    Raises:
      InputError: the run has not what the search asks for, or there are no such images or masks.
    """
    nets = frozen(run)
    inpainting.checked(how, nets, run)
    where: dict[str, Any] = {"data_dir": data_dir, "size": nets.size, "channels": nets.channels}
    train = open_source(dataset, split=split, **where)
    held_out = labelled.held_out(dataset, split=split, trained=train, **where) if how.test is None else None
    source = held_out or (open_source(dataset, split=how.test, **where) if how.test else train)
    images = source.read(evenly(source.length, how.count))["image"]
    named = [(told, masks.named(told, nets.size, len(images), how.seed)) for told in how.masks.split(",")]
    beside = baselines(train)
    if how.autoregressive:
        beside["autoregressive"] = autoregressive(how.autoregressive, images, dataset, how.seed)
    rows = [row for told, known in named for row in _completed(folder, nets, images, told, known, how, beside)]
    about = {"run": str(run), "round": nets.round, "digest": nets.digest, "images": len(images)}
    about |= {"seen_in_training": source is train, **environment()}
    search = {name: getattr(how, name) for name in inpainting.Search.__dataclass_fields__}
    write_json(folder / "inpainting.json", {**about, "rows": rows, "search": search})
    return {f"{row['mask']}, {row['by']}": round(row["psnr"]["mean"], 2) for row in rows}


def _completed(
    folder: Path,
    nets: Frozen,
    images: np.ndarray,
    told: str,
    known: np.ndarray,
    how: Compared,
    beside: Mapping[str, Completion],
) -> list[dict[str, Any]]:
    """By one mask: its picture, and a row for everyone who completes."""
    began = time.perf_counter()
    done = inpainting.completed(nets, images, known, how)
    seconds = time.perf_counter() - began
    others = {name: other(images, known) for name, other in beside.items()}
    loss = done.found.costs["loss"]
    cost = {"mean": float(loss.mean()), "deviation": float(loss.std())}
    by = {"model": {**figures(images, known, done.drawn), "loss": cost}}
    by |= {name: figures(images, known, drawn) for name, drawn in others.items()}
    first, near = slice(SHOWN), np.where(known[..., None], images, others[NEAREST])
    shown = {"completed": done.images[first], "nearest": near[first]}
    sheet = inpainting.sheet(images[first], known[first], **shown)
    write(folder / f"{told.replace(':', '-')}.png", pictures.png(sheet))
    about = {"mask": told, "seconds": seconds, "images_per_second": len(images) / seconds}
    return [{**about, "by": name, **found} for name, found in by.items()]
