"""Images that a run draws, to be scored."""

from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any

import jax
import numpy as np
from jax.sharding import Mesh

from jaxgen.abilities import Drawing
from jaxgen.errors import NotFinite
from jaxgen.measure.evaluate import Images
from jaxgen.measure.extract import spread
from jaxgen.metrics.protocol import Protocol
from jaxgen.show import pictures


def generated(
    ability: Drawing, variables: Any, protocol: Protocol, mesh: Mesh, told: dict[str, Any], given: Any = None
) -> Images:
    """The images of a drawing ability: its codes of the protocol's seed, so that the same run gives the same score.

    Args:
      ability: what draws.
      variables: its parameters and stats.
      protocol: how many, and by which seed.
      mesh: the devices.
      told: what else the protocol shall say of the images.
      given: by field, what they are drawn by, [N, ...]; classes are all of them in turn by default.
    """
    draw = spread(_drawing(ability), variables, mesh)
    key, count = jax.random.key(protocol.seed), protocol.generated
    shape = jax.eval_shape(_drawing(ability), variables, ability.codes(key, 1, **(given or {}))).shape[1:]

    def batches(size: int) -> Iterator[np.ndarray]:
        codes = jax.tree.map(np.asarray, ability.codes(key, count, **(given or {})))
        for i in range(0, count, size):
            images = draw(jax.tree.map(lambda x, i=i: x[i : i + size], codes))
            if not np.all(np.isfinite(images)):
                raise NotFinite("images drawn from the nets are not numbers")
            yield pictures.to_uint8(images)

    about = {"images": count, "shape": list(shape), "batch norm": "by running statistics", **told}
    return Images(batches, count, {**about, "truncation": "none"})


@lru_cache(8)
def _drawing(ability: Drawing) -> Callable:
    """The same function for the same ability, so that it is compiled once."""
    return lambda variables, codes: ability.draw(*variables, codes)
