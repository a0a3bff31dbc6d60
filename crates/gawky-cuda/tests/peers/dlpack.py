"""Exchanges arrays with gawky by DLPack, as an extension module would: NumPy's on the host, CuPy's and PyTorch's on a device.

    python dlpack.py LIBRARY        # that of the example dlpack_peer
"""

import ctypes
import gc
import sys

import numpy as np

peer = ctypes.CDLL(sys.argv[1])
peer.peer_alive.restype = ctypes.c_size_t
peer.peer_has_device.restype = ctypes.c_bool
peer.peer_stream.restype = ctypes.c_size_t
peer.peer_export.restype = ctypes.c_void_p
peer.peer_export.argtypes = [ctypes.c_int32, ctypes.c_bool, ctypes.c_bool]
peer.peer_import.restype = ctypes.c_size_t
peer.peer_import.argtypes = [ctypes.c_void_p, ctypes.c_bool, ctypes.c_char_p, ctypes.c_size_t]

python = ctypes.pythonapi
python.PyCapsule_New.restype = ctypes.py_object
python.PyCapsule_New.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p]
python.PyCapsule_GetPointer.restype = ctypes.c_void_p
python.PyCapsule_GetPointer.argtypes = [ctypes.py_object, ctypes.c_char_p]
python.PyCapsule_SetName.argtypes = [ctypes.py_object, ctypes.c_char_p]

floats = np.arange(6, dtype="f4").reshape(2, 3)
expected = [
    floats,
    floats.T,
    np.arange(7, dtype="i8")[::2],
    np.array([1 - 2j, 3j], dtype="c16"),
    np.array([True, False, True]),
    np.zeros((0, 4), dtype="u2"),
    np.array(-7, dtype="i1"),
    np.array([0.5, -1.5], dtype="f2"),
]
names = {False: (b"dltensor", b"used_dltensor"), True: (b"dltensor_versioned", b"used_dltensor_versioned")}
passed = failed = 0


def check(what, ok, have=""):
    global passed, failed
    passed, failed = passed + bool(ok), failed + (not ok)
    if not ok:
        print("{}: {}".format(what, have))


class Array:
    """An array of gawky's, as its Python class would be. The capsule is taken at once, so it needs no destructor."""

    def __init__(self, which, versioned, on_device):
        self.which, self.versioned, self.on_device = which, versioned, on_device

    def __dlpack__(self, *, stream=None, max_version=None, dl_device=None, copy=None):
        pointer = peer.peer_export(self.which, self.versioned, self.on_device)
        return python.PyCapsule_New(pointer, names[self.versioned][0], None)

    def __dlpack_device__(self):
        return (2, 0) if self.on_device else (1, 0)


def imported(capsule):
    """What gawky says of the array in a capsule, which it takes."""
    versioned = b"versioned" in repr(capsule).encode()
    name, used = names[versioned]
    pointer = python.PyCapsule_GetPointer(capsule, name)
    # The name outlives the capsule, as they must.
    python.PyCapsule_SetName(capsule, used)
    text = ctypes.create_string_buffer(4096)
    length = peer.peer_import(pointer, versioned, text, len(text))
    return text.raw[:length].decode()


def there_and_back(library, on_device):
    place = "cuda:0" if on_device else "host"
    to_numpy = library.asnumpy if on_device else np.asarray
    for which, values in enumerate(expected):
        for versioned in True, False:
            what = "array {} of gawky's in {}, {}".format(which, library.__name__, "versioned" if versioned else "legacy")
            try:
                array = library.from_dlpack(Array(which, versioned, on_device))
            except Exception as error:
                check(what, False, repr(error))
                continue
            same = to_numpy(array)
            check(what, same.dtype == values.dtype and same.shape == values.shape and (same == values).all(), same)
            if not on_device:
                # NumPy makes an array of no elements anew.
                check(what + ", read-only", not versioned or same.size == 0 or not same.flags.writeable)
                check(what + ", alive", peer.peer_alive() == 1, peer.peer_alive())
            del array, same
            gc.collect()
            if not on_device:
                check(what + ", let go of", peer.peer_alive() == 0, peer.peer_alive())
    stream = {"stream": peer.peer_stream()} if on_device else {}
    versions = [{}, {"max_version": (1, 0)}]
    for how in versions:
        for text, array in [
            ("int64 [4] on {}: 0 1 2 3", library.arange(4, dtype="i8")),
            ("int64 [2] on {}: 0 3", library.arange(6, dtype="i8")[::3]),
            ("int64 [3] on {}: 2 1 0", library.arange(3, dtype="i8")[::-1]),
            ("float32 [3, 2] on {}: 0.0 3.0 1.0 4.0 2.0 5.0", library.arange(6, dtype="f4").reshape(2, 3).T),
            ("bool [2] on {}: True False", library.asarray([True, False])),
        ]:
            before = sys.getrefcount(array)
            try:
                told = imported(array.__dlpack__(**stream, **how))
            except TypeError as error:
                # Versions before 2.1 of NumPy, and before 14 of CuPy, know no versions.
                print("{} left out: {}".format(how, error))
                break
            check("{} with {}".format(text, how), told == text.format(place), told)
            check("{}, let go of".format(text), on_device or sys.getrefcount(array) == before)


def gawky_itself(on_device):
    place = "cuda:0" if on_device else "host"
    for versioned in True, False:
        told = imported(Array(1, versioned, on_device).__dlpack__())
        check("gawky's own", told == "float32 [3, 2] on {}: 0.0 3.0 1.0 4.0 2.0 5.0".format(place), told)


def torch_on_device(torch):
    for which in 0, 1, 2, 6:
        same = torch.from_dlpack(Array(which, False, True)).cpu().numpy()
        check("array {} of gawky's in torch".format(which), (same == expected[which]).all(), same)
    theirs = torch.arange(6, device="cuda")[::3]
    told = imported(theirs.__dlpack__(stream=peer.peer_stream()))
    check("torch's", told == "int64 [2] on cuda:0: 0 3", told)


gawky_itself(False)
there_and_back(np, False)
if peer.peer_has_device():
    gawky_itself(True)
    for name, exchange in [("cupy", lambda cupy: there_and_back(cupy, True)), ("torch", torch_on_device)]:
        try:
            library = __import__(name)
        except ImportError:
            print("there is no {}: its exchange on the device is left out".format(name))
        else:
            exchange(library)
print("{} passed, {} failed".format(passed, failed))
sys.exit(failed > 0 or not passed)
