"""Factors from files: every format, every library's names, whose row is whose, and what is refused."""

from __future__ import annotations

import pickle
import zipfile

import numpy as np
import pandas as pd
import pytest
import safetensors.numpy

from lfd.errors import InputError, UsageError
from lfd.settings.importing import LoadModelSettings
from lfd.sources.factors import read_factors

USERS = pd.Series([f"u{n}" for n in range(6)])
ITEMS = pd.Series([10, 20, 30, 40, 50])
P = np.arange(12.0).reshape(6, 2)
Q = np.arange(10.0).reshape(5, 2) - 4
BIAS = np.array([5.0, 4, 3, 2, 1])


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def read(*source, **options):
    return read_factors(LoadModelSettings(source=source, **options), USERS, ITEMS)


def write_tables():
    users = pd.DataFrame({"user": USERS[::-1], "a": P[::-1, 0], "b": P[::-1, 1], "bias": 1.0})
    items = pd.DataFrame({"item": ITEMS[::-1], "bias": BIAS[::-1], "factors": list(Q[::-1])})
    users.to_parquet("mine.parquet")
    items.to_parquet("a=b.parquet")


def write_as(form):
    """The same factors in a form; gives what to name on the command line."""
    if form == "npz":
        np.savez("m.npz", user_factors=P, item_factors=Q, item_biases=BIAS)
        return ["m.npz"]
    if form == "npy by name":
        np.save("P.npy", P), np.save("Q.npy", Q), np.save("item_bias.npy", BIAS)
        return ["P.npy", "Q.npy", "item_bias.npy"]
    if form == "npy by shape":
        np.save("one.npy", Q), np.save("two.npy", P), np.save("three.npy", BIAS)
        return ["one.npy", "two.npy", "item-bias=three.npy"]
    if form == "npy said":
        np.save("one.npy", Q), np.save("two.npy", P), np.save("three.npy", BIAS)
        return ["items=one.npy", "users=two.npy", "item_bias=three.npy"]
    if form == "sklearn":
        np.savez("m.npz", W=P, components_=Q.T, item_bias=BIAS)
        return ["m.npz"]
    if form == "safetensors":
        arrays = {"user_embedding.weight": P, "item_embedding.weight": Q, "item_bias": BIAS}
        safetensors.numpy.save_file(arrays, "m.safetensors")
        return ["m.safetensors"]
    if form == "surprise":
        np.savez(
            "m.npz", pu=P[::-1], qi=Q, bu=P[:, 0], bi=BIAS, users=np.array(USERS[::-1].tolist()), items=ITEMS
        )
        return ["m.npz"]
    write_tables()
    return ["mine.parquet", "a=b.parquet"]


@pytest.mark.parametrize(
    "form",
    ["npz", "npy by name", "npy by shape", "npy said", "sklearn", "safetensors", "surprise", "parquet"],
)
def test_every_form_gives_the_same_factors(form):
    given = read(*write_as(form))
    assert (given.users == P).all()
    assert (given.items == Q).all()
    assert (given.item_bias == BIAS).all()
    assert given.known.all()
    assert given.notes == ()
    assert given.library == (form if form in ("sklearn", "surprise") else "arrays")


def test_implicits_file_says_how_it_folds_in():
    np.savez("als.npz", user_factors=P, item_factors=Q, factors=2, regularization=0.5, alpha=7.0, dtype="f")
    given = read("als.npz")
    assert (given.library, given.alpha, given.ridge) == ("implicit", 6.0, 0.5)


def test_implicits_bias_columns_are_biases():
    one = np.ones((6, 1))
    bpr = {"user_factors": np.hstack([P, one]), "item_factors": np.hstack([Q, BIAS[:, None]])}
    lmf = {
        "user_factors": np.hstack([P, one, 3 * one]),
        "item_factors": np.hstack([Q, BIAS[:, None], np.ones((5, 1))]),
    }
    for arrays in (bpr, lmf):
        np.savez("m.npz", **arrays, factors=2, regularization=0.1)
        given = read("m.npz")
        assert (given.users == P).all()
        assert (given.items == Q).all()
        assert (given.item_bias == BIAS).all()
        assert given.alpha is given.ridge is None
    np.savez("m.npz", **bpr)
    assert read("m.npz", library="arrays").users.shape == (6, 3)


def test_ids_that_do_not_match_are_counted_named_and_refused():
    np.savez("m.npz", user_factors=P, item_factors=Q, user_ids=["u5", "x", "u3", "y", "u1", "u0"])
    with pytest.raises(
        InputError, match=r"2 of 6 users of the factors are not in the run: x, y; .*--drop-un"
    ):
        read("m.npz")
    with pytest.raises(
        InputError, match=r"2 of the run's 6 users have no factors: u2, u4; .*--missing fold-in"
    ):
        read("m.npz", drop_unmatched=True)
    given = read("m.npz", drop_unmatched=True, missing="fold-in")
    assert given.known.tolist() == [True, True, False, True, False, True]
    assert (given.users[[5, 3, 1, 0]] == P[[0, 2, 4, 5]]).all()
    assert (given.users[[2, 4]] == 0).all()
    assert len(given.notes) == 2


def test_items_without_factors_get_none_and_the_lowest_bias():
    np.savez("m.npz", user_factors=P, item_factors=Q[:4], item_bias=BIAS[:4], item_ids=[50.0, 40, 30, 20])
    given = read("m.npz", missing="fold-in")
    assert (given.items == [[0, 0], *Q[3::-1].tolist()]).all()
    assert given.item_bias.tolist() == [2, 2, 3, 4, 5]


