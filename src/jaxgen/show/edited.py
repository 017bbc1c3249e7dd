"""A run's edits of images of its data, into a folder."""

from pathlib import Path
from typing import Any

import numpy as np

from jaxgen.data import open_source
from jaxgen.data.derived import labelled
from jaxgen.errors import InputError
from jaxgen.model import edits
from jaxgen.model.frozen import Frozen, frozen
from jaxgen.show import pictures
from jaxgen.store.environment import environment
from jaxgen.store.folder import Folder, write, write_json

NOTED = ("split", "size", "rounds", "batch", "seed", "width", "latent", "gamma", "lr_e", "lr_g", "lr_d")


def write_edits(run: Path, out: Path, how: edits.Edits, seed: int, data_dir: Path | None = None) -> dict[str, Any]:
    """igan.png, brush.png where the run has an encoder, and edits.json.

    Args:
      run: whose generator, and whose data.
      out: the folder.
      how: what is asked for.
      seed: of codes to start from.
      data_dir: where TFDS keeps its sets; by default as the run was told.

    Raises:
      InputError: as of `frozen` and `edits.edited`; or the run has no D to ask.
    """
    of, nets = Folder(run).config(), frozen(run)
    if how.weight_d and nets.D is None:
        raise InputError(f"{run} has no discriminator to ask: say --weight-d 0")
    made, told = edits.edited(nets, photos(of["settings"], nets, how, data_dir), how, seed)
    for name, picture in made.items():
        write(out / f"{name}.png", pictures.png(picture))
    settings = {name: of["settings"][name] for name in NOTED if name in of["settings"]}
    what = {"experiment": of["experiment"], "images": of["data"]["images"], "settings": settings}
    write_json(out / "edits.json", {"edits": told, "model": what, "environment": environment()})
    return {"edits": len(told), "moved": float(np.mean([one["moved"] for one in told]))}


def photos(of: dict[str, Any], nets: Frozen, how: edits.Edits, data_dir: Path | None) -> np.ndarray:
    """The images to edit, uint8 [N, H, W, C]: of the data that a run with these settings was trained on."""
    where: dict[str, Any] = {"size": nets.size, "channels": nets.channels}
    where["data_dir"] = data_dir or (of["data_dir"] and Path(of["data_dir"]))
    own = open_source(of["dataset"], split=how.photos or of["split"], **where)
    test = None if how.photos else labelled.held_out(of["dataset"], split=of["split"], trained=own, **where)
    source = test or own
    return source.read(np.arange(min(how.count, source.length)))["image"]
