"""The page as a file: nothing foreign can run in it, nothing is loaded, and it is always the same bytes."""

from __future__ import annotations

import base64
import json
import re
from hashlib import sha256
from html.parser import HTMLParser
from importlib.resources import files
from pathlib import Path

import pytest

from lfd.report.comparison import RunFacts, compare
from lfd.report.page.assemble import assemble, escaped
from lfd.report.page.mark import is_page
from tests.report.run_findings import NASTY, made_up


class Page(HTMLParser):
    """Tags with their attributes, and the text of scripts and styles."""

    def __init__(self, page: bytes) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.inside: dict[str, list[str]] = {"script": [], "style": [], "title": []}
        self._open = ""
        self.feed(page.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._open = tag
        if tag in self.inside:
            self.inside[tag].append("")

    def handle_endtag(self, tag: str) -> None:
        self._open = ""

    def handle_data(self, data: str) -> None:
        if self._open in self.inside:
            self.inside[self._open][-1] += data

    @property
    def policy(self) -> dict[str, str]:
        (meta,) = [a["content"] for tag, a in self.tags if a.get("http-equiv") == "Content-Security-Policy"]
        rules = (rule.strip().partition(" ") for rule in (meta or "").split(";"))
        return {name: allowed for name, _, allowed in rules}


def digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(sha256(text.encode()).digest()).decode()}'"


@pytest.fixture(scope="module")
def page() -> Page:
    return Page(assemble({NASTY: made_up(NASTY)}))


def test_only_the_pages_own_scripts_and_style_may_run(page: Page) -> None:
    block, library, script = page.inside["script"]
    assert page.policy["default-src"] == "'none'"
    assert page.policy["script-src"].split() == [digest(library), digest(script)]
    assert page.policy["style-src"] == digest(page.inside["style"][0])
    assert json.loads(block)["reports"]
    kinds = [attributes.get("type") for tag, attributes in page.tags if tag == "script"]
    assert kinds == ["application/json", None, None]


def test_nothing_is_loaded_and_no_markup_carries_a_handler_or_a_style(page: Page) -> None:
    names = {name for _, attributes in page.tags for name in attributes}
    assert not {name for name in names if name.startswith("on") or name in ("src", "style", "srcdoc")}
    targets = [attributes["href"] for _, attributes in page.tags if "href" in attributes]
    assert all(str(target).startswith("#") for target in targets)
    assert "innerHTML" not in page.inside["script"][2]


def test_names_from_strangers_stay_text(page: Page) -> None:
    data = json.loads(page.inside["script"][0])
    (report,) = data["reports"]
    assert report["name"] == NASTY
    assert report["findings"]["evidence"]["walks"][0]["high"][0] == NASTY
    assert page.inside["title"] == [f"{NASTY}: what was learned"]
    assert re.search("[<>&\u2028\u2029]", page.inside["script"][0]) is None


def test_data_that_look_like_the_templates_own_marks_are_data() -> None:
    data = json.loads(Page(assemble({"{{script}}": made_up("{{style}}")})).inside["script"][0])
    assert data["reports"][0]["name"] == "{{script}}"
    assert data["reports"][0]["findings"]["axes"][1]["concept"] == "genre={{style}}"


def test_numbers_that_json_does_not_have_are_refused() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        escaped(float("nan"))


def test_the_same_findings_are_the_same_bytes() -> None:
    assert assemble({"run": made_up()}) == assemble({"run": made_up()})


def test_a_page_is_told_from_any_other_file(tmp_path: Path) -> None:
    one, other = tmp_path / "page.html", tmp_path / "other.html"
    one.write_bytes(assemble({"run": made_up()}))
    other.write_text("<!doctype html><title>mine</title>")
    assert (is_page(one), is_page(other)) == (True, False)


def test_several_runs_stand_in_one_page_with_their_figures() -> None:
    runs = [RunFacts(name, "data", {"model": "svd"}, ()) for name in ("a", "b")]
    data = json.loads(Page(assemble({"a": made_up(), "b": made_up()}, compare(runs))).inside["script"][0])
    assert [report["name"] for report in data["reports"]] == ["a", "b"]
    assert [row["name"] for row in data["comparison"]["rows"]] == ["a", "b"]
    assert data["explorer"] is None


def test_the_embedded_library_is_the_one_that_is_named() -> None:
    vendor = files("lfd.report.page") / "vendor"
    named = re.findall(r"\| (\S+) \| ([0-9a-f]{64}) \|", (vendor / "README.md").read_text())
    assert [name for name, _ in named] == ["uPlot.iife.min.js", "uPlot.min.css"]
    for name, wanted in named:
        assert sha256((vendor / name).read_bytes()).hexdigest() == wanted, name
    assert "MIT License" in (vendor / "uPlot-LICENSE.txt").read_text()
