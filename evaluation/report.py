"""Text of an evaluation, for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

MAX_LISTED_IDS = 5  # further ones are only counted; JSON has all


def table(result: Mapping[str, Any]) -> str:
    """Format the result of summarise() as text, with a comparison if it has `against`."""
    return "\n".join(_lines(result))


def _lines(result: Mapping[str, Any]) -> Iterator[str]:
    for name, value in result.items():
        if name == "against":
            yield from _against(value)
        elif name == "statuses":
            yield ""
            yield from (f"{kind}: " + _joined(counts) for kind, counts in value.items())
        elif name == "shares of statuses":
            for kind, shares in value.items():
                yield from ("", kind, *_figures(shares))
        elif name == "refused":
            yield f"refused {len(value)}: " + _some_ids(
                [f"{question['id']} ({question['problem']})" for question in value]
            )
        elif name == "index" and isinstance(value, dict):
            yield f"index: {_joined(value)}"
        elif not isinstance(value, dict):
            yield f"{name}: {value}"
        elif all(isinstance(share, float) for share in value.values()):
            yield from ("", f"{name}: " + ", ".join(f"{group or '-'} {share:.2f}" for group, share in value.items()))
        else:
            yield from ("", *([] if name == "measures" else [name]), *_figures(value))


def _against(value: Mapping[str, Any]) -> Iterator[str]:
    yield from ("", f"minus {value['run']}, on {value['questions']} questions that both rank")
    yield from _figures(value["measures"])
    for side in ("only here", "only there"):
        if value[side]:
            yield f"{side}, left out, {len(value[side])}: " + _some_ids(value[side])


def _figures(figures: Mapping[str, Any]) -> Iterator[str]:
    width = max((len(name) for name in figures), default=0)
    for name, f in figures.items():
        low, high = f["interval"]
        if "difference" in f:
            record = f"   p {f['p']:.4f}   {f['wins']} won, {f['ties']} tied, {f['losses']} lost"
            yield f"{name:<{width}}   {f['difference']:+.3f}   [{low:+.3f}, {high:+.3f}]{record}"
        else:
            yield f"{name:<{width}}   {f.get('mean', f.get('value')):.3f}   [{low:.3f}, {high:.3f}]"


def _joined(values: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in values.items())


def _some_ids(ids: list[str]) -> str:
    more = len(ids) - MAX_LISTED_IDS
    return ", ".join(ids[:MAX_LISTED_IDS]) + (f" and {more} more" if more > 0 else "")
