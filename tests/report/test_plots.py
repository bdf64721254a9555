"""The pictures: what is drawn, in words, and always the same bytes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from lfd.report.evidence import Evidence
from tests.report.run_findings import made_up

matplotlib = pytest.importorskip("matplotlib", reason="pictures need the extra plots")

from lfd.report.plots.all import PICTURES, write_plots  # noqa: E402
from lfd.report.plots.canvas import looks  # noqa: E402


def words_of(figure: matplotlib.figure.Figure) -> str:
    figure.draw_without_rendering()
    texts = figure.findobj(matplotlib.text.Text)
    return "\n".join(text.get_text() for text in texts if text.get_text())


@pytest.fixture(scope="module")
def said() -> dict[str, str]:
    with looks():
        drawn = {name: draw(made_up()) for name, draw in PICTURES.items()}
    assert all(figure is not None for figure in drawn.values())
    return {name: words_of(figure) for name, figure in drawn.items() if figure is not None}


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("magnitude-of-change", ["genre", "year", "z0-", "z1+ (more genre=Horror)", "0.42*", "−0.20"]),
        ("information-gain", ["genre", "year", "z0", "z1 (genre=Horror)", "low ← → high side"]),
        ("traversal", ["Horror", "Drama", "z1 (genre=Horror)", "position on the axis", "share of the list"]),
        ("shares-along-axes", ["Horror", "Drama", "z0", "share of the list"]),
        ("kl-by-axis", ["z0", "z2", "KL from the prior, nats", "inactive: users hardly differ"]),
        ("training", ["Held-out users", "KL from the prior", "kept: 2", "epoch"]),
        ("latents-by-truth", ["genre", "position on z1", "true strength of the factor"]),
    ],
)
def test_labels_are_words(said: dict[str, str], name: str, words: list[str]) -> None:
    lines = said[name].splitlines()
    assert [word for word in words if word not in lines] == []


def test_idle_axes_are_drawn_only_where_their_kl_is_told(said: dict[str, str]) -> None:
    with_idle = {name for name, text in said.items() if "z2" in text}
    assert with_idle == {"kl-by-axis"}


def test_members_of_exclusive_factors_stand_beside_the_others() -> None:
    with looks():
        figure = PICTURES["latents-by-truth"](made_up(exclusive=True))
        assert figure is not None
        assert "users of genre" in words_of(figure)


def test_every_picture_as_png_and_svg_and_always_the_same_bytes(tmp_path: Path) -> None:
    first, second = (write_plots(made_up(r"a $\bad{$ _b"), tmp_path / name) for name in ("one", "two"))
    assert {path.name for path in first} == {f"{n}.{form}" for n in PICTURES for form in ("png", "svg")}
    for one, two in zip(first, second, strict=True):
        assert one.read_bytes() == two.read_bytes(), one.name
    svg = (tmp_path / "one/kl-by-axis.svg").read_text()
    assert "<dc:date>" not in svg
    assert first[0].read_bytes().startswith(b"\x89PNG")


def test_a_run_without_evidence_has_only_its_axes_drawn(tmp_path: Path) -> None:
    bare = replace(made_up(), evidence=Evidence())
    assert {path.stem for path in write_plots(bare, tmp_path)} == {"kl-by-axis"}
    without_kl = replace(bare, axes=tuple(replace(axis, kl=None) for axis in bare.axes))
    assert write_plots(without_kl, tmp_path / "none") == []
