"""How a score is measured. Two scores may be compared only where their protocols are the same."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Protocol:
    """What a score depends on besides the images and the network.

    Args:
      name: of the preset.
      real: images of the data, drawn without replacement; None is all of the split.
      generated: images of the model, or of the other folder (all of it where it has fewer).
      resize: to the network's size: "tf1-bilinear" is TensorFlow 1's bilinear, no antialiasing, no half-pixel offset,
        as in the first FID; "torch-bilinear" is bilinear with the offset, still without antialiasing; "pil-bicubic" is
        Pillow's bicubic with antialiasing, in floating point (Parmar et al. 2022, arXiv:2104.11222).
      splits: of the generated images, for the Inception score's spread.
      subsets: pairs of subsets for the kernel distance.
      subset_size: images in each of them, or as many as there are.
      neighbours: k of precision, recall, density and coverage.
      seed: of codes and of the choice of images.
      subset_seed: of subsets and of splits: torch-fidelity's, so that the same features give the same numbers.
    """

    name: str
    real: int | None
    generated: int
    resize: str
    splits: int = 10
    subsets: int = 100
    subset_size: int = 1000
    neighbours: int = 5
    seed: int = 0
    subset_seed: int = 2020


PRESETS: Mapping[str, Protocol] = {
    # For a look during training: scores of so few images are too high, all alike.
    "quick": Protocol("quick", 2000, 2000, "tf1-bilinear", subsets=20, subset_size=500),
    # Lee & Town 2020 (arXiv:2005.02494): 50,000 against 50,000 in the tables of images of 32 pixels, TensorFlow's FID.
    "mimicry": Protocol("mimicry", 50_000, 50_000, "tf1-bilinear"),
    # Kang et al. 2022 (arXiv:2206.09479): the whole training split; the "legacy" resizer, its program's default.
    "studiogan": Protocol("studiogan", None, 50_000, "torch-bilinear"),
    # Parmar et al. 2022 (arXiv:2104.11222).
    "clean": Protocol("clean", None, 50_000, "pil-bicubic"),
}
