"""Edits of real images with a trained generator, pictures of them, and what they came to."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import jax.numpy as jnp
import numpy as np
from PIL import Image

from jaxgen import recipes
from jaxgen.limits import AtLeast
from jaxgen.model import strokes
from jaxgen.model.frozen import PERCEPTUAL, Frozen
from jaxgen.model.search import cheapest, repeated, searched, starts
from jaxgen.model.strokes import Drawing, asked
from jaxgen.sampling import descent, editing
from jaxgen.show import pictures

SHOWN = 5  # images of a path in a picture's row


@dataclass(frozen=True)
class Edits:
    """What is asked of which images, and how it is searched for."""

    # Split to take images from, such as train[:500] of a folder; by default the test split, else what was trained on.
    photos: str | None = None
    # Images to edit, the first ones.
    count: Annotated[int, AtLeast(1)] = 4
    # An image with transparency, as large as the data's: colour strokes of your own, instead of the scripted edits.
    strokes: Path | None = None
    # An image that is white where the original shall stay, beside --strokes or --sketch.
    kept: Path | None = None
    # An image with transparency whose lines the edges shall follow.
    sketch: Path | None = None
    # Steps of a search for a code.
    steps: Annotated[int, AtLeast(1)] = 200
    # Step size of searches, Adam's.
    lr: Annotated[float, AtLeast(0)] = 0.05
    # Codes of the prior from which an image is searched for, where there is no encoder.
    restarts: Annotated[int, AtLeast(1)] = 4
    # Weight of what stays, beside colour strokes.
    weight_keep: Annotated[float, AtLeast(0)] = 1.0
    # Weight of sketches, beside colour strokes.
    weight_edge: Annotated[float, AtLeast(0)] = 0.2
    # Weight of D's opinion of the image, -log D; 0 asks no D, as iGAN's released interface.
    weight_d: Annotated[float, AtLeast(0)] = 0.0
    # Weight of the squared distance that z goes.
    smoothness: Annotated[float, AtLeast(0)] = 0.01
    # Steps of the brush.
    brush_steps: Annotated[int, AtLeast(1)] = 40
    # Step size of the brush.
    brush_lr: Annotated[float, AtLeast(0)] = 0.5
    # How strongly the brush's changes show on the image: the paper's code has 1.
    brush_gain: Annotated[float, AtLeast(0)] = 4.0
    # Show real images, as they are and edited, in pictures; without, for data that may not be passed on, only G's own.
    originals: bool = True


def edited(nets: Frozen, images: np.ndarray, how: Edits, seed: int) -> tuple[dict[str, Image.Image], list[dict]]:
    """All edits of uint8 images [N, H, W, C]: pictures of them, "igan" and with an encoder "brush", and what they came
    to.

    Raises:
      InputError: a drawing cannot be read.
    """
    if how.strokes or how.sketch:
        drawings = [strokes.from_files(how.strokes, how.kept, how.sketch, nets.size, nets.channels)]
    else:
        drawings = [strokes.drawn(script, nets.size, nets.channels) for script in strokes.FACES]
    z0 = projected(nets, images, steps=how.steps, lr=how.lr, restarts=how.restarts, seed=seed)
    picture, told = igan(
        nets, images, z0, drawings, steps=how.steps, lr=how.lr, keep=how.weight_keep, edge=how.weight_edge,
        smoothness=how.smoothness, weight_d=how.weight_d, originals=how.originals,
    )  # fmt: skip
    if nets.E is None or not any(drawing.colour for drawing in drawings):
        return {"igan": picture}, told
    steps, lr, gain = how.brush_steps, how.brush_lr, how.brush_gain
    brush, more = brushed(nets, images, drawings, steps=steps, lr=lr, gain=gain, originals=how.originals)
    return {"igan": picture, "brush": brush}, told + more


def projected(nets: Frozen, images: np.ndarray, *, steps: int, lr: float, restarts: int, seed: int) -> np.ndarray:
    """Codes [N, latent] whose images are like uint8 images [N, H, W, C]: searched for from the encoder's, iGAN's hybrid
    way, or, without an encoder, from several draws of the prior."""
    times = 1 if nets.E else restarts
    first = nets.guess(images) if nets.E else starts(nets.sampler, seed, len(images), times)
    game = recipes.inpainting(nets.G, nets.nets, tx=descent.OPTIMISERS["adam"](lr, steps, 1.0), weight=0, prior=1)
    weight = np.ones((*images.shape[:3], 1), np.float32)
    batch = {**repeated({"image": images, "weight": weight}, times), "z": first}
    return cheapest(searched(game, batch, steps=steps, seed=seed), times).code


def igan(
    nets: Frozen,
    images: np.ndarray,
    z0: np.ndarray,
    drawings: list[Drawing],
    *,
    steps: int,
    lr: float,
    keep: float,
    edge: float,
    smoothness: float,
    weight_d: float = 0.0,
    originals: bool = True,
) -> tuple[Image.Image, list[dict[str, Any]]]:
    """Every drawing asked of every image, uint8 [N, H, W, C] with codes z0 [N, latent], by iGAN.

    Returns:
      A picture of a row for each, the image, what was asked, the path of images from G(z0) to G(z), and the edit
      carried over to the image, or, without `originals`, only what G has made; and what it came to.
    """
    cell = 8 if nets.size >= 64 else 4
    before = nets.draw(z0)
    batch = _joined([_asked_for(drawing, z0, before) for drawing in drawings])
    game = recipes.editing(
        nets.G, nets.nets, tx=descent.OPTIMISERS["adam"](lr, steps, 1.0), keep=keep, edge=edge,
        smoothness=smoothness, cell=cell, D=nets.D,
        perceptual=(weight_d, PERCEPTUAL["critic" if nets.perceptual == "critic" else "non_saturating"]),
    )  # fmt: skip
    z1 = searched(game, batch, steps=steps).code
    real = np.tile(_floats(images), (len(drawings), 1, 1, 1))
    along = editing.path(nets.draw, batch["z0"], z1, SHOWN)
    result = editing.transferred(real, along[:, 0], along[:, -1])
    shown = {"before": along[:, 0], "after": along[:, -1], "on_image": result}
    picture = _rows(drawings, real, along, result, originals)
    return picture, _told("iGAN", drawings, real, batch, shown, z1, cell)


def brushed(
    nets: Frozen,
    images: np.ndarray,
    drawings: list[Drawing],
    *,
    steps: int,
    lr: float,
    gain: float,
    originals: bool = True,
) -> tuple[Image.Image, list[dict[str, Any]]]:
    """The colour strokes of every drawing that has some, brushed over every image, uint8 [N, H, W, C], by the Neural
    Photo Editor's way; the encoder's codes are where it starts. Result as of `igan`."""
    drawings, real = [Drawing(d.name, d.colour, None, None) for d in drawings if d.colour is not None], _floats(images)
    z = nets.guess(images)
    batch = _joined([_asked_for(drawing, z, nets.draw(z)) for drawing in drawings])
    places = min(steps, SHOWN - 1)
    found = searched(
        recipes.brush(nets.G, nets.nets, lr=lr),
        batch,
        steps=steps - steps % places,
        dispatches=places,
    )
    along = np.stack([nets.draw(codes) for codes in found.path], 1)
    real = np.tile(real, (len(drawings), 1, 1, 1))
    result = editing.blended(real, along[:, 0], along[:, -1], gain=gain)
    shown = {"before": along[:, 0], "after": along[:, -1], "on_image": result}
    picture = _rows(drawings, real, along, result, originals)
    return picture, _told("brush", drawings, real, batch, shown, found.code, 4)


def _asked_for(drawing: Drawing, z0: np.ndarray, original: np.ndarray) -> dict[str, np.ndarray]:
    def each(array: np.ndarray) -> np.ndarray:
        return np.broadcast_to(array, (len(z0), *array.shape))

    return editing.constraints(
        z0,
        original,
        colour=drawing.colour and (each(drawing.colour[0]), each(drawing.colour[1])),
        keep=None if drawing.keep is None else each(drawing.keep),
        sketch=drawing.sketch and (each(drawing.sketch[0]), each(drawing.sketch[1])),
    )


def _joined(batches: list[dict[str, np.ndarray]]) -> dict[str, np.ndarray]:
    return {name: np.concatenate([batch[name] for batch in batches]) for name in batches[0]}


def _told(
    editor: str,
    drawings: list[Drawing],
    real: np.ndarray,
    batch: dict[str, np.ndarray],
    shown: dict[str, np.ndarray],
    z: np.ndarray,
    cell: int,
) -> list[dict[str, Any]]:
    """For every edit, mean squared differences from what was asked: of G(z0), of G(z) and of the edited
    image, whose kept region is compared with the image's own."""
    count, kept = len(real) // len(drawings), {"on_image": {"original": real}}
    errors = {
        kind: {
            name: np.asarray(error(jnp.asarray(images), {**batch, **kept.get(kind, {})}))
            for name, error in recipes.edit_errors(cell).items()
        }
        for kind, images in shown.items()
    }
    asked_for = {"colour": "coloured", "keep": "kept", "edge": "sketched"}
    return [
        {
            "editor": editor,
            "edit": drawings[row // count].name,
            "image": row % count,
            **{
                kind: {name: float(e[row]) for name, e in found.items() if batch[asked_for[name]][row].any()}
                for kind, found in errors.items()
            },
            "moved": float(np.linalg.norm(z[row] - batch["z0"][row])),
            "length_of_z0": float(np.linalg.norm(batch["z0"][row])),
        }
        for row in range(len(z))
    ]


def _rows(
    drawings: list[Drawing], real: np.ndarray, along: np.ndarray, result: np.ndarray, originals: bool
) -> Image.Image:
    count = len(real) // len(drawings)
    wanted = np.stack([asked(drawings[row // count], image) for row, image in enumerate(along[:, 0])])
    made = [wanted[:, None], along]
    rows = np.concatenate([real[:, None], *made, result[:, None]] if originals else made, 1)
    picture = pictures.grid(pictures.to_uint8(rows.reshape(-1, *real.shape[1:])), rows.shape[1], smallest=800)
    path = ["G's", *[""] * (along.shape[1] - 2), "G's, edited"]
    return pictures.titled(picture, ["image", "asked", *path, "edited"] if originals else ["asked", *path])


def _floats(images: np.ndarray) -> np.ndarray:
    return images.astype(np.float32) / np.float32(127.5) - 1
