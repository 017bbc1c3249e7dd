"""Label maps in colours."""

import numpy as np

from jaxgen.show import maps


def test_a_class_has_a_colour_of_its_own_and_void_is_black():
    palette = maps.palette()
    assert palette.shape == (256, 3)
    assert palette[0].tolist() == [0, 0, 0]
    assert len({tuple(colour) for colour in palette[:64]}) == 64
    images = np.full((2, 4, 4, 1), -1, np.float32)
    guess, true = np.ones((2, 4, 4), int), np.full((2, 4, 4), 2)
    true[1] = 3
    picture = np.asarray(maps.beside(void=3)((images, guess, true)))
    colours = {tuple(colour) for colour in picture.reshape(-1, 3).tolist()}
    assert {tuple(palette[1]), tuple(palette[2]), (0, 0, 0)} <= colours
    assert tuple(palette[3]) not in colours
