"""Weights & Biases: a run there for each log here; the report as an artifact of it.

Where the log goes (online, offline) is up to the library and its own variables; whoever wants it offline
sets WANDB_MODE=offline.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import wandb

from lfd.errors import LfdError
from lfd.report.logs.logger import Numbers

PROJECT = "lfd"
ID = "wandb-id.txt"  # beside the log, so that a resumed training and the report find the same run


class WeightsAndBiases:
    """Epochs as history, options as configuration, the kept epoch as summary, the report as an artifact."""

    def __init__(self, folder: Path, title: str, first: int) -> None:
        kept = folder / ID
        if not kept.exists():
            kept.write_text(secrets.token_hex(4))
        settings = wandb.Settings(silent=True, console="off", disable_git=True)
        try:
            self._run: Any = wandb.init(
                project=PROJECT,
                name=f"{title}-{folder.name}",
                id=kept.read_text().strip(),
                resume="allow",
                dir=str(folder),
                settings=settings,
            )
        except (wandb.errors.Error, OSError) as error:
            raise LfdError(
                f"--logger wandb: {str(error).splitlines()[0]}", "log offline: WANDB_MODE=offline"
            ) from None

    def options(self, values: Mapping[str, Any]) -> None:
        """The run's configuration."""
        self._run.config.update(dict(values), allow_val_change=True)

    def epoch(self, number: int, values: Numbers) -> None:
        """A row of the run's history."""
        self._run.log({"epoch": number, **{f"train/{k}": v for k, v in values.items()}}, step=number)

    def kept(self, values: Numbers) -> None:
        """The run's summary."""
        self._run.summary.update({f"kept/{k}": v for k, v in values.items()})

    def report(self, files: Mapping[str, bytes]) -> None:
        """An artifact of all files."""
        artifact = wandb.Artifact(f"report-{self._run.id}", type="report")
        for name, content in files.items():
            with artifact.new_file(name, mode="wb") as file:
                file.write(content)
        self._run.log_artifact(artifact)

    def close(self, failed: bool) -> None:
        """The run is over."""
        self._run.finish(exit_code=int(failed))
