"""Folders of images, against Pillow's own calls, numpy and arithmetic done by hand."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from jaxgen.data import open_source, source
from jaxgen.data.reading.images import dimensions, fit, load
from jaxgen.errors import InputError
from unit.data.made import NOISE, everything, refusal, save

pytestmark = pytest.mark.lowest

RNG = np.random.default_rng(0)


@pytest.fixture(params=["kept", "on demand"])
def on_demand(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Whether the images are decoded when they are read rather than when the source is opened."""
    if request.param == "on demand":
        monkeypatch.setattr(source, "MEMORY", 0)
    return request.param == "on demand"


# A folder's files


def test_subfolders_are_classes_in_the_order_of_their_names(tmp_path: Path, on_demand: bool):
    names = ["2/b.png", "10/z.png", "a/deep/er/x.png", "2/a.png", "B/x.png"]
    for name, image in zip(names, NOISE):
        save(tmp_path / name, image)
    (tmp_path / "empty").mkdir()
    opened = open_source(f"{tmp_path}/")
    assert (opened.length, opened.shape, opened.classes) == (5, (16, 16, 3), ("2", "10", "B", "a"))
    batch = everything(opened)
    assert batch["label"].tolist() == [1, 0, 0, 2, 3]
    assert (batch["image"].dtype, batch["label"].dtype) == (np.uint8, np.int32)
    np.testing.assert_array_equal(batch["image"], NOISE[[1, 3, 0, 4, 2]])
    some = opened.read(np.array([4, 0, 4]))
    np.testing.assert_array_equal(some["image"], NOISE[[2, 1, 2]])
    assert some["label"].tolist() == [3, 1, 3]
    before = open_source(f"{tmp_path}/", as_before=True)  # as runs have it that were begun with it
    assert (before.classes, everything(before)["label"].tolist()) == (("10", "2", "B", "a"), [0, 1, 1, 2, 3])


@pytest.mark.parametrize("names", [["a.png", "b.png"], ["only/a.png", "only/b.png"], ["a/a.png", "b/a.png", "c.png"]])
def test_no_labels_without_several_class_folders(tmp_path: Path, names: list[str]):
    for name in names:
        save(tmp_path / name)
    opened = open_source(f"{tmp_path}/")
    assert (opened.length, opened.classes, set(everything(opened))) == (len(names), (), {"image"})


