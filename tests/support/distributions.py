"""Distributions that an installation brings."""

from __future__ import annotations

import importlib.metadata

from packaging.requirements import Requirement


def serving_distributions() -> set[str]:
    """Return what `pip install pincite` brings, without any extra: the closure of its requirements."""
    found: set[str] = set()
    todo = ["pincite"]
    while todo:
        name = todo.pop().lower().replace("_", "-")
        if name in found:
            continue
        found.add(name)
        requirements = [Requirement(r) for r in importlib.metadata.requires(name) or ()]
        todo += [r.name for r in requirements if not r.marker or r.marker.evaluate({"extra": ""})]
    return found
