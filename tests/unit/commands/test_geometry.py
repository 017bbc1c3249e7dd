"""Paths between what images are drawn by."""

import numpy as np
import pytest

from running import command


def test_a_path_between_classes_begins_and_ends_with_them(whole, tmp_path):
    run, out = whole("labels"), tmp_path / "path.npz"
    flags = ["--rows", 2, "--steps", 3, "--out", out]
    assert command("interpolate", run, "--between", "told", "--label", 1, 3, *flags) == 0
    path = np.load(out)["images"].astype(int).reshape(2, 3, -1)
    for place, label in ((0, 1), (2, 3)):
        assert command("sample", run, "--label", label, "--count", 2, "--out", out) == 0
        np.testing.assert_array_equal(np.load(out)["images"].astype(int).reshape(2, -1), path[:, place])
    assert (path[:, 0] != path[:, 2]).any()


@pytest.mark.parametrize("flags", [["--label", 3], []])
def test_a_path_needs_two(whole, tmp_path, capfd, flags):
    out = tmp_path / "path.png"
    assert command("interpolate", whole("labels"), "--between", "told", *flags, "--out", out) == 2
    assert "needs two: --label 3 8" in capfd.readouterr().err
    assert not out.exists()
