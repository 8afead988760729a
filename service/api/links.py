"""Links in replies: relative to the service, or absolute where its public address is known. JSON in, JSON out."""

from __future__ import annotations

from typing import Any, TypeVar

T = TypeVar("T")


def with_base(reply: T, base: str) -> T:
    """Return a reply whose `url` members, as far as they are relative to the service, begin with `base`.

    >>> with_base({"url": "/documents/als", "source": {"url": "https://clinic.example/"}}, "https://pincite.example")
    {'url': 'https://pincite.example/documents/als', 'source': {'url': 'https://clinic.example/'}}
    """
    return _with_base(reply, base) if base else reply


def _with_base(value: Any, base: str) -> Any:
    if isinstance(value, list):
        return [_with_base(entry, base) for entry in value]
    if not isinstance(value, dict):
        return value
    reply = {name: _with_base(part, base) for name, part in value.items()}
    if isinstance(url := reply.get("url"), str) and url.startswith("/"):
        reply["url"] = base + url
    return reply
