"""Named arrays from a file: .npy, .npz, safetensors, Parquet, and ids as lines of text.

The format is told by the first bytes. A pickle is refused, since opening one runs what is written in it.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple
from zipfile import BadZipFile, ZipFile

import numpy as np
import numpy.typing as npt

from lfd.errors import InputError

FORMS = (
    "give .npy, .npz, safetensors or Parquet:"
    " numpy.savez('factors.npz', user_factors=..., item_factors=...), see docs/models.md"
)
PICKLES = (".pkl", ".pickle", ".pt", ".pth", ".ckpt", ".joblib", ".dump")
PICKLE_PROTOCOL = b"\x80"

Values = npt.NDArray[Any]


class Named(NamedTuple):
    """One array of a file, by the name that it has there; that of a file's only array is the file's."""

    name: str
    values: Values
    file: str


def read_arrays(path: Path) -> list[Named]:
    """All arrays of a file.

    Parameters
    ----------
    path : pathlib.Path

    Returns
    -------
    list of Named
        Of a Parquet table: its numeric columns as one array, named by the column of ids that it has (user,
        item), the ids, and the column bias, where there is one.

    Raises
    ------
    InputError
        It cannot be read, is a pickle, or is of no known format.
    """
    try:
        with path.open("rb") as file:
            start = file.read(9)
    except OSError as error:
        raise InputError(f"cannot read {path}: {(error.strerror or '').lower()}", FORMS) from None
    if start[:1] == PICKLE_PROTOCOL or path.suffix.lower() in PICKLES:
        raise _pickle(path)
    if start[:6] == b"\x93NUMPY":
        return [Named(path.stem, _npy(path), str(path))]
    if start[:2] == b"PK":
        return _npz(path)
    if start[:4] == b"PAR1":
        from lfd.sources.factors.tables import read_table

        return [Named(name, values, str(path)) for name, values in read_table(path)]
    if start[8:9] == b"{":
        return _safetensors(path)
    raise InputError(f"{path} is of no format that factors are read from", FORMS)


def read_ids(path: Path) -> Values:
    """Ids, one a row: lines of text, or a .npy of one dimension.

    Parameters
    ----------
    path : pathlib.Path

    Returns
    -------
    numpy.ndarray, (rows,)

    Raises
    ------
    InputError
        It cannot be read, or is neither.
    """
    hint = "write one id a line, in the order of the factors' rows"
    try:
        with path.open("rb") as file:
            start = file.read(6)
        if start == b"\x93NUMPY":
            ids = _npy(path)
        elif start[:1] == PICKLE_PROTOCOL:
            raise _pickle(path)
        else:
            ids = np.array(path.read_text(encoding="utf-8").splitlines(), dtype=object)
    except (OSError, UnicodeDecodeError) as error:
        said = error.strerror if isinstance(error, OSError) and error.strerror else "it is not UTF-8 text"
        raise InputError(f"cannot read ids from {path}: {said.lower()}", hint) from None
    if ids.ndim != 1 or not len(ids):
        raise InputError(f"{path} holds no list of ids: its shape is {ids.shape}", hint)
    return ids


def _pickle(path: Path) -> InputError:
    return InputError(
        f"{path} is a pickle or goes by the name of one: opening it would run whatever is written in it, so"
        " it is not read",
        "save the bare arrays where you trust it:"
        " numpy.savez('factors.npz', user_factors=..., item_factors=...)",
    )


def _npy(path: Path) -> Values:
    try:
        found: Values = np.load(path, allow_pickle=False)
        return found
    except (ValueError, EOFError) as error:
        if "pickle" in str(error) or "Object arrays" in str(error):
            raise _pickle(path) from None
        raise InputError(f"{path} is a damaged .npy: {_said(error)}", FORMS) from None


def _npz(path: Path) -> list[Named]:
    """The plain arrays of an archive; members that are pickled objects are passed over."""
    try:
        with ZipFile(path) as archive:
            if any(name.endswith(("/data.pkl", ".pkl")) for name in archive.namelist()):
                raise _pickle(path)
        found = []
        with np.load(path, allow_pickle=False) as arrays:
            for name in arrays.files:
                values = _member(arrays, name, path)
                if values is not None:
                    found.append(Named(name, values, str(path)))
    except (BadZipFile, EOFError, OSError) as error:
        raise InputError(f"{path} is a damaged .npz: {_said(error)}", FORMS) from None
    if not found:
        raise _pickle(path)
    return found


def _member(arrays: Any, name: str, path: Path) -> Values | None:
    try:
        values = arrays[name]
    except ValueError as error:
        if "pickle" in str(error) or "Object arrays" in str(error):
            return None
        raise InputError(f"{path}: {name} is damaged: {_said(error)}", FORMS) from None
    return values if isinstance(values, np.ndarray) else None


def _safetensors(path: Path) -> list[Named]:
    import safetensors
    from safetensors.numpy import load_file

    try:
        return [Named(name, values, str(path)) for name, values in load_file(path).items()]
    except (safetensors.SafetensorError, json.JSONDecodeError) as error:
        raise InputError(f"{path} is no safetensors file: {_said(error)}", FORMS) from None
    except (TypeError, KeyError, AttributeError):
        raise InputError(
            f"{path} has arrays of a type that numpy does not know", "save them as float32"
        ) from None


def _said(error: Exception) -> str:
    return (str(error).splitlines() or ["it is cut"])[0].lower()
