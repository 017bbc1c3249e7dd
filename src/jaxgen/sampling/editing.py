"""What is around a search for an edited image's code (`recipes.editing`, `recipes.brush`): what was drawn, as a batch;
the path of images; and the edit carried over to the original image, which no generator makes exactly.

Arrays on the host, images float [N, H, W, C] in [-1, 1].
"""

from collections.abc import Callable

import numpy as np
from scipy import ndimage

from jaxgen.errors import InputError
from jaxgen.sampling.geometry import line

Drawn = tuple[np.ndarray, np.ndarray]  # images [N, H, W, C], masks [N, H, W, 1] in [0, 1]


def strokes(picture: np.ndarray, channels: int) -> tuple[np.ndarray, np.ndarray]:
    """A stroke image, uint8 [H, W, 4] RGBA, as colours [H, W, channels] in [-1, 1] and their mask [H, W, 1], its alpha.

    Raises:
      InputError: it is no such image, or nothing of it is opaque.
    """
    if picture.ndim != 3 or picture.shape[-1] != 4 or picture.dtype != np.uint8:
        raise InputError(f"strokes are RGBA of 8 bits, [H, W, 4], not {picture.dtype} {list(picture.shape)}")
    if not picture[..., 3].any():
        raise InputError("the strokes are transparent everywhere: nothing is drawn")
    colours = picture[..., :3].astype(np.float32) / np.float32(127.5) - 1
    if channels == 1:  # luma, as Pillow makes images grey
        colours = colours @ np.array([[0.299], [0.587], [0.114]], np.float32)
    return colours, picture[..., 3:].astype(np.float32) / 255


def constraints(
    z0: np.ndarray,
    original: np.ndarray,
    *,
    colour: Drawn | None = None,
    keep: np.ndarray | None = None,
    sketch: Drawn | None = None,
) -> dict[str, np.ndarray]:
    """What was drawn, as a batch of `recipes.editing`.

    Args:
      z0: [N, latent], where to start and what to stay near.
      original: [N, H, W, C], what a kept region stays like: G(z0), so that nothing is carried over from there, or the
        image itself, where G(z) shall be the result.
      colour: colours and the mask of where they are asked for.
      keep: mask [N, H, W, 1] of what stays.
      sketch: lines on a background of one colour, and the mask of where they are.

    Returns:
      Leaves [N, ...]. The weights of colours and of what is kept sum to 1 over each image's pixels and channels, so
      that a constraint's error is a mean however much is marked.

    Raises:
      InputError: something has another size, a mask is empty or out of range, or nothing is asked for.
    """
    if colour is None and sketch is None:
        raise InputError("an edit needs a colour stroke or a sketch: what is only kept is there already")
    blank, nowhere = np.zeros_like(original), np.zeros((*original.shape[:3], 1), np.float32)
    for name, drawn in (("colour stroke", colour), ("sketch", sketch)):
        if drawn is not None:
            _fits(name, drawn[0], original.shape)
            _marks(name, drawn[1], nowhere.shape)
    if keep is not None:
        _marks("kept region", keep, nowhere.shape)
    channels = original.shape[-1]
    return {
        "z": z0,
        "z0": z0,
        "original": original,
        "colour": blank if colour is None else colour[0],
        "coloured": nowhere if colour is None else _mean_weights(colour[1], channels),
        "kept": nowhere if keep is None else _mean_weights(keep, channels),
        "sketch": blank if sketch is None else sketch[0],
        "sketched": nowhere if sketch is None else sketch[1],
    }


def path(decode: Callable[[np.ndarray], np.ndarray], start: np.ndarray, stop: np.ndarray, steps: int) -> np.ndarray:
    """Images [N, steps, H, W, C] from G(z0) to G(z1), both included, along the line between codes [N, latent], which is
    iGAN's path: `decode` is of codes [M, latent] -> images [M, H, W, C]."""
    codes = np.asarray(line(start, stop, steps))
    images = np.asarray(decode(codes.reshape(-1, codes.shape[-1])))
    return images.reshape(*codes.shape[:2], *images.shape[1:])


def transferred(
    image: np.ndarray, before: np.ndarray, after: np.ndarray, *, faint: float = 0.05, sigma: float = 1.0
) -> np.ndarray:
    """An edit carried over to the image itself: x + M (G(z1) - G(z0)), clipped to [-1, 1].

    iGAN (Zhu et al. 2016) estimates motion and colour flow between G(z0) and G(z1) along the path, and warps and
    recolours x by them. This is the colour's difference alone: right where shapes stay in place, a ghost of both
    where they move. M is 0 where the difference, a mean over channels and a Gaussian neighbourhood, is below `faint`, 1
    from three times that on, and linear between, so that small changes everywhere leave x's detail alone.

    Args:
      image, before, after: x, G(z0), G(z1), [N, H, W, C].
      faint: a difference in [0, 2]; 0 is no mask.
      sigma: of the neighbourhood in pixels.
    """
    change = after - before
    if faint <= 0:
        return np.clip(image + change, -1, 1)
    seen = _smooth(np.mean(np.abs(change), axis=-1, keepdims=True), sigma)
    return np.clip(image + np.clip((seen - faint) / (2 * faint), 0, 1) * change, -1, 1)


def blended(
    image: np.ndarray, before: np.ndarray, after: np.ndarray, *, sigma: float = 0.7, gain: float = 1.0
) -> np.ndarray:
    """A change of the reconstruction blended into the image: G(z) + M D + (1 - M) (x - G(z)), clipped to [-1, 1].

    Neural Photo Editor (Brock et al. 2017, section 2). D = G(z') - G(z) and x - G(z) is what the reconstruction lacks.
    M, as in the authors' code, is |D|'s mean over channels, at most 1, smoothed by a Gaussian. The sum is
    M G(z') + (1 - M) x: x where nothing has changed, and the model's image where much has.

    Args:
      image, before, after: x, G(z), G(z'), [N, H, W, C].
      sigma: of the Gaussian in pixels, the code's 0.7.
      gain: of |D| before it is capped: the code's is 1, by which a change of 0.3 is shown by less than a third.
    """
    change = after - before
    mask = _smooth(np.minimum(gain * np.mean(np.abs(change), axis=-1, keepdims=True), 1), sigma)
    return np.clip(before + mask * change + (1 - mask) * (image - before), -1, 1)


def _smooth(x: np.ndarray, sigma: float) -> np.ndarray:
    return ndimage.gaussian_filter(x, (0, sigma, sigma, 0))


def _mean_weights(mask: np.ndarray, channels: int) -> np.ndarray:
    return (mask / (channels * mask.sum((1, 2, 3), keepdims=True))).astype(np.float32)


def _fits(name: str, array: np.ndarray, shape: tuple[int, ...]) -> None:
    if array.shape != shape:
        raise InputError(
            f"the {name} is {list(array.shape)}, and {list(shape)} is needed: one for each image, as large"
        )


def _marks(name: str, mask: np.ndarray, shape: tuple[int, ...]) -> None:
    _fits(f"mask of the {name}", mask, shape)
    if not (np.isfinite(mask).all() and mask.min() >= 0 and mask.max() <= 1):
        raise InputError(f"the mask of the {name} has values outside of [0, 1]")
    if empty := [n for n, one in enumerate(mask) if not one.any()]:
        raise InputError(f"the mask of the {name} is empty for image {empty[0]}: nothing is marked")
