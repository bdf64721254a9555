"""Models with a latent space: the protocol that every one follows, and the network that lfd trains.

torch is imported by `bags`, `network` and `wrapper` only.
"""
