"""Concepts in latent space: where item metadata are read and steered, and axes that any seed confirms.

`align.align` does all of it; the other modules are its steps, each usable on arrays alone.
"""
