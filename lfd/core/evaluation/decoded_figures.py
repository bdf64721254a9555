"""How many factors are decoded, as figures: by method, in raw and in aligned axes, and how it was decoded.

Figures of runs that were decoded otherwise are not comparable, so each carries the options that it hangs on.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict

from lfd.core.evaluation.decoded import TruthReport
from lfd.core.evaluation.frames import Decoders
from lfd.core.measure import Measure, Parameters

METHODS = {"mc": "Magnitude of Change", "sample": "Sampling"}
FRAMES = ("raw", "aligned")
FAMILY = "decoded"
MOVED = ("users", "move", "weights", "exclude_seen")
DRAWN = ("draws", "centre", "spread", "scale", "weights", "estimator", "against", "catalogue")


def decoded_measures(
    reports: Mapping[str, Mapping[str, TruthReport]], decoders: Decoders | None = None
) -> tuple[Measure, ...]:
    """Decoded k of n, a figure for each method and frame.

    Parameters
    ----------
    reports : mapping of frame (raw, aligned) to method (mc, sample) to TruthReport
    decoders : Decoders, default the defaults of the stages
        How they were decoded.

    Returns
    -------
    tuple of Measure
        decoded_<method>_<frame>, the frames of a method beside each other; the value is k, and n is among the
        parameters as `of`.
    """
    return tuple(_measures(reports, decoders or Decoders()))


def decoded_words(reports: Mapping[str, Mapping[str, TruthReport]]) -> str:
    """The same in a line: raw Magnitude of Change 2 of 3, Sampling 3 of 3; aligned ...

    Parameters
    ----------
    reports : mapping of frame to method to TruthReport

    Returns
    -------
    str
    """
    said = [
        f"{frame} "
        + ", ".join(f"{METHODS[m]} {report.decoded} of {report.of}" for m, report in found.items())
        for frame in FRAMES
        if (found := reports.get(frame))
    ]
    return "; ".join(said)


def _measures(reports: Mapping[str, Mapping[str, TruthReport]], decoders: Decoders) -> Iterator[Measure]:
    for method, title in METHODS.items():
        for frame in FRAMES:
            report = reports.get(frame, {}).get(method)
            if report is None:
                continue
            words = (
                f"of {report.of} factors, those whose best signed {frame} axis by {title} is one where their "
                f"held-out users lie ({report.measure} at least {report.threshold:g})"
            )
            yield Measure(
                name=f"decoded_{method}_{frame}",
                family=FAMILY,
                value=report.decoded,
                formula=f"decoded.{report.measure}",
                definition=words,
                parameters={"of": report.of, "threshold": report.threshold, **_options(method, decoders)},
                parts={factor.factor: float(factor.decoded) for factor in report.factors},
            )


def _options(method: str, decoders: Decoders) -> Parameters:
    """What a count hangs on, but for the seeds."""
    if method == "sample":
        return {name: asdict(decoders.sample)[name] for name in DRAWN}
    moved = {name: asdict(decoders.traverse)[name] for name in MOVED}
    return moved | {"estimator": decoders.mc.estimator, "catalogue": decoders.mc.catalogue}
