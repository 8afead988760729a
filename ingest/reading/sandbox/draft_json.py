"""Drafts as JSON, by the fields of their dataclasses; what comes back is checked as if it came from a stranger.

A dataclass is the list of its fields' values. A field that joins Draft, Part or Source is carried with no change here.
"""

from __future__ import annotations

import types
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from functools import cache
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from pincite.ingestion.reading.draft import Draft

MAX_NUMBER = 1_000_000  # of a level, a page and the like
Decoder = Callable[[Any], Any]


def encode_draft(draft: Draft) -> list[Any]:
    """Return a draft as lists, strings, numbers and None."""
    encoded = _encode(draft)
    assert isinstance(encoded, list)
    return encoded


def decode_draft(value: object) -> Draft:
    """Return the draft that `value` is of, cleaned once more. Raises ValueError where it is of none."""
    draft = _decoder(Draft)(value)
    assert isinstance(draft, Draft)
    return draft


def _encode(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_encode(each) for each in value]
    if is_dataclass(value) and not isinstance(value, type):
        return [_encode(getattr(value, name)) for name in _field_names(type(value))]
    return value


@cache
def _field_names(kind: type) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind))


@cache
def _decoder(hint: Any) -> Decoder:
    """Return a function that takes decoded JSON to a value of a type, or raises ValueError."""
    arguments = get_args(hint)
    if hint is str or hint is bool:
        return lambda value: _require(value, type(value) is hint)
    if hint is int:
        return lambda value: _require(value, type(value) is int and 0 <= value <= MAX_NUMBER)
    if get_origin(hint) is Literal:
        return lambda value: _require(value, isinstance(value, str) and value in arguments)
    if get_origin(hint) in (Union, types.UnionType) and len(arguments) == 2 and arguments[1] is type(None):
        decode_present = _decoder(arguments[0])
        return lambda value: None if value is None else decode_present(value)
    if get_origin(hint) is tuple and arguments[1:] == (...,):
        decode_each = _decoder(arguments[0])
        return lambda value: tuple(map(decode_each, _require(value, type(value) is list)))
    if is_dataclass(hint):
        return _dataclass_decoder(hint)
    raise TypeError(f"a draft holds {hint}, for which there is no JSON")


def _dataclass_decoder(kind: Any) -> Decoder:
    hints = get_type_hints(kind)
    names = _field_names(kind)
    decoders = tuple(_decoder(hints[name]) for name in names)

    def decode(value: Any) -> Any:
        _require(value, type(value) is list and len(value) == len(names))
        return kind(**{name: decoder(each) for name, decoder, each in zip(names, decoders, value, strict=True)})

    return decode


def _require(value: Any, is_valid: bool) -> Any:
    if not is_valid:
        raise ValueError(f"{str(value)[:80]!r} cannot stand in a draft")
    return value
