"""What the query endpoint takes, and what it says about anything else. Requests come in as plain values."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator
from pydantic_core import ErrorDetails, PydanticCustomError

from service.problems import Problem

MOST = 50  # passages in an answer
_SHOWN = 20  # errors listed in one problem


class Query(BaseModel):
    """A question and how many passages to answer it with."""

    model_config = ConfigDict(extra="forbid", strict=True)

    question: str
    k: int = Field(default=5, ge=1, le=MOST)
    verbatim: bool = False  # search the question as typed: no spelling is mended

    @field_validator("question")
    @classmethod
    def _is_text(cls, question: str) -> str:
        if "\0" in question:
            raise PydanticCustomError("nul", "holds the character NUL, which is not text")
        if any("\ud800" <= character <= "\udfff" for character in question):
            raise PydanticCustomError("surrogate", "holds half of a surrogate pair, which is not text")
        return question


_SAYS = {
    "missing": "is missing",
    "extra_forbidden": "is not known here",
    "string_type": "must be text",
    "invalid_key": "has a field whose name is not text",
    "int_type": "must be a whole number",
    "bool_type": "must be true or false",
    "greater_than_equal": f"must be from 1 to {MOST}",
    "less_than_equal": f"must be from 1 to {MOST}",
}


def from_body(body: bytes) -> Query:
    """A query from a JSON body. Raises Problem, pointing at each field that is wrong."""
    fields = _read(body)
    if not isinstance(fields, dict):
        raise _invalid([{"pointer": "#", "detail": 'must be an object, such as {"question": "..."}'}])
    try:
        return Query.model_validate(fields)
    except ValidationError as error:
        raise _invalid([{"pointer": _pointer(e["loc"]), "detail": _say(e)} for e in _listed(error)]) from None


def from_parameters(parameters: Mapping[str, Sequence[str]]) -> Query:
    """A query from the parameters of an address: q, and k and verbatim or not. Raises Problem, naming each at fault."""
    repeated = [name for name, values in parameters.items() if len(values) > 1]
    if repeated:
        raise _invalid([{"parameter": name, "detail": "is given more than once"} for name in repeated[:_SHOWN]])
    known = {"q": "question", "k": "k", "verbatim": "verbatim"}
    # "question" is a field of the body; as a parameter it is as unknown as any other
    fields = {known.get(name, f"?{name}"): _typed(name, values[0]) for name, values in parameters.items()}
    try:
        return Query.model_validate(fields)
    except ValidationError as error:
        raise _invalid([{"parameter": _parameter(e["loc"]), "detail": _say(e)} for e in _listed(error)]) from None


def refuse_parameters(parameters: Mapping[str, Any]) -> None:
    """A query in a body takes no parameters beside it. Raises Problem."""
    if parameters:
        names = list(parameters)[:_SHOWN]
        raise _invalid([{"parameter": name, "detail": "belongs in the body, or is not known"} for name in names])


def _read(body: bytes) -> Any:
    try:
        return json.loads(body.decode("utf-8"), parse_constant=_refuse_constant)
    except UnicodeDecodeError as error:
        raise Problem("not-json", f"The body is not UTF-8 at byte {error.start}.") from None
    except json.JSONDecodeError as error:
        raise Problem("not-json", f"Line {error.lineno}, column {error.colno}: {error.msg}.") from None
    except (ValueError, RecursionError):  # NaN, a number of thousands of digits, endless nesting
        raise Problem("not-json", "The body holds a number or a nesting that is not taken.") from None


def _refuse_constant(name: str) -> None:
    raise ValueError(name)


def _typed(name: str, value: str) -> str | int | bool:
    """A parameter's value as the JSON value that a body would hold."""
    if name == "verbatim":
        return {"true": True, "1": True, "false": False, "0": False}.get(value, value)
    return int(value) if name == "k" and value.isascii() and value.isdigit() and len(value) < 10 else value


def _listed(error: ValidationError) -> list[ErrorDetails]:
    return error.errors(include_url=False, include_context=False, include_input=False)[:_SHOWN]


def _say(error: ErrorDetails) -> str:
    return _SAYS.get(error["type"], error["msg"])


def _pointer(location: tuple[int | str, ...]) -> str:
    """A JSON pointer as a URI fragment (RFC 6901, section 6)."""
    steps = (str(step).replace("~", "~0").replace("/", "~1") for step in location)
    return "#" + "".join("/" + quote(step[:80], safe="~", errors="replace") for step in steps)


def _parameter(location: tuple[int | str, ...]) -> str:
    name = str(location[0])
    return "q" if name == "question" else name.removeprefix("?")[:80]


def _invalid(errors: Sequence[Mapping[str, str]]) -> Problem:
    place = "; ".join(f"{e.get('pointer') or e.get('parameter')} {e['detail']}" for e in errors)
    return Problem("invalid-request", f"{place}.", errors)
