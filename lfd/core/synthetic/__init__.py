"""Synthetic data whose factors are known: see `generate`."""

from lfd.core.synthetic.generate import Synthetic, UserChunk, generate

__all__ = ["Synthetic", "UserChunk", "generate"]
