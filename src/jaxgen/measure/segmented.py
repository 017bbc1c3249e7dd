"""How well a segmenter's label maps agree with those of data."""

from collections.abc import Callable
from typing import Any

import numpy as np

from jaxgen.data import Source
from jaxgen.metrics.segmentation import boundary_f, confusion, intersection_over_union

CHUNK = 16  # images that are segmented together


def segmented(source: Source, segment: Callable[[np.ndarray], Any], void: int | None = None) -> dict[str, Any]:
    """Mean IoU over classes, by the pixels of all images together; the mean of images' mean boundary F; the share of
    pixels with the right class. Classes that a label map and the guess do not have are left out of means.

    Args:
      source: of images and masks.
      segment: images in [-1, 1] -> classes, int [B, H, W].
      void: number of the class whose pixels are left out.
    """
    names = source.fields.of("mask", "mask").names
    counts, edges = np.zeros((len(names), len(names)), np.int64), []
    for start in range(0, source.length, CHUNK):
        rows = np.arange(start, start + CHUNK) % source.length  # one shape, one compilation
        batch = source.read(rows)
        guesses = np.asarray(segment(batch["image"].astype(np.float32) / np.float32(127.5) - 1))
        for true, guess in zip(batch["mask"][: source.length - start], guesses):
            counts += confusion(true, guess, len(names), void)
            edges.append(boundary_f(true, guess, len(names), void))
    unions = intersection_over_union(counts)
    if void is not None:
        unions[void] = np.nan
    seen = [each[~np.isnan(each)].mean() for each in edges if not np.isnan(each).all()]
    return {
        "images": source.length,
        "mean_iou": float(np.nanmean(unions)),
        "boundary_f": float(np.mean(seen)),
        "accuracy": float(np.trace(counts) / counts.sum()),
        "iou": {name: float(iou) for name, iou in zip(names, unions) if not np.isnan(iou)},
    }
