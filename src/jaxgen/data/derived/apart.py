"""Pairs as two sets of images of which nobody says what belongs together."""

from dataclasses import replace

import numpy as np

from jaxgen.data.fields import Fields
from jaxgen.data.source import Batch, Source, several


def apart(source: Source) -> Source:
    """Pairs "a" and "b", each in an order of its own, so that they meet as strangers: how CycleGAN is held against what
    is known to be true (Zhu et al. 2017, section 5.1). A source without pairs stays as it is."""
    if not {"a", "b"} <= set(source.fields) or "" not in source.apart():
        return source
    return several({name: _half(source, name) for name in ("a", "b")}, f"{source.name}, apart")


def _half(source: Source, name: str) -> Source:
    def read(indices: np.ndarray) -> Batch:
        return {"image": source.read(indices)[name]}

    def vary(batch: Batch, indices: np.ndarray, drawn: np.ndarray) -> Batch:
        assert source.vary
        return {"image": source.vary(source.read(indices), indices, drawn)[name]}

    fields = Fields({"image": source.fields[name]})
    return replace(source, name=source.name, fields=fields, read=read, vary=source.vary and vary)
