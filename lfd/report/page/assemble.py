"""One HTML file from templates, scripts, styles and findings: nothing is loaded, and nothing else can run.

Everything that comes from data goes into one block of JSON in which no tag can end or begin, and is set as
text from there. The Content-Security-Policy allows the two scripts and the style by their digests, and
nothing else: no network, no inline handlers.
"""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Mapping
from dataclasses import asdict
from hashlib import sha256
from importlib.resources import files
from typing import Any

from lfd.report.comparison import Comparison
from lfd.report.explorer import Explorer
from lfd.report.findings import Findings, dump
from lfd.report.page.mark import MARK
from lfd.report.page.prose import prose

SCRIPTS = ("build", "decode", "charts", "heatmap", "axes", "sections", "explore", "page")
ESCAPES = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}


def assemble(
    reports: Mapping[str, Findings],
    comparison: Comparison | None = None,
    explorer: Explorer | None = None,
) -> bytes:
    """The page of one run or of several.

    Parameters
    ----------
    reports : by the runs' names
    comparison : the figures of the runs; None where there are none
    explorer : the model that runs in the page; None where it has none

    Returns
    -------
    bytes
        UTF-8; the same for the same arguments.
    """
    title = f"{', '.join(reports) or 'Runs'}: what was learned"
    data = {
        "reports": [_report(name, findings) for name, findings in reports.items()],
        "comparison": None if comparison is None else asdict(comparison),
        "explorer": None if explorer is None else asdict(explorer),
    }
    style = _text("vendor/uPlot.min.css") + _text("page.css")
    library = _text("vendor/uPlot.iife.min.js")
    script = '(() => {\n"use strict";\n' + "".join(_text(f"{name}.js") for name in SCRIPTS) + "})();\n"
    parts = {
        "mark": MARK.decode(),
        "policy": _policy([library, script], style),
        "title": html.escape(title),
        "style": style,
        "data": escaped(data),
        "library": library,
        "licence": _text("vendor/uPlot-LICENSE.txt"),
        "script": script,
    }
    return re.sub(r"\{\{(\w+)\}\}", lambda m: parts[m[1]], _text("page.html")).encode()


def escaped(data: Any) -> str:
    """JSON that can stand in a script element: no < or > or & is left in it, and no line separator.

    Parameters
    ----------
    data : plain values; never NaN
    """
    text = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return re.sub("[<>&\u2028\u2029]", lambda m: ESCAPES[m[0]], text)


def _report(name: str, findings: Findings) -> dict[str, Any]:
    return {"name": name, "prose": prose(findings), "findings": json.loads(dump(findings))}


def _policy(scripts: list[str], style: str) -> str:
    allowed = " ".join(map(_digest, scripts))
    return (
        f"default-src 'none'; script-src {allowed}; style-src {_digest(style)}; img-src data:;"
        " base-uri 'none'; form-action 'none'"
    )


def _digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(sha256(text.encode()).digest()).decode()}'"


def _text(name: str) -> str:
    return (files(__package__) / name).read_text(encoding="utf-8")
