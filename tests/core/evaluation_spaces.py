"""Latent spaces whose users are where the test puts them."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import sparse

from lfd.core.alignment.directions import KINDS
from lfd.core.alignment.rotated import Rotation
from lfd.core.evaluation.space import Alignments, Positions


def turn(degrees):
    """Two axes turned."""
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return np.array([[c, -s], [s, c]])


def placed(strengths, mixing, names, kinds=KINDS, q=0.001, noisy=False):
    """Users at strengths @ mixing, and an alignment that knows: aligned axis f is factor f."""
    latent = mixing.shape[1]
    rotation = Rotation(
        np.zeros(latent), np.linalg.inv(mixing), mixing, rank=latent, names=tuple(names), method="attributes"
    )
    concepts = pd.DataFrame(
        {"concept": names, "attribute": names, "value": None, "kind": "ordered", "z_given": 9.0, "q": q}
    )
    directions = {kind: np.eye(latent)[: len(names)] for kind in kinds}
    return Positions(strengths @ mixing, Alignments(rotation, concepts, directions), noisy)


def one_item_each(users, items=7):
    """Everybody has an item; who has which says nothing."""
    item = np.arange(users) % items
    return sparse.csr_array((np.ones(users, np.float32), (np.arange(users), item)), shape=(users, items))
