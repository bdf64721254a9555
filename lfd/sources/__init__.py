"""How real data comes in: MovieLens, RecBole, and tables of any kind, from files, archives and pipes.

`recognise` looks, `load` reads. Imports nothing of runs, reports or the command line.
"""

from __future__ import annotations

from lfd.sources.loaded import Loaded, Scale
from lfd.sources.loading import load
from lfd.sources.recognised import Column, Recognised, SideTable, Table
from lfd.sources.recognition import recognise

__all__ = ["Column", "Loaded", "Recognised", "Scale", "SideTable", "Table", "load", "recognise"]
