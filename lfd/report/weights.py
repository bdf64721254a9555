"""A model's weights as a page reads them: layers of a network, or a linear model with its way to fold in.

    encode   x / |x| -> rows of `first`, summed, + bias -> (tanh -> layer) ...   or folded in by least squares
    decode   z -> layer (-> tanh -> layer) ... x scale

Every kind of model that a run can hold is one of these. Knows arrays; knows no run and no page.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from lfd.core.models.build import FACTORS

Arrays = Mapping[str, npt.NDArray[Any]]
Array = dict[str, Any]


@dataclass(frozen=True)
class Weights:
    """What the page computes with.

    Attributes
    ----------
    encoder : first and bias and further layers, or what folds a history in
    decoder : layers, each weight and bias (None for none)
    scale : of the scores
    per_item : bytes of arrays for each item
    """

    encoder: dict[str, Any]
    decoder: list[dict[str, Any]]
    scale: float
    per_item: int


def page_weights(config: Mapping[str, Any], arrays: Arrays, items: npt.NDArray[np.intp]) -> Weights:
    """The weights of a model, of some of its items.

    Parameters
    ----------
    config : as in model/config.yaml
    arrays : as in model/weights.safetensors
    items : the rows of those items that are in the page

    Returns
    -------
    Weights
    """
    if config.get("model") == "svd":
        return _svd(arrays, items)
    if config.get("model") in FACTORS:
        return _factors(config, arrays, items)
    return _network(arrays, items)


def array(values: npt.NDArray[Any], kind: str = "f4") -> Array:
    """An array as base64 of its little-endian bytes, with its type and shape.

    Parameters
    ----------
    values : numpy.ndarray
    kind : f4, f8, u2 or u4
    """
    data = np.ascontiguousarray(values.astype(f"<{kind}"))
    return {"type": kind, "shape": list(values.shape), "data": base64.b64encode(data.tobytes()).decode()}


def _network(arrays: Arrays, items: npt.NDArray[np.intp]) -> Weights:
    down = [_layer(arrays, f"down.{n}") for n in range(_count(arrays, "down"))]
    up = _count(arrays, "up")
    inner = [_layer(arrays, f"up.{n}") for n in range(up - 1)]
    last = arrays[f"up.{up - 1}.weight"], arrays[f"up.{up - 1}.bias"]
    encoder: dict[str, Any] = {
        "kind": "layers",
        "first": array(arrays["first"][items]),
        "bias": array(arrays["first_bias"]),
        "layers": down,
    }
    decoder = [*inner, {"weight": array(last[0][items]), "bias": array(last[1][items])}]
    return Weights(encoder, decoder, 1.0, 4 * (arrays["first"].shape[1] + last[0].shape[1] + 1))


def _count(arrays: Arrays, part: str) -> int:
    return sum(name.startswith(f"{part}.") and name.endswith(".weight") for name in arrays)


def _layer(arrays: Arrays, name: str) -> dict[str, Any]:
    return {"weight": array(arrays[f"{name}.weight"]), "bias": array(arrays[f"{name}.bias"])}


def _svd(arrays: Arrays, items: npt.NDArray[np.intp]) -> Weights:
    encoder: dict[str, Any] = {
        "kind": "layers",
        "first": array(arrays["encoder"][items]),
        "bias": None,
        "layers": [],
    }
    decoder = [{"weight": array(arrays["decoder"].T[items]), "bias": None}]
    return Weights(encoder, decoder, 1.0, 8 * arrays["encoder"].shape[1])


def _factors(config: Mapping[str, Any], arrays: Arrays, items: npt.NDArray[np.intp]) -> Weights:
    """The products of all items' factors go along: folding in knows those that are not in the page."""
    factors = arrays["item_factors"].astype(np.float64)
    products = factors.T @ factors + float(config["ridge"]) * np.eye(factors.shape[1])
    encoder: dict[str, Any] = {
        "kind": "folded",
        "factors": array(arrays["item_factors"][items]),
        "products": array(products, "f8"),
        "fold_in": array(arrays["fold_in"]),
        "alpha": float(config["alpha"]),
    }
    decoder = [{"weight": array(arrays["decoder"][items]), "bias": array(arrays["item_bias"][items])}]
    return Weights(encoder, decoder, float(config["temperature"]), 4 * (2 * factors.shape[1] + 1))
