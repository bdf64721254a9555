"""How a network is trained: `fit` takes interactions and settings and gives weights."""
