"""The handwritten digits that scikit-learn ships, as a TensorFlow Datasets builder that needs no TensorFlow."""

import numpy as np
import tensorflow_datasets as tfds
from PIL import Image


class Digits(tfds.core.GeneratorBasedBuilder):
    """1,797 real handwritten digits, 8x8 pixels with 17 grey levels: the test part of the UCI set "Optical Recognition
    of Handwritten Digits" (Alpaydin & Kaynak 1998). The first 1,500 are "train", the other 297 are "test"."""

    VERSION = tfds.core.Version("1.0.0")

    def _info(self) -> tfds.core.DatasetInfo:
        return tfds.core.DatasetInfo(
            builder=self,
            description=self.__doc__,
            features=tfds.features.FeaturesDict(
                {
                    "image": tfds.features.Image(shape=(8, 8, 1), dtype=np.uint8),
                    "label": tfds.features.ClassLabel(num_classes=10),
                }
            ),
            supervised_keys=("image", "label"),
        )

    def _split_generators(self, dl_manager):
        del dl_manager  # nothing to download
        return {"train": self._generate_examples(0, 1500), "test": self._generate_examples(1500, 1797)}

    def _generate_examples(self, start: int, stop: int):
        from sklearn.datasets import load_digits  # here: reading a prepared set must not pay for this import

        digits = load_digits()
        for i in range(start, stop):
            pixels = np.round(digits.images[i] * (255 / 16)).astype(np.uint8)
            yield i, {"image": Image.fromarray(pixels), "label": int(digits.target[i])}
