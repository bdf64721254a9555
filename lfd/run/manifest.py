"""The manifest: which members a run has, which stages made them, and the seal over both.

The text is canonical: the same manifest is always the same bytes, so a changed byte is found by writing
it again. What may vary between two equal runs (times, host, versions) stands under `varies` and is left
out of the run's digest.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from lfd.errors import InputError

ABSENT = ""  # the digest of a member that a stage looked for and did not find
FORMAT = "lfd-run"
FORMAT_VERSION = 1
MARKER = "lfd.json"
MANIFEST = "manifest.json"
MARKER_BYTES = (json.dumps({"format": FORMAT, "version": FORMAT_VERSION}, sort_keys=True) + "\n").encode()


@dataclass(frozen=True)
class Member:
    """Size in bytes and SHA-256 of one member."""

    size: int
    sha256: str


@dataclass(frozen=True)
class StageRecord:
    """One stage as it was run.

    Attributes
    ----------
    stage, version : the command and the program's version
    options : every option as resolved; `origins` says where each came from
    reads : members read, with their digests (empty: looked for and not there); `inputs` the same for files
        outside the run
    writes : members written
    varies : times, host, thread count, versions: what equal runs may differ in
    """

    stage: str
    version: str
    options: dict[str, Any]
    origins: dict[str, str]
    reads: dict[str, str]
    inputs: dict[str, str]
    writes: tuple[str, ...]
    varies: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Manifest:
    """The chain of stages and the members that they left."""

    stages: tuple[StageRecord, ...] = ()
    members: dict[str, Member] = field(default_factory=dict)

    def record(self, stage: str) -> StageRecord | None:
        """The record of a stage, or None where it has not been run."""
        return next((r for r in self.stages if r.stage == stage), None)

    def dumps(self) -> bytes:
        """Canonical text, sealed by the SHA-256 of everything else in it."""
        body = self._body()
        body["seal"] = hashlib.sha256(_canonical(body)).hexdigest()
        return (json.dumps(body, indent=1, sort_keys=True) + "\n").encode()

    def digest(self) -> str:
        """SHA-256 of all that equal runs share: stages, options, members' digests."""
        body = self._body()
        for record in body["stages"]:
            del record["varies"], record["origins"]
        return hashlib.sha256(_canonical(body)).hexdigest()

    def _body(self) -> dict[str, Any]:
        return {
            "format": FORMAT,
            "version": FORMAT_VERSION,
            "stages": [asdict(r) for r in self.stages],
            "members": {name: asdict(m) for name, m in self.members.items()},
        }


def loads(text: bytes, where: str) -> Manifest:
    """Read a manifest and check its seal.

    Parameters
    ----------
    text : the bytes of manifest.json
    where : the run's name, for messages

    Raises
    ------
    InputError : not JSON, not of this format, or altered since it was sealed
    """
    altered = InputError(
        f"{where}: {MANIFEST} was altered", "take the run from where it was made: lfd info RUN"
    )
    try:
        body = json.loads(text)
        check_version(body, where)
        manifest = Manifest(
            stages=tuple(StageRecord(**{**r, "writes": tuple(r["writes"])}) for r in body["stages"]),
            members={name: Member(**m) for name, m in body["members"].items()},
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        raise altered from None
    if manifest.dumps() != text:
        raise altered
    return manifest


def check_version(marker: dict[str, Any], where: str) -> None:
    """Refuse what is not a run, or a run of a later format.

    Raises
    ------
    InputError
    """
    if not isinstance(marker, dict) or marker.get("format") != FORMAT:
        raise InputError(f"{where} is not an lfd run", "make one: lfd gen-data -o RUN")
    if marker.get("version") != FORMAT_VERSION:
        raise InputError(
            f"{where} has format version {marker.get('version')}, this program reads {FORMAT_VERSION}",
            "use the program that wrote it, or a newer one: lfd --version",
        )


def after(manifest: Manifest, record: StageRecord, written: dict[str, Member]) -> tuple[Manifest, list[str]]:
    """The manifest once a stage has been run, and the stages whose results that made stale.

    A stage is stale when it read a member that is now another or gone; what was made from stale members
    is stale in turn.

    Parameters
    ----------
    manifest : the manifest before
    record : the stage just run
    written : its members

    Returns
    -------
    (manifest, stale) : the new manifest without stale members, and the names of the stale stages
    """
    kept = [r for r in manifest.stages if r.stage != record.stage and not set(r.writes) & set(written)]
    replaced = {m for r in manifest.stages if r not in kept for m in r.writes}
    members = {n: m for n, m in manifest.members.items() if n not in replaced} | written
    stale: list[str] = []
    while late := [r for r in kept if any(differs(members.get(n), d) for n, d in r.reads.items())]:
        kept = [r for r in kept if r not in late]
        stale += [r.stage for r in late]
        gone = {m for r in late for m in r.writes}
        members = {n: m for n, m in members.items() if n not in gone}
    return replace(manifest, stages=(*kept, record), members=dict(sorted(members.items()))), stale


def differs(member: Member | None, digest: str) -> bool:
    """Whether a member is another than the one that was read, or than the absence that was noted."""
    return (ABSENT if member is None else member.sha256) != digest


def _canonical(body: dict[str, Any]) -> bytes:
    return json.dumps(body, sort_keys=True, separators=(",", ":")).encode()
