"""Seamless blending: what an image lacks, with another's gradients and its own values at the seam."""

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.linalg import spsolve


def poisson(image: np.ndarray, drawn: np.ndarray, known: np.ndarray) -> np.ndarray:
    """x = argmin |grad x - grad drawn|^2 over missing pixels, with x = image at known ones.

    Perez et al. 2003 (SIGGRAPH), eq. 3 with the gradients of `drawn` as the guidance field, as Yeh et al. 2017 blend
    with. At the image's border nothing is asked of the gradient across it. OpenCV's seamlessClone solves the same, but
    wants a margin of known pixels at the border and shifts what touches it; a sparse solve is exact.

    Args:
      image: [H, W, C], any real type.
      drawn: [H, W, C].
      known: bool [H, W], with known and missing pixels.

    Returns:
      float64 [H, W, C], not clipped.
    """
    height, width = known.shape
    x = np.where(known[..., None], image, drawn).astype(np.float64)
    target = np.asarray(drawn, np.float64)
    place = np.full(known.shape, -1)
    place[~known] = np.arange((~known).sum())
    count, rows, columns, values = (~known).sum(), [], [], []
    right = np.zeros((count, x.shape[2]))
    for down, across in ((-1, 0), (1, 0), (0, -1), (0, 1)):
        y0, x0 = np.nonzero(~known)
        y1, x1 = y0 + down, x0 + across
        inside = (y1 >= 0) & (y1 < height) & (x1 >= 0) & (x1 < width)
        y0, x0, y1, x1 = y0[inside], x0[inside], y1[inside], x1[inside]
        mine, other = place[y0, x0], place[y1, x1]
        right[mine] += target[y0, x0] - target[y1, x1]
        seam = other < 0
        right[mine[seam]] += x[y1[seam], x1[seam]]
        rows += [mine, mine[~seam]]
        columns += [mine, other[~seam]]
        values += [np.ones(len(mine)), -np.ones((~seam).sum())]
    entries = (np.concatenate(values), (np.concatenate(rows), np.concatenate(columns)))
    laplacian = coo_array(entries, shape=(count, count)).tocsc()  # entries at one place add up
    x[~known] = spsolve(laplacian, right).reshape(count, -1)
    return x
