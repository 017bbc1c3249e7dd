"""Edits of real images with a trained generator, pictures of them, and what they came to."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from PIL import Image

from jaxgen import recipes
from jaxgen.errors import InputError
from jaxgen.game import Net
from jaxgen.nets import linen, net
from jaxgen.run import pictures
from jaxgen.run.search import cheapest, repeated, searched, starts
from jaxgen.run.strokes import Drawing, asked
from jaxgen.run.trained import Trained, read_checkpoint, variables
from jaxgen.sampling import LatentSampler, descent, editing

SHOWN = 5  # images of a path in a picture's row


class Model(NamedTuple):
    """A trained G, and its encoder where it has one."""

    sampler: LatentSampler
    E: Net | None  # images -> codes, or codes first of several outputs
    frozen: tuple[Mapping[str, Any], Mapping[str, Any]]  # parameters and stats by net, "G" and "E"
    size: int
    channels: int

    def decode(self, z: np.ndarray) -> np.ndarray:
        """Codes [N, latent] -> images [N, H, W, C]."""
        params, stats = self.frozen
        return np.asarray(jax.jit(self.sampler.draw)(params["G"], stats["G"], jnp.asarray(z)))

    def encode(self, images: np.ndarray) -> np.ndarray:
        """Images [N, H, W, C] -> codes [N, latent]."""
        params, stats = self.frozen
        assert self.E is not None
        found = self.E.apply(params["E"], stats["E"], jnp.asarray(images), train=False)[0]
        return np.asarray(found[0] if isinstance(found, tuple) else found)


def model_of(path: Path) -> Model:
    """The generator of a run's folder, with its encoder E where its config describes one.

    Raises:
      InputError: it is not a run's folder, has no whole checkpoint, or does not make images from codes.
    """
    run = Trained(path)
    if not isinstance(run.sampler, LatentSampler):
        raise InputError(f"{path} is a run of {run.folder.config()['experiment']}, which has no codes to edit by")
    image = jax.eval_shape(run.sampler.draw, run.params, run.stats, jnp.zeros((1, run.sampler.latent)))
    params, stats, E = {"G": run.params}, {"G": run.stats}, None
    if described := (run.folder.config().get("nets") or {}).get("E"):
        E = linen.net(linen.build(described))
        params["E"], stats["E"] = variables(read_checkpoint(run.folder)[0], "E")
    return Model(run.sampler, E, (params, stats), image.shape[1], image.shape[3])


def projected(model: Model, images: np.ndarray, *, steps: int, lr: float, restarts: int, seed: int) -> np.ndarray:
    """Codes [N, latent] whose images are like uint8 images [N, H, W, C]: searched for from the encoder's, iGAN's hybrid
    way, or, without an encoder, from several draws of the prior."""
    times = 1 if model.E else restarts
    first = model.encode(_floats(images)) if model.E else starts(model.sampler, seed, len(images), times)
    game = recipes.inpainting(
        net(model.sampler.module), model.frozen, tx=descent.OPTIMISERS["adam"](lr, steps, 1.0), weight=0, prior=1
    )
    weight = np.ones((*images.shape[:3], 1), np.float32)
    batch = {**repeated({"image": images, "weight": weight}, times), "z": first}
    return cheapest(searched(game, batch, steps=steps, seed=seed), times).code


def igan(
    model: Model,
    images: np.ndarray,
    z0: np.ndarray,
    drawings: list[Drawing],
    *,
    steps: int,
    lr: float,
    keep: float,
    edge: float,
    smoothness: float,
    originals: bool = True,
) -> tuple[Image.Image, list[dict[str, Any]]]:
    """Every drawing asked of every image, uint8 [N, H, W, C] with codes z0 [N, latent], by iGAN.

    Returns:
      A picture of a row for each, the image, what was asked, the path of images from G(z0) to G(z), and the edit
      carried over to the image, or, without `originals`, only what G has made; and what it came to.
    """
    cell = 8 if model.size >= 64 else 4
    before = model.decode(z0)
    batch = _joined([_asked_for(drawing, z0, before) for drawing in drawings])
    game = recipes.editing(
        net(model.sampler.module), model.frozen, tx=descent.OPTIMISERS["adam"](lr, steps, 1.0), keep=keep, edge=edge,
        smoothness=smoothness, cell=cell,
    )  # fmt: skip
    z1 = searched(game, batch, steps=steps).code
    real = np.tile(_floats(images), (len(drawings), 1, 1, 1))
    along = editing.path(model.decode, batch["z0"], z1, SHOWN)
    result = editing.transferred(real, along[:, 0], along[:, -1])
    shown = {"before": along[:, 0], "after": along[:, -1], "on_image": result}
    picture = _rows(drawings, real, along, result, originals)
    return picture, _told("iGAN", drawings, real, batch, shown, z1, cell)


def brushed(
    model: Model,
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
    z = model.encode(real)
    batch = _joined([_asked_for(drawing, z, model.decode(z)) for drawing in drawings])
    places = min(steps, SHOWN - 1)
    found = searched(
        recipes.brush(net(model.sampler.module), model.frozen, lr=lr),
        batch,
        steps=steps - steps % places,
        dispatches=places,
    )
    along = np.stack([model.decode(codes) for codes in found.path], 1)
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
    return pictures.grid(pictures.to_uint8(rows.reshape(-1, *real.shape[1:])), rows.shape[1], smallest=800)


def _floats(images: np.ndarray) -> np.ndarray:
    return images.astype(np.float32) / np.float32(127.5) - 1
