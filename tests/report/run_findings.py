"""Findings of a small made-up run with everything that pictures and pages show."""

from __future__ import annotations

import numpy as np

from lfd.core.decoding.mapped import MappedCell, Mapping, SignedAxisMap, ValueShift
from lfd.core.evaluation.decoded import FactorTruth, TruthReport
from lfd.report.concepts import ConceptFacts
from lfd.report.evidence import Evidence, Placed, ScoreGrid, Smoothness, Unit, Walk
from lfd.report.findings import AxisFacts, DataFacts, Findings, ModelFacts

NASTY = "</script><script>alert(1)</script><!-- <b>& \u2028"


def made_up(evil: str = "Horror", exclusive: bool = False) -> Findings:
    """A run of three axes, the last one idle; `evil` is the name of a genre and of a film."""
    shift = ValueShift("genre", evil, 0.3, 0.1, 0.4, 4.0, 0.001)
    cell = MappedCell("genre", 1, 1, 0.42, 0.4, 0.44, 0.0001, (shift,))
    axes = (SignedAxisMap(1, 1, (cell,), (shift,), ()),)
    mapping = Mapping("mc", {"genre": (cell,), "year": ()}, axes, (2,), False)
    units = tuple(Unit(axis, side) for axis in range(3) for side in (-1, 1))
    score = ((0.01, -0.2), (None, 0.1), (0.0, 0.0), (0.42, 0.03), (0.5, 0.5), (0.0, 0.0))
    q = ((0.5, 0.9), (None, 0.04), (0.5, 0.5), (0.0001, 0.2), (0.5, 0.5), (0.5, 0.5))
    grids = tuple(ScoreGrid(method, units, ("genre", "year"), score, q) for method in ("mc", "sample"))
    shares = {"genre": {evil: (0.0, 0.2, 0.9), "Drama": (0.7, 0.5, 0.1)}, "year": {"1950s": (0.3, None, 0.3)}}
    walks = tuple(Walk(a, (-3.5, 0.0, 3.5), shares, ("A", "B"), (evil, "C")) for a in range(3))
    strength = np.linspace(-1, 1, 40) if not exclusive else np.arange(40) % 2
    one = Placed("genre", 1, exclusive, tuple(strength.tolist()), tuple((2 * strength).tolist()))
    factors = (
        FactorTruth("genre", "z1+", "z1+", 0.9, 0.9, True),
        FactorTruth("year", "z0-", None, 0.8, None, False),
    )
    history = {
        "epoch": (0, 1, 2),
        "validation_loss": (3.0, 2.5, 2.6),
        "kl": (0.1, 0.2, 0.3),
        "beta": (1, 1, 1),
    }
    smooth = Smoothness(1, 0.1, 0.3, (("+", "genre", evil, 0.9, 1.0),))
    return Findings(
        1,
        DataFacts(100, 20, 500, ("genre", "year"), {"items with fewer than 5 users": 3}),
        ModelFacts({"model": "vae"}, 3, 2, "aligned", ("something to know",), ("latent auto: 3",)),
        tuple(AxisFacts(a, 0.5 + a, 1.0, a < 2, f"genre={evil}" if a == 1 else None) for a in range(3)),
        {"mc": mapping},
        {},
        {"mc": TruthReport(factors, "auc" if exclusive else "spearman", 0.5, ())},
        (ConceptFacts(f"genre={evil}", 7, 0.1, 0.001, 0.2, 0.1, 0.4, 4.0, 1, 0.9),),
        None,
        ("lfd gen-data -o RUN", "lfd train RUN"),
        Evidence(grids, walks, history, (one,), (smooth,)),
    )
