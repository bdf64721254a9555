"""`lfd report --html`, `--plots` and `--bars`: what they write, and what they refuse before any work."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from lfd.errors import UsageError
from tests.shared import Made
from tests.shell import Shell


@pytest.fixture
def reported(factored: Made, tmp_path: Path) -> Path:
    """A copy of a decoded and reported run, named `run` in the fresh folder; without torch."""
    return Path(shutil.copytree(factored.run, tmp_path / "run"))


def test_a_page_is_written_beside_the_tables_and_always_the_same(reported: Path, sh: Shell) -> None:
    done = sh(
        "lfd report run --html one.html && lfd report run --html one.html -q; lfd report run --html two.html"
    )
    assert done.status == 0, done
    folder = reported.parent
    assert "Factor -> signed axes" in done.out
    assert "one.html written" in done.err
    assert (folder / "one.html").read_bytes() == (folder / "two.html").read_bytes()


def test_a_page_never_takes_more_than_it_may(reported: Path) -> None:
    from lfd.cli.report_views import page_of
    from lfd.run.folder import open_snapshot

    with open_snapshot(reported) as run:
        whole = page_of(run, "run")
        less = page_of(run, "run", len(whole) - 15_000)
        none = page_of(run, "run", 100_000)
    assert b"most popular of 30 items are in the page" not in whole
    assert len(less) <= len(whole) - 15_000
    assert b"users are in the page" in less
    assert b'"explorer":null' in none


def test_on_a_pipe_the_page_is_written_and_the_run_goes_on(reported: Path, sh: Shell) -> None:
    done = sh("tar c -C run . | lfd report -q --html page.html -o - | lfd info --format json")
    assert done.status == 0, done
    assert "report/report.json" in json.loads(done.out)["members"]
    assert (reported.parent / "page.html").stat().st_size > 50_000


def test_several_runs_have_a_page_and_of_each_its_report(reported: Path, linear: Made, sh: Shell) -> None:
    done = sh(f"cp -r {linear.run} plain; lfd report run plain --html page.html")
    assert done.status == 0, done
    assert "plain has no report: only its figures are in the page" in done.err
    assert not (reported.parent / "plain/report").exists()
    text = (reported.parent / "page.html").read_text().partition('id="data">')[2].partition("</script>")[0]
    page = json.loads(text)
    assert [report["name"] for report in page["reports"]] == ["run"]
    assert [row["name"] for row in page["comparison"]["rows"]] == ["run", "plain"]


def test_pictures_are_drawn_into_a_folder(reported: Path, sh: Shell) -> None:
    pytest.importorskip("matplotlib", reason="pictures need the extra plots")
    done = sh("lfd report run --plots figures/all")
    assert done.status == 0, done
    names = {path.name for path in (reported.parent / "figures/all").iterdir()}
    assert {"magnitude-of-change.svg", "magnitude-of-change.png", "latents-by-truth.svg"} <= names
    assert f"{len(names) // 2} pictures in figures/all" in done.err


def test_bars_stand_in_the_tables_place_and_keep_the_width(reported: Path, sh: Shell) -> None:
    done = sh("lfd report run --bars", COLUMNS="60", NO_COLOR="1")
    assert done.status == 0, done
    assert "Factor -> signed axes" not in done.out
    assert "Shares of the list along each axis" in " ".join(done.out.split())
    assert "█" in done.out
    assert max(map(len, done.out.splitlines())) <= 60
    assert "\x1b" not in done.out


@pytest.mark.parametrize(
    ("command", "status", "words"),
    [
        ("run --bars --format json", 2, "--bars are for people"),
        ("run run --bars", 2, "--bars means nothing there"),
        ("run run --plots figures", 2, "--plots means nothing there"),
        ("run --html nowhere/page.html", 3, "its folder is not there"),
        ("run --html run", 3, "it is a folder"),
        ("run --html run/lfd.json", 4, "exists and is no page of lfd"),
    ],
)
def test_what_cannot_be_made_is_refused_before_any_work(
    reported: Path, sh: Shell, command: str, status: int, words: str
) -> None:
    before = (reported / "manifest.json").read_bytes(), (reported / "lfd.json").read_bytes()
    done = sh(f"lfd report {command}")
    assert done.status == status, done
    assert words in " ".join(done.err.split())
    assert before == ((reported / "manifest.json").read_bytes(), (reported / "lfd.json").read_bytes())


def test_something_else_is_replaced_only_when_forced(reported: Path, sh: Shell) -> None:
    done = sh("echo mine > page.html; lfd report run --html page.html --force -q && head -c 15 page.html")
    assert done.status == 0, done
    assert done.out.endswith("<!doctype html>")


def test_without_matplotlib_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    from lfd.report.plots.all import check_matplotlib

    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(UsageError) as error:
        check_matplotlib()
    assert "lfd[plots]" in error.value.hint
