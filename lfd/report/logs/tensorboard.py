"""TensorBoard: event files, through PyTorch's own writer."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from pathlib import Path, PurePath
from typing import Any

from torch.utils.tensorboard import SummaryWriter

from lfd.report.logs.logger import Numbers


class TensorBoard:
    """Epochs as scalars, options as hyperparameters, the report as text and images."""

    def __init__(self, folder: Path, title: str, first: int) -> None:
        self._writer: Any = SummaryWriter(str(folder), purge_step=first or None)
        self._options: dict[str, Any] = {}

    def options(self, values: Mapping[str, Any]) -> None:
        """A table of the options, and their place among the hyperparameters."""
        self._options = {
            k: v if isinstance(v, bool | int | float | str) else json.dumps(v) for k, v in values.items()
        }
        rows = "".join(f"| {k} | {v} |\n" for k, v in self._options.items())
        self._writer.add_text("options", f"| option | value |\n| --- | --- |\n{rows}")

    def epoch(self, number: int, values: Numbers) -> None:
        """A point of each curve."""
        for name, value in values.items():
            self._writer.add_scalar(f"train/{name}", value, number)
        self._writer.flush()

    def kept(self, values: Numbers) -> None:
        """The options' outcome, by which trainings are compared."""
        kept = {f"kept/{name}": value for name, value in values.items()}
        self._writer.add_hparams(self._options, kept, run_name=".")

    def report(self, files: Mapping[str, bytes]) -> None:
        """Markdown as text, JSON as code, PNG pictures as images."""
        for name, content in files.items():
            path = PurePath(name)
            if path.suffix == ".png":
                self._writer.add_image(f"report/{path.stem}", _pixels(content), dataformats="HWC")
            elif path.suffix in (".md", ".json"):
                text = content.decode()
                self._writer.add_text(f"report/{path.name}", text if path.suffix == ".md" else _code(text))

    def close(self, failed: bool) -> None:
        """Write what is left."""
        self._writer.close()


def _code(text: str) -> str:
    return "".join(f"    {line}\n" for line in text.splitlines())


def _pixels(content: bytes) -> Any:
    import numpy as np
    from PIL import Image

    return np.asarray(Image.open(io.BytesIO(content)).convert("RGB"))
