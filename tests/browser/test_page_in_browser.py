"""The page as people have it: opened in a browser, in both themes and widths, its knobs turned by hand."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from lfd.report.explorer import find_explorer
from lfd.report.findings import parse
from lfd.report.page.assemble import assemble
from lfd.run.dataset import read_dataset
from lfd.run.folder import open_snapshot
from tests.browser.chromium import Browser
from tests.report.run_findings import NASTY, made_up
from tests.shared import Made
from tests.shell import shell_in

LIST = "[...document.querySelectorAll('#list li')].map((li) => li.dataset.item)"
TABLE = "[...document.querySelectorAll('#map .heat')][0]"
MOST_BYTES = 3_000_000


def turn(browser: Browser, knob: str, amount: float) -> None:
    """Move a slider as a hand does."""
    browser.run(
        f"""(() => {{ const s = document.querySelector('input[data-knob={json.dumps(knob)}]');
        s.value = {amount}; s.dispatchEvent(new Event('input', {{ bubbles: true }})); }})()"""
    )


def choose(browser: Browser, who: str) -> None:
    browser.run(f"document.querySelector('input[name=who][value={who}]').click()")


def like(browser: Browser, title: str) -> None:
    browser.run(
        f"""(() => {{ const s = document.querySelector('#item'); s.value = {json.dumps(title)};
        s.dispatchEvent(new Event('change', {{ bubbles: true }})); }})()"""
    )


def commands_list(browser: Browser, made: Made) -> list[str]:
    """The list of the command that the page says is its own."""
    command = browser.run("document.querySelector('#command').textContent")
    done = shell_in(made.folder, f"{command} --no-why --format json")
    assert done.status == 0, done
    return [str(row["item"]) for row in json.loads(done.out)["rows"]]


@pytest.mark.parametrize("width", [1280, 360])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_it_opens_without_complaint_and_fits(toys: Made, browser: Browser, width: int, theme: str) -> None:
    browser.open(toys.folder / "page.html", width, theme=theme)
    assert browser.complaints == []
    assert [url.partition(":")[0] for url in browser.requests] == ["file"]
    assert browser.run("document.documentElement.scrollWidth") <= width
    assert browser.run("document.documentElement.dataset.theme") == theme
    ground = browser.run("getComputedStyle(document.body).backgroundColor")
    assert ground == {"light": "rgb(247, 246, 243)", "dark": "rgb(18, 20, 23)"}[theme]
    sections = browser.run("[...document.querySelectorAll('main > section')].map((s) => s.id)")
    assert sections == ["summary", "explore", "map", "axes", "concepts", "truth", "made"]


def test_the_theme_can_be_switched_and_charts_follow(toys: Made, browser: Browser) -> None:
    browser.open(toys.folder / "page.html")
    browser.run("document.querySelector('#axes').scrollIntoView()")
    browser.wait("document.querySelectorAll('#axes canvas').length > 0")
    browser.run("document.querySelector('#theme').click()")
    assert browser.run("document.documentElement.dataset.theme") == "dark"
    assert browser.run("document.querySelector('#theme').getAttribute('aria-pressed')") == "true"
    assert browser.complaints == []
    browser.run("document.querySelector('#theme').click(); localStorage.clear()")


def test_sliders_move_the_list_and_it_is_the_commands(toys: Made, browser: Browser) -> None:
    browser.open(toys.folder / "page.html")
    before = browser.run(LIST)
    assert commands_list(browser, toys) == before
    turn(browser, "z1", 2)
    after = browser.run(LIST)
    assert after != before
    assert commands_list(browser, toys) == after
    assert browser.run("document.querySelectorAll('#shares .share').length") > 3


@pytest.mark.parametrize("kind", ["natural", "steering", "pure", "reading", "labels"])
def test_on_films_every_kind_of_knob_is_the_commands(films: Made, browser: Browser, kind: str) -> None:
    browser.open(films.folder / "page.html")
    before = browser.run(LIST)
    browser.run(
        f"""(() => {{ const s = document.querySelector('#kind'); s.value = '{kind}';
        s.dispatchEvent(new Event('change')); }})()"""
    )
    turn(browser, "genre=Horror", 2)
    turn(browser, "year=1990s", -2)
    turn(browser, "z3", 0.7)
    after = browser.run(LIST)
    assert after != before
    assert commands_list(browser, films) == after


def test_on_films_sliders_of_different_lengths_are_one_command_too(films: Made, browser: Browser) -> None:
    browser.open(films.folder / "page.html")
    turn(browser, "genre=Comedy", 1.3)
    turn(browser, "genre=War", -0.4)
    assert "--axis" in browser.run("document.querySelector('#command').textContent")
    assert commands_list(browser, films) == browser.run(LIST)


def test_on_films_a_new_history_and_nobody_are_the_commands(films: Made, browser: Browser) -> None:
    browser.open(films.folder / "page.html")
    choose(browser, "items")
    for title in ("Alien (1979)", "toy story (1995)", "Psycho"):
        like(browser, title)
    assert len(browser.run("[...document.querySelectorAll('.chosen button')].map((b) => b.textContent)")) == 3
    assert commands_list(browser, films) == browser.run(LIST)
    turn(browser, "genre=Musical", 2)
    assert commands_list(browser, films) == browser.run(LIST)
    choose(browser, "nobody")
    turn(browser, "genre=Musical", 0)
    assert commands_list(browser, films) == browser.run(LIST)
    turn(browser, "genre=Horror", 1)
    turn(browser, "year=1990s", -1)
    assert commands_list(browser, films) == browser.run(LIST)
    turn(browser, "rating", 1)
    browser.run("document.querySelector('#kind').value = 'labels'")
    browser.run("document.querySelector('#kind').dispatchEvent(new Event('change'))")
    assert commands_list(browser, films) == browser.run(LIST)
    assert browser.complaints == []


def test_films_fit_into_three_megabytes_with_all_of_them_there(films: Made, browser: Browser) -> None:
    page = films.folder / "page.html"
    assert page.stat().st_size <= MOST_BYTES
    for width in (1280, 360):
        browser.open(page, width)
        assert browser.run("document.documentElement.scrollWidth") <= width
    assert browser.complaints == []
    assert browser.run("document.querySelectorAll('#explore .note:not([hidden])').length") == 0


def test_of_a_large_catalogue_the_most_popular_are_there_and_it_says_so(
    toys: Made, browser: Browser, tmp_path: Path
) -> None:
    with open_snapshot(toys.run) as run:
        explorer = find_explorer(run, room=3_500)
        popularity = np.asarray(read_dataset(run).interactions.sum(axis=0)).ravel()
        findings = parse(bytes(run.buffer("report/report.json")))
    kept, users = len(explorer.items["ids"]), len(explorer.users["ids"])
    assert 0 < kept < 30
    best = np.sort(np.argsort(-popularity, kind="stable")[:kept])
    assert explorer.items["ids"] == [str(item + 1) for item in best]
    page = tmp_path / "page.html"
    page.write_bytes(assemble({"run": findings}, None, explorer))
    browser.open(page)
    said = browser.run(
        "[...document.querySelectorAll('#explore .note:not([hidden])')].map((n) => n.textContent)"
    )
    assert said == [
        f"The {kept} most popular of 30 items are in the page, so lists are of these alone.",
        f"The first {users} of 600 users are in the page.",
    ]
    assert browser.complaints == []


def test_the_map_is_read_by_keyboard_and_tells_how_sure_it_is(toys: Made, browser: Browser) -> None:
    browser.open(toys.folder / "page.html")
    browser.run(f"{TABLE}.querySelector('td[tabindex=\"0\"]').focus()")
    browser.press("ArrowRight")
    browser.press("ArrowDown")
    at = browser.run("[document.activeElement.cellIndex, document.activeElement.tagName]")
    assert at == [2, "TD"]
    tip = browser.run("document.querySelector('#tip').textContent")
    assert browser.run("document.querySelector('#tip').hidden") is False
    assert "q " in tip
    assert browser.run("document.activeElement.getAttribute('aria-label')") == tip.replace("\n", ", ")


def test_a_slider_is_moved_by_keyboard_and_has_a_name(toys: Made, browser: Browser) -> None:
    browser.open(toys.folder / "page.html")
    browser.run("document.querySelector('#explore details').open = true")
    browser.run("document.querySelector('.knob input').focus()")
    browser.press("ArrowRight")
    assert browser.run("document.activeElement.getAttribute('aria-valuetext')") == "+0.1 standard deviations"
    unnamed = browser.run(
        """[...document.querySelectorAll('input, select, button')].filter((e) => !e.labels?.length
        && !e.getAttribute('aria-label') && !e.textContent.trim()).length"""
    )
    assert unnamed == 0


def test_axes_keep_their_numbers_in_every_order(toys: Made, browser: Browser) -> None:
    read = f"[...{TABLE}.querySelectorAll('tbody tr')].map((r) => r.textContent)"
    browser.open(toys.folder / "page.html")
    by_number = browser.run(read)
    browser.run(
        """(() => { const s = document.querySelector('#map select'); s.selectedIndex = 1;
        s.dispatchEvent(new Event('change')); })()"""
    )
    by_score = browser.run(read)
    assert by_score != by_number
    assert sorted(by_score) == sorted(by_number)
    panels = "[...document.querySelectorAll('#axes .panel')]"
    for axis, title in browser.run(
        f"{panels}.map((p) => [p.dataset.axis, p.querySelector('h3').textContent])"
    ):
        assert title.split(":")[0] == f"z{axis}"


def test_a_film_called_script_is_a_title(browser: Browser, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_bytes(assemble({NASTY: made_up(NASTY)}))
    browser.open(page)
    assert browser.complaints == []
    assert browser.run("document.querySelectorAll('script').length") == 3
    assert browser.run("document.querySelector('#title').textContent") == f"{NASTY}: what the model learned"
    high = browser.run("document.querySelector('#axes .ends > div:last-child li').textContent")
    assert high == NASTY


def test_whatever_gets_into_the_page_cannot_run_or_reach_out(toys: Made, browser: Browser) -> None:
    browser.open(toys.folder / "page.html")
    browser.run(
        "document.body.append(Object.assign(document.createElement('script'), { textContent: 'hit = 1' }))"
    )
    assert browser.run("typeof hit") == "undefined"
    assert browser.run("fetch('http://127.0.0.1:9/').then(() => 'reached', () => 'refused')") == "refused"
    assert all("Content Security Policy" in text for text in browser.complaints)
    assert browser.complaints


def test_of_several_runs_one_is_shown_at_a_time(browser: Browser, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_bytes(assemble({"first": made_up("Horror"), "second": made_up("Comedy")}))
    browser.open(page, 360)
    assert "Horror" in browser.run("document.querySelector('#axes').textContent")
    browser.run(
        """(() => { const s = document.querySelector('#run'); s.selectedIndex = 1;
        s.dispatchEvent(new Event('change')); })()"""
    )
    shown = browser.run("document.querySelector('#axes').textContent")
    assert "Comedy" in shown
    assert "Horror" not in shown
    assert browser.run("document.documentElement.scrollWidth") <= 360
    assert browser.complaints == []


def test_a_figure_stands_beside_what_popularity_reaches(toys: Made, browser: Browser) -> None:
    browser.open(toys.folder / "page.html")
    facts = browser.run("[...document.querySelectorAll('.facts li')].map((li) => li.textContent)")
    assert any("NDCG@20" in fact and "the most popular items alone reach 0." in fact for fact in facts)
