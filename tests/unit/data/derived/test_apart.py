"""Pairs as two sets of images: the same images, and pairs no more."""

import numpy as np

from jaxgen.data import Stream, apart, open_source
from places import PAIRS


def test_each_epoch_has_all_images_of_both_sets_and_they_meet_as_strangers():
    pairs = open_source(f"pairs:{PAIRS}")
    n = pairs.length
    whole, stream = pairs.read(np.arange(n)), Stream(apart.apart(pairs), batch=n, seed=0)

    def numbers(name, images):
        return [next(i for i in range(n) if np.array_equal(whole[name][i], image)) for image in images]

    met = 0
    for epoch in range(3):
        batch = stream.whole(epoch)
        a, b = numbers("a", batch["a"]), numbers("b", batch["b"])
        assert sorted(a) == sorted(b) == list(range(n))
        met += sum(x == y for x, y in zip(a, b))
    assert met < n  # of 3 n by chance about 3


def test_what_changes_from_epoch_to_epoch_changes_still():
    """Mirrored, as the pairs' own streams mirror them."""
    pairs = open_source(f"pairs:{PAIRS}", flip=True)
    whole, stream = pairs.read(np.arange(pairs.length)), Stream(apart.apart(pairs), batch=pairs.length, seed=0)
    batch = stream.whole(0)
    seen = {"as it is": 0, "mirrored": 0}
    for name in ("a", "b"):
        for image in batch[name]:
            seen["as it is"] += any(np.array_equal(image, x) for x in whole[name])
            seen["mirrored"] += any(np.array_equal(image, x[:, ::-1]) for x in whole[name])
    assert min(seen.values()) > 0
    assert sum(seen.values()) >= 2 * pairs.length


def test_other_data_stays_as_it_is():
    digits = open_source(f"pairs:{PAIRS}")
    once = apart.apart(digits)
    assert apart.apart(once) is once
    assert [each.length for each in once.apart().values()] == [digits.length] * 2
