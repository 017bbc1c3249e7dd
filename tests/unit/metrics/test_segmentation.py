"""IoU and boundary F, by hand."""

import numpy as np
import pytest

from jaxgen.errors import InputError
from jaxgen.metrics.segmentation import boundary_f, confusion, intersection_over_union

TRUE = np.array([[0, 0, 1, 1], [0, 0, 1, 9], [2, 2, 2, 9]])
GUESS = np.array([[0, 1, 1, 1], [0, 0, 1, 0], [2, 2, 1, 1]])


def test_iou_counts_pixels_and_leaves_void_out():
    counts = confusion(TRUE, GUESS, 10, void=9)
    assert counts.sum() == 10
    assert counts[:3, :3].tolist() == [[3, 1, 0], [0, 3, 0], [0, 1, 2]]
    unions = intersection_over_union(counts)
    np.testing.assert_allclose(unions[:3], [3 / 4, 3 / 5, 2 / 3])
    assert np.isnan(unions[3:]).all()  # which neither has
    assert confusion(TRUE, GUESS, 10)[9].tolist() == [1, 1, *[0] * 8]


def test_of_a_square_that_is_moved():
    """A square of 6 pixels a side: 20 on its boundary. Moved by 2, the boundary's parts within a pixel are counted."""
    true, guess = np.zeros((2, 20, 20), int)
    true[4:10, 4:10] = guess[4:10, 6:12] = 1
    ours = {(y, x) for y in range(4, 10) for x in range(4, 10) if y in (4, 9) or x in (4, 9)}
    theirs = {(y, x + 2) for y, x in ours}
    near = np.mean([any(abs(y - v) + abs(x - u) <= 1 for v, u in theirs) for y, x in ours])
    assert near not in (0, 1)
    f = boundary_f(true, guess, 3, far=1)
    assert f[1] == pytest.approx(near)  # precision and recall are equal, as each is the other's mirror
    assert np.isnan(f[2])
    np.testing.assert_allclose(boundary_f(true, guess, 2, far=2), 1)
    np.testing.assert_allclose(boundary_f(true, true, 2, far=0), 1)
    np.testing.assert_allclose(boundary_f(true, 0 * true, 2), 0)


def test_precision_and_recall_differ():
    true, guess = np.zeros((2, 12, 12), int)
    true[:, :3] = guess[:, :3] = 1
    guess[5, 8] = 1  # alone
    edge = 12  # of the class 1, beside the stripe: all are found, and one more is guessed
    assert boundary_f(true, guess, 2, far=0)[1] == pytest.approx(2 * edge / (edge + 1) / (edge / (edge + 1) + 1))


def test_void_has_no_boundary_and_the_guess_none_in_it():
    true, guess = np.zeros((2, 6, 6), int)
    true[:, 3:] = 9
    assert np.isnan(boundary_f(true, guess, 10, void=9)).all()
    guess[:, 4:] = 1
    assert np.isnan(boundary_f(true, guess, 10, void=9)).all()
    assert not np.isnan(boundary_f(true, guess, 10)).all()


def test_by_default_a_boundary_may_be_off_by_a_share_of_the_diagonal():
    """400 x 300 pixels: 0.0075 of 500 are 3.75."""
    true, three, four = np.zeros((3, 400, 300), int)
    true[:, 100:], three[:, 103:], four[:, 104:] = 1, 1, 1
    np.testing.assert_allclose(boundary_f(true, three, 2), 1)
    np.testing.assert_allclose(boundary_f(true, four, 2), 0)


def test_what_cannot_be_compared():
    with pytest.raises(InputError, match="cannot be compared"):
        confusion(TRUE, GUESS[:2], 10)
    with pytest.raises(InputError, match="hold 0 to 9, and there are 3"):
        confusion(TRUE, GUESS, 3)
    with pytest.raises(InputError, match="two label maps"):
        boundary_f(TRUE[None], GUESS[None], 3)
