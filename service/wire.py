"""An answer as the JSON that callers may rely on: the query endpoint and `pincite ask --json` give the same."""

from __future__ import annotations

from typing import Any

from index.vocabulary import Answer, Citation, Hit


def to_json(answer: Answer) -> dict[str, Any]:
    """The wire format of docs/design.md. Fields may join it; these keep their names."""
    return {
        "question": answer.question,
        "searched": answer.searched,
        "mends": [{"typed": mend.typed, "searched": mend.searched} for mend in answer.mends],
        "status": answer.status,
        "unmet": list(answer.unmet),
        "confidence": round(answer.confidence, 4),
        "index": answer.index,
        "took_ms": round(answer.took_ms, 1),
        "hits": [_hit(hit) for hit in answer.hits],
    }


def _hit(hit: Hit) -> dict[str, Any]:
    return {
        "rank": hit.rank,
        "score": round(hit.score, 6),
        "scores": {name: round(score, 6) for name, score in hit.scores.items()},
        "passage": hit.passage.id,
        "text": hit.citation.quote,
        "evidence": [{"start": e.start, "end": e.end, "quote": e.quote} for e in hit.evidence],
        "citation": _citation(hit.citation),
    }


def _citation(citation: Citation) -> dict[str, Any]:
    return {
        "document": citation.document,
        "title": citation.title,
        "path": list(citation.path),
        "start": citation.start,
        "end": citation.end,
        "quote": citation.quote,
        "sha256": citation.sha256,
        "url": citation.url,
        "source_url": citation.source_url,
    }
