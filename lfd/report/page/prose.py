"""A run in sentences for people who know neither the shell nor latent spaces."""

from __future__ import annotations

from typing import Any

from lfd.report.findings import Findings
from lfd.report.words import headline, verdict, warnings

MODELS = {
    "vae": "A variational autoencoder (VAE)",
    "ae": "An autoencoder",
    "svd": "A singular value decomposition (SVD)",
    "factors": "A factor model that was trained elsewhere",
}


def prose(findings: Findings) -> dict[str, Any]:
    """Sentences on what was trained, on its axes and on what was found.

    Parameters
    ----------
    findings : of a run

    Returns
    -------
    dict
        headline, trained (a list of sentences), decided, warnings, verdict.
    """
    return {
        "headline": headline(findings),
        "trained": [_learned(findings), _axes(findings), *_named(findings), *_found(findings)],
        "decided": list(findings.model.decided),
        "warnings": warnings(findings),
        "verdict": verdict(findings),
    }


def _learned(findings: Findings) -> str:
    data, config = findings.data, findings.model.config
    who = MODELS.get(str(config.get("model")), "A model")
    how = f", {findings.model.epochs:,} epochs long" if findings.model.epochs else ""
    return (
        f"{who} learned to recommend from {data.interactions:,} choices that {data.users:,} users made among"
        f" {data.items:,} items{how}."
    )


def _axes(findings: Findings) -> str:
    count, active = len(findings.axes), sum(axis.active for axis in findings.axes)
    last = findings.axes[-1].name if findings.axes else "z0"
    differ = (
        "users differ on all of them" if active == count else f"users differ on {active}, the rest lie idle"
    )
    return f"It describes every user by {count} numbers, the axes z0 to {last}; {differ}."


def _named(findings: Findings) -> list[str]:
    named = [f"{axis.name} ({axis.concept})" for axis in findings.axes if axis.concept]
    if findings.model.axes != "aligned":
        return ["The axes are the model's own; another training would have others."]
    said = f"The axes were turned so that some follow what is known of the items: {', '.join(named)}."
    return [said] if named else []


def _found(findings: Findings) -> list[str]:
    sure = sum(concept.q < 0.05 for concept in findings.concepts)
    if not findings.concepts:
        return []
    return [
        f"Of {len(findings.concepts)} properties of items (a genre, a decade, ...), {sure} have a direction"
        " of their own among these numbers, surer than chance explains."
    ]
