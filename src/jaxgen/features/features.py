"""What a frozen network is to a metric: a pure function of uint8 images, with all that must be said beside a score."""

from collections.abc import Callable
from typing import Any, NamedTuple

from jax import Array


class Features(NamedTuple):
    """`apply` maps variables and uint8 images [B, H, W, channels] of any size to {"features": float32 [B, D]}, with
    "logits": float32 [B, K] beside them where the network classifies. It is pure, jittable, and treats every image
    alone, so a batch can be split in any way."""

    name: str  # what a score made with it is called after: only "inception-v3-fid" makes a FID
    digest: str  # SHA-256 of the file of weights, in hexadecimal
    channels: int  # of the images
    resize: str  # the resizer inside and the side that it gives, e.g. "tf1-bilinear 299"
    variables: Any  # an argument of apply, so that weights are not compiled in as constants
    apply: Callable[[Any, Array], dict[str, Array]]
