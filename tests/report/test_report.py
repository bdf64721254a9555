"""What a report says, where people look: the terminal, Markdown, JSON."""

from __future__ import annotations

import io
import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from rich.console import Console

from lfd.core.decoding.mapped import MappedCell, Mapping, SignedAxisMap, ValueShift
from lfd.core.evaluation.decoded import FactorTruth, TruthReport
from lfd.report import markdown, terminal
from lfd.report.concepts import concept_facts
from lfd.report.findings import AxisFacts, DataFacts, Findings, ModelFacts, dump, parse

FIFTIES = ValueShift("year", "1950s", 0.2, 0.1, 0.3, 3.0, 0.001)
NEW = ValueShift("genre", "</script> | [red]*", 0.3, 0.0, 0.3, None, None)
YEAR = MappedCell("year", 3, -1, 0.42, 0.4, 0.44, 0.0001, (FIFTIES,))
GENRE = MappedCell("genre", 3, 1, 0.9, 0.8, 0.95, 0.01, (NEW,))


def mapping(method: str) -> Mapping:
    axes = (
        SignedAxisMap(3, -1, (YEAR,), (FIFTIES,), ()),
        SignedAxisMap(3, 1, (GENRE,), (NEW,), ("entangled",)),
    )
    return Mapping(method, {"year": (YEAR,), "genre": (GENRE,), "mood": ()}, axes, (0, 1, 2), False)


@pytest.fixture
def findings() -> Findings:
    factors = (
        FactorTruth("year", "z3-", "z3-", 0.97, 0.97, True),
        FactorTruth("genre", "z3+", None, 0.9, None, False),
    )
    return Findings(
        1,
        DataFacts(100, 20, 500, ("year", "genre", "mood"), {}),
        ModelFacts({"model": "vae"}, 10, 8, "raw"),
        tuple(AxisFacts(j, 0.5 if j == 3 else None, 1.0, j == 3, None) for j in range(4)),
        {"mc": mapping("mc"), "sample": mapping("sample")},
        {},
        {"mc": TruthReport(factors, "auc", 0.7, ()), "sample": TruthReport(factors, "auc", 0.7, ())},
        (),
        None,
        ("lfd gen-data -o RUN", "lfd train RUN"),
    )


def printed(findings: Findings, width: int) -> str:
    out = io.StringIO()
    console = Console(file=out, width=width, highlight=False)
    for part in terminal.render(findings):
        console.print(part)
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines())


GOLDEN = """\
vae, 4 axes (1 active), 100 users, 20 items, 500 interactions; raw axes

Factor -> signed axes

 factor   Magnitude of Change                  Sampling
 ─────────────────────────────────────────────────────────────────────────────────
 year     z3-  0.42* 1950s ×3.0                z3-  0.42* 1950s ×3.0
 genre    z3+  0.90  </script> | [red]* (new)  z3+  0.90  </script> | [red]* (new)
 mood     nowhere                              nowhere
"""


def test_the_first_table_as_people_see_it(findings: Findings) -> None:
    def plain(text: str) -> list[list[str]]:
        return [line.split() for line in text.splitlines() if line.strip(" ─")]

    shown = plain(printed(findings, 100))
    for line in plain(GOLDEN):
        assert line in shown


def test_only_active_axes_are_shown_by_their_own_numbers(findings: Findings) -> None:
    text = printed(findings, 100)
    assert "1 of 4 axes carry everything; the others are inactive and not shown" in text
    assert "z0" not in text


def test_aligned_axes_carry_the_concept_that_they_were_fitted_to(findings: Findings) -> None:
    named = replace(findings.axes[3], concept="year")
    aligned = replace(
        findings, axes=(*findings.axes[:3], named), model=replace(findings.model, axes="aligned")
    )
    text = printed(aligned, 100)
    assert "aligned axes" in text.splitlines()[0]
    assert "z3- year" in text
    assert "named axes are" in " ".join(text.split())


def test_the_concepts_that_are_sure_are_shown_strongest_first(findings: Findings) -> None:
    table = pd.DataFrame(
        {
            "concept": ["year", "genre=Horror", "genre=War"],
            "items": [60, 20, 9],
            "strength": [0.1, 0.3, 0.2],
            "q": [0.04, 0.001, 0.2],
            "q_given": [0.5, 0.01, 0.9],
            "share_before": [0.4, 0.0, 0.1],
            "share_after": [0.5, 0.25, 0.1],
            "lift": [1.25, np.nan, 1.0],
            "axis": [3, 1, 0],
            "cosine": [-0.5, 0.9, 0.1],
        }
    )
    facts = concept_facts(table)
    assert [found.concept for found in facts] == ["genre=Horror", "genre=War", "year"]
    with_concepts = replace(findings, concepts=facts)
    rows = [line.split() for line in printed(with_concepts, 100).splitlines()]
    first = rows.index(["genre=Horror", "20", "0.001", "0.010", "0.00→0.25", "z1+", "0.90"])
    assert rows[first + 1] == ["year", "60", "0.040", "0.500", "0.40→0.50", "×1.2", "z3-", "0.50"]
    assert "2 of 3 concepts" in printed(with_concepts, 100)
    assert parse(dump(with_concepts)) == with_concepts


