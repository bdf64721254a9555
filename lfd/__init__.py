"""lfd: train latent-factor recommenders and read what each latent dimension encodes."""

__version__ = "0.1.0"