def test_ids_from_files(tmp_path):
    np.savez("m.npz", user_factors=P[::-1], item_factors=Q[::-1])
    (tmp_path / "users.txt").write_text("".join(f"{u}\n" for u in USERS[::-1]))
    np.save("items.npy", ITEMS.to_numpy()[::-1])
    given = read("m.npz", user_ids=tmp_path / "users.txt", item_ids=tmp_path / "items.npy")
    assert (given.users == P).all()
    assert (given.items == Q).all()


def test_only_items_have_factors():
    np.save("components.npy", Q.T)
    given = read("components.npy")
    assert given.users is None
    assert not given.known.any()
    assert (given.items == Q).all()


class Spiteful:
    def __reduce__(self):
        return (open, ("opened", "w"))


@pytest.mark.parametrize("name", ["m.pkl", "m.npz", "m.npy", "torch.pt", "renamed.npz"])
def test_a_pickle_is_refused_unopened(name, tmp_path):
    if name == "torch.pt":
        with zipfile.ZipFile(name, "w") as archive:
            archive.writestr("archive/data.pkl", pickle.dumps(Spiteful()))
    elif name == "m.npz":
        np.savez(name, model=np.array([Spiteful()], dtype=object))
    elif name == "m.npy":
        np.save(name, np.array([Spiteful()], dtype=object), allow_pickle=True)
    else:
        (tmp_path / name).write_bytes(pickle.dumps(Spiteful()))
    with pytest.raises(InputError, match=r"is a pickle .* is not read; save the bare arrays .*numpy\.savez"):
        read(name)
    assert not (tmp_path / "opened").exists()


def arrays(**changed):
    np.savez("m.npz", **{"user_factors": P, "item_factors": Q} | changed)
    return ["m.npz"]


NAN = np.where(np.arange(10).reshape(5, 2) == 7, np.nan, Q)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"user_factors": P[:4]}, "factors of 4 users and the run has 6 users; .*--user-ids"),
        ({"item_factors": Q[:4]}, "factors of 4 items and the run has 5 items; .*--item-ids"),
        ({"item_factors": Q[:, :1]}, "users have 2 factors .* and items 1"),
        ({"item_factors": NAN}, r"item_factors, row 3, column 1: nan is no finite number \(1 such"),
        ({"user_factors": P + np.inf}, "user_factors, row 0, column"),
        ({"item_bias": [1, 2, 3, 4, np.nan]}, "item_bias, row 4: nan is no"),
        ({"item_bias": [1, 2, 3]}, r"item_bias has shape \(3,\), and there are 5"),
        ({"user_factors": P[:, :0], "item_factors": Q[:, :0]}, "rows of 0 factors"),
        ({"user_factors": P[:, 0]}, "1-dimensional, of type float64"),
        ({"item_factors": np.array([["a"] * 2] * 5)}, "2-dimensional, of type <U1"),
        ({"user_ids": USERS[:3].tolist()}, "3 ids of users and m.npz .* 6 rows"),
        ({"user_ids": ["u1"] * 6}, "user u1 stands twice"),
        ({"item_ids": [1, 2, 3, 4, 5]}, r"none of the 5 ids of items .*\(1, 2, 3, 4, 5\).*\(10, 20"),
        ({"Q": Q}, r"\(item_factors\) and m.npz \(Q\) are both the items"),
    ],
)
def test_arrays_that_cannot_be_used(changed, said):
    with pytest.raises(InputError, match=said):
        read(*arrays(**changed))


def test_a_surprise_without_ids_is_refused():
    np.savez("m.npz", pu=P, qi=Q)
    with pytest.raises(InputError, match="in the order in which it met them"):
        read("m.npz")
    assert (read("m.npz", library="arrays").users == P).all()


def test_files_that_cannot_be_read(tmp_path):
    (tmp_path / "m.csv").write_text("a,b\n1,2\n")
    (tmp_path / "cut.npz").write_bytes(b"PK\3\4 and no more")
    (tmp_path / "cut.parquet").write_bytes(b"PAR1 and no more")
    (tmp_path / "cut.npy").write_bytes(b"\x93NUMPY\x01\x00")
    (tmp_path / "cut.safetensors").write_bytes(b"\x09\0\0\0\0\0\0\0{ and no more")
    (tmp_path / "empty.npy").write_bytes(b"")
    for name, said in {
        "m.csv": "of no format",
        "cut.npz": "damaged .npz",
        "cut.parquet": "damaged Parquet",
        "cut.npy": "damaged .npy",
        "cut.safetensors": "no safetensors",
        "empty.npy": "of no format",
        "none.npz": "cannot read none.npz: no such file",
    }.items():
        with pytest.raises(InputError, match=said):
            read(name)
    pd.DataFrame({"user": [1], "item": [2], "value": [1.0]}).to_parquet("both.parquet")
    with pytest.raises(InputError, match="a column user and a column item"):
        read("both.parquet")
    with pytest.raises(UsageError, match="factors have no uses; did you mean users"):
        read("uses=m.csv")


def test_arrays_that_could_be_either(tmp_path):
    np.save("one.npy", np.ones((5, 2)))
    with pytest.raises(InputError, match="could be either"):
        read_factors(LoadModelSettings(source=("one.npy",)), USERS[:5], ITEMS)
    np.save("one.npy", np.ones((7, 2)))
    with pytest.raises(InputError, match="could be neither"):
        read("one.npy")
