"""Revisions of documents, and fingerprints of what vectors and terms are made with. Values come in, digests go out."""

from __future__ import annotations

import hashlib
import inspect
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from pincite.index.query import analysis, compatibility
from pincite.index.types import Document, Passage


def revision_of(document: Document, passages: Sequence[Passage]) -> str:
    """Return a digest of everything that a store holds of a document but its vectors: 16 hexadecimal digits."""
    outline = [[asdict(part) for part in parts] for parts in (document.blocks, document.sections, document.pages)]
    fields = [document.id, document.title, document.sha256, asdict(document.source), document.language, document.tags]
    cut = [[p.section, p.position, p.start, p.end, p.sentences, p.lead_ins] for p in passages]
    return _digest([fields, outline, cut])


def fingerprint_of(manifest: Mapping[str, Any]) -> str:
    """Return a digest of what the vectors and terms of a bundle were made with: 16 hexadecimal digits."""
    model = manifest["model"]
    rules = [inspect.getsource(module) for module in (analysis, compatibility)]
    made_with = [model["sha256"], model["precision"], model["exporter"], model["dimension"]]
    return _digest([manifest["format"], made_with, manifest["settings"], rules])


def _digest(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:16]
