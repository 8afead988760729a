"""Layers of a PDF file (optional content): which of them a viewer does not show when it opens the file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pypdf import PdfReader

MAX_LAYERS = 1000  # of one file, and of one group of them


class Layers:
    """Layers that are off. Rules that a program works out (`/VE`, `/AS`) switch nothing off."""

    def __init__(self, reader: PdfReader) -> None:
        """Read the default configuration. Raises what pypdf raises for a broken one."""
        properties = _dictionary(reader.root_object, "/OCProperties")
        default = _dictionary(properties, "/D")
        off, on = _numbers(default.get("/OFF")), _numbers(default.get("/ON"))
        is_off_by_default = default.get("/BaseState") == "/OFF"
        self._off = off | (_numbers(properties.get("/OCGs")) - on) if is_off_by_default else off

    def is_off(self, membership: Any) -> bool:
        """Return whether what belongs to a layer, or to a group of layers with a rule, is not shown."""
        if not self._off or membership is None:
            return False
        group = membership.get_object()
        if group.get("/Type") != "/OCMD":
            return _number(membership) in self._off
        layers = group.get("/OCGs")
        found = layers.get_object() if layers is not None else None
        members = found if isinstance(found, list) else [layers] if found is not None else []
        states = [_number(member) in self._off for member in members[:MAX_LAYERS]]
        if not states or "/VE" in group:
            return False
        rules = {"/AllOn": any(states), "/AnyOff": not any(states), "/AllOff": not all(states)}
        return rules.get(group.get("/P"), all(states))


def _dictionary(of: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = of[key].get_object() if key in of else {}
    return found if isinstance(found, Mapping) else {}


def _numbers(layers: Any) -> set[int]:
    """Return the object numbers of an array of layers."""
    found = layers.get_object() if layers is not None else []
    return {number for layer in found[:MAX_LAYERS] if (number := _number(layer)) is not None}


def _number(layer: Any) -> int | None:
    """Return the object number of a layer, None for one that stands in no object of its own."""
    reference = getattr(layer, "indirect_reference", None) or layer
    number = getattr(reference, "idnum", None)
    return number if isinstance(number, int) else None