def test_directions_have_a_table_of_their_own(findings: Findings) -> None:
    axes = tuple(
        SignedAxisMap(0, side, (), (FIFTIES,) if side > 0 else (), (), "year=1950s") for side in (-1, 1)
    )
    on = replace(findings, mappings={}, truth={}, directions={"mc": Mapping("mc", {}, axes, (), False)})
    text = printed(on, 100)
    assert "Direction -> values" in text
    assert "Signed axis" not in text
    assert ["year=1950s", "1950s", "×3.0"] in [line.split() for line in text.splitlines()]
    assert parse(dump(on)) == on


def test_flags_and_how_sure_are_in_the_tables(findings: Findings) -> None:
    unmapped = SignedAxisMap(2, 1, (), (), ("unmapped",))
    both = {m: replace(one, axes=(*one.axes, unmapped)) for m, one in findings.mappings.items()}
    axes = tuple(replace(axis, active=axis.active or axis.axis == 2) for axis in findings.axes)
    rows = [line.split() for line in printed(replace(findings, mappings=both, axes=axes), 120).splitlines()]
    assert next(row for row in rows if row[:1] == ["z3+"])[-1] == "entangled"
    assert next(row for row in rows if row[:1] == ["z2+"])[-1] == "unmapped"
    sure = next(row for row in rows if row[:1] == ["year"])
    unsure = next(row for row in rows if row[:1] == ["genre"])
    assert ("0.42*" in sure, "0.90" in unsure) == (True, True)  # q 0.0001 and q 0.01


def test_the_truth_ends_the_report(findings: Findings) -> None:
    assert printed(findings, 100).splitlines()[-1] == "decoded: Magnitude of Change 1 of 2, Sampling 1 of 2"


@pytest.mark.parametrize("width", [60, 80, 200])
def test_tables_fit_the_terminal(findings: Findings, width: int) -> None:
    assert max(map(len, printed(findings, width).splitlines())) <= width


def test_names_from_strangers_are_escaped_in_markdown(findings: Findings) -> None:
    text = markdown.render(findings)
    assert "\\</script\\> \\| \\[red\\]\\*" in text
    assert len({line.count(" | ") for line in text.splitlines() if line.startswith("| genre |")}) == 2


def test_json_is_the_truth_and_comes_back(findings: Findings) -> None:
    text = dump(findings)
    assert parse(text) == findings
    assert "NaN" not in text.decode()
    assert json.loads(text)["schema"] == 1


def test_factors_without_any_axis_are_nowhere(findings: Findings) -> None:
    rows = [line.split() for line in printed(findings, 100).splitlines()]
    assert ["mood", "nowhere", "nowhere"] in rows


@pytest.mark.parametrize(
    ("other", "share", "told"), [(0.424, 0.95, True), (0.43, 0.95, False), (0.424, 0.8, False)]
)
def test_axes_whose_full_lists_score_level_are_told_with_a_way_out(
    findings: Findings, other: float, share: float, told: bool
) -> None:
    full = replace(FIFTIES, share_after=share)
    cells = (replace(YEAR, values=(full,)), replace(YEAR, axis=1, score=other, values=(full,)))
    sample = replace(mapping("sample"), attributes={"year": cells, "genre": (GENRE,), "mood": ()})
    level = replace(findings, mappings={"mc": mapping("mc"), "sample": sample})
    text = " ".join(printed(level, 100).split())
    assert ("full of one value on two axes: year (--weights softmax:1 sees more)" in text) == told


def test_what_training_said_and_a_collapse_are_told(findings: Findings) -> None:
    model = replace(findings.model, notes=("collapsed: none of the 4 axes was active; try a lower --beta",))
    dead = {name: replace(m, axes=(), collapsed=True) for name, m in findings.mappings.items()}
    axes = tuple(replace(axis, active=False) for axis in findings.axes)
    said = replace(findings, model=model, mappings=dead, axes=axes)
    assert "training: collapsed: none of the 4 axes" in markdown.render(said)
    text = " ".join(printed(said, 100).split())
    assert "training: collapsed: none of the 4 axes was active; try a lower --beta" in text
    assert "collapsed: no axis is active, so that every user is recommended the same; train with" in text
    assert parse(dump(said)) == said
    noiseless = replace(said, axes=tuple(replace(axis, kl=None) for axis in axes))
    text = " ".join(printed(noiseless, 100).split())
    assert "no axis is active: where users lie hangs on which of their items are looked at" in text
    assert "collapsed: no axis" not in text