def test_what_is_not_an_image_is_left_out(tmp_path: Path):
    save(tmp_path / "a" / "SHOUTED.PNG", NOISE[0])
    save(tmp_path / "b" / "Mixed.TiF", NOISE[1])
    for name in ("a/notes.txt", "a/._1.png", "b/.hidden.jpg", ".ipynb_checkpoints/x.png", "__MACOSX/._x.png", "c.csv"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("not an image")
    (tmp_path / "b" / "folder.png").mkdir()
    opened = open_source(f"{tmp_path}/")
    assert (opened.length, opened.classes) == (2, ("a", "b"))
    np.testing.assert_array_equal(everything(opened)["image"], NOISE[:2])


def test_links_are_followed_and_loops_end(tmp_path: Path):
    save(tmp_path / "elsewhere" / "1.png", NOISE[0])
    save(tmp_path / "other.png", NOISE[1])
    folder = tmp_path / ".hidden" / "faces"  # what is hidden above the folder does not matter
    for name in ("a", "b"):
        (folder / name).mkdir(parents=True)
    (folder / "a" / "linked").symlink_to(tmp_path / "elsewhere")
    (folder / "b" / "2.png").symlink_to(tmp_path / "other.png")
    (folder / "a" / "loop").symlink_to(folder / "b")
    (folder / "b" / "loop").symlink_to(folder / "a")
    (folder / "b" / "up").symlink_to(folder)
    opened = open_source(f"{folder}/")
    names = [NOISE[0], NOISE[1], NOISE[1], NOISE[0]]  # a/linked/1, a/loop/2, b/2, b/loop/linked/1
    np.testing.assert_array_equal(everything(opened)["image"], names)
    (folder / "b" / "3.png").symlink_to(tmp_path / "gone.png")
    refusal(lambda: open_source(f"{folder}/"), "3.png")


def test_folders_that_are_refused(tmp_path: Path):
    refusal(lambda: open_source(f"{tmp_path}/"), "no images", tmp_path, ".png", ".jpeg")
    save(tmp_path / "a" / "1.png", NOISE[0, :8, :8])
    save(tmp_path / "a" / "2.png", NOISE[0])
    refusal(lambda: open_source(f"{tmp_path}/"), "a/2.png is 16x16", "a/1.png 8x8", "--size")
    assert open_source(f"{tmp_path}/", size=8).shape == (8, 8, 3)
    save(tmp_path / "wide" / "1.png", NOISE[0, :6])  # 6 high, 16 wide
    refusal(lambda: open_source(f"{tmp_path}/wide/"), "1.png is 16x6", "--size")


@pytest.mark.parametrize("damage", ["broken", "truncated", "empty"])
@pytest.mark.parametrize("suffix", ["png", "jpg", "webp", "bmp"])
def test_a_damaged_file_is_named(tmp_path: Path, on_demand: bool, damage: str, suffix: str):
    for i in range(3):
        save(tmp_path / f"{i}.{suffix}", NOISE[i])
    bad = tmp_path / f"1.{suffix}"
    whole = bad.read_bytes()
    bad.write_bytes({"broken": b"\x00" * 200, "truncated": whole[: len(whole) // 2], "empty": b""}[damage])
    if not on_demand:
        refusal(lambda: open_source(f"{tmp_path}/", size=8), bad)
        return
    opened = open_source(f"{tmp_path}/", size=8)
    assert opened.read(np.array([0, 2]))["image"].shape == (2, 8, 8, 3)
    with pytest.raises(InputError, match=f"{bad} cannot be read"):
        opened.read(np.array([2, 1]))


# One image


def palette(**options: object) -> Image.Image:
    image = Image.new("P", (4, 4), 1)
    image.putpalette([0, 0, 0, 200, 100, 50])
    image.info.update(options)
    return image


GREY = 124  # 0.299 * 200 + 0.587 * 100 + 0.114 * 50 = 124.2
MODES = {
    "L.png": (Image.new("L", (4, 4), 100), (100, 100, 100), 100),
    "RGB.png": (Image.new("RGB", (4, 4), (200, 100, 50)), (200, 100, 50), GREY),
    "1.png": (Image.new("1", (4, 4), 1), (255, 255, 255), 255),
    "P.png": (palette(), (200, 100, 50), GREY),
    "P.gif": (palette(), (200, 100, 50), GREY),
    "P-clear.png": (palette(transparency=1), (255, 255, 255), 255),
    "RGBA-half.png": (Image.new("RGBA", (4, 4), (0, 0, 0, 128)), (127, 127, 127), 127),  # 255 * (1 - 128 / 255)
    "RGBA-clear.png": (Image.new("RGBA", (4, 4), (1, 2, 3, 0)), (255, 255, 255), 255),
    "RGBA-opaque.webp": (Image.new("RGBA", (4, 4), (200, 100, 50, 255)), (200, 100, 50), GREY),
    "LA-half.png": (Image.new("LA", (4, 4), (0, 128)), (127, 127, 127), 127),
    "CMYK.tif": (Image.new("CMYK", (4, 4), (55, 155, 205, 0)), (200, 100, 50), GREY),
    "CMYK.jpg": (Image.new("CMYK", (4, 4), (55, 155, 205, 0)), (200, 100, 50), GREY),
}


@pytest.mark.parametrize("name", MODES)
def test_every_mode_becomes_rgb_or_grey(tmp_path: Path, name: str):
    image, rgb, grey = MODES[name]
    save(tmp_path / name, image, **({"lossless": True} if name.endswith("webp") else {}))
    near = 2 if name.endswith("jpg") else 0
    for channels, expected in ((None, rgb), (3, rgb), (1, (grey,))):
        got = everything(open_source(f"{tmp_path}/", channels=channels))["image"]
        np.testing.assert_allclose(got.astype(int), np.broadcast_to(expected, (1, 4, 4, len(expected))), atol=near)


def test_sixteen_bits_become_eight_by_rounding(tmp_path: Path):
    levels = np.arange(256, dtype=np.uint16).reshape(16, 16)
    for offset, expected in ((0, levels), (128, levels), (-128, levels)):
        stored = np.clip(levels.astype(int) * 257 + offset, 0, 65535)
        for image, name in ((stored.astype(np.uint16), "16.png"), (stored.astype(np.int32), "32.tif")):
            got = load(save(tmp_path / name, image), None, 1)
            np.testing.assert_array_equal(got[..., 0], expected)
    assert load(save(tmp_path / "x.png", np.full((2, 2), 129, np.uint16)), None, 3).tolist() == [[[1] * 3] * 2] * 2
    for image in (np.full((4, 4), 65536, np.int32), np.full((4, 4), -1, np.int32), np.full((4, 4), 0.5, np.float32)):
        refusal(lambda image=image: load(save(tmp_path / "deep.tif", image), None, 1), "deep.tif", "8-bit and 16-bit")


def test_the_cameras_orientation_is_applied(tmp_path: Path):
    turn = [
        lambda a: a,
        np.fliplr,
        lambda a: np.rot90(a, 2),
        np.flipud,
        lambda a: a.swapaxes(0, 1),
        lambda a: np.rot90(a, -1),  # 6: the camera was turned to the left, so the picture must be turned clockwise
        lambda a: np.rot90(a, 2).swapaxes(0, 1),
        np.rot90,
    ]
    for tag, expected in enumerate(turn, 1):
        exif = Image.Exif()
        exif[0x0112] = tag
        path = save(tmp_path / "turned.png", NOISE[0, :6], exif=exif)
        got = load(path, None, 3)
        np.testing.assert_array_equal(got, expected(NOISE[0, :6]))
        assert dimensions(path) == got.shape[:2]


def test_an_animation_gives_its_first_picture(tmp_path: Path):
    red, green = (Image.new("RGB", (4, 4), colour) for colour in ("red", "lime"))
    save(tmp_path / "moving.gif", red, save_all=True, append_images=[green])
    assert load(tmp_path / "moving.gif", None, 3)[0, 0].tolist() == [255, 0, 0]


def test_shrinking_is_antialiased():
    rows, columns = np.mgrid[:64, :64]
    checkers = np.uint8(255 * ((rows + columns) % 2))
    np.testing.assert_allclose(fit(Image.fromarray(checkers), 16, 1).astype(int), 127.5, atol=2)
    for phase in range(4):  # one white column in four: plain interpolation sees it or misses it
        stripes = np.uint8(255 * (columns % 4 == phase))
        inner = fit(Image.fromarray(stripes), 16, 1)[:, 2:-2].astype(int)
        np.testing.assert_allclose(inner, 255 / 4, atol=2)


@pytest.mark.parametrize(("height", "width", "size"), [(16, 40, 7), (40, 16, 8), (16, 16, 24), (12, 12, 12), (9, 2, 4)])
def test_the_centre_square_is_resized_as_pillow_does(height: int, width: int, size: int):
    image = Image.fromarray(RNG.integers(0, 256, (height, width, 3), np.uint8))
    side = min(height, width)
    left, top = (width - side) / 2, (height - side) / 2
    square = image.resize((size, size), Image.Resampling.BICUBIC, box=(left, top, left + side, top + side))
    np.testing.assert_array_equal(fit(image, size, 3), np.asarray(square))
    np.testing.assert_array_equal(fit(image, None, 3), np.asarray(image))


def test_the_same_images_from_a_folder_and_from_a_file(tmp_path: Path, on_demand: bool):
    for i, image in enumerate(NOISE):
        save(tmp_path / "folder" / f"{i}.png", image[:, :12])
    np.savez(tmp_path / "set.npz", NOISE[:, :, :12], np.arange(6))
    assert open_source(f"{tmp_path}/set.npz").shape == (16, 12, 3)
    for wanted in ({"size": 5}, {"size": 12, "channels": 1}, {"size": 20, "channels": 3}):
        folder, file = (open_source(f"{tmp_path}/{name}", **wanted) for name in ("folder/", "set.npz"))
        assert folder.shape == file.shape == (wanted["size"], wanted["size"], wanted.get("channels", 3))
        np.testing.assert_array_equal(everything(folder)["image"], everything(file)["image"])
        assert everything(file)["label"].tolist() == [*range(6)]
    grey = everything(open_source(f"{tmp_path}/set.npz", channels=1))["image"]
    assert grey.shape == (6, 16, 12, 1)
    np.testing.assert_allclose(grey[..., 0], NOISE[:, :, :12] @ [0.299, 0.587, 0.114], atol=1)
