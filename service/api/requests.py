"""Requests to the endpoints, as models, and the problems of invalid ones. Bodies and parameters come in."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, TypeVar
from urllib.parse import quote as percent

from pydantic import Field, ValidationError
from pydantic.config import JsonDict
from pydantic_core import ErrorDetails

from pincite.service.api.fields import (
    MAX_PAGE,
    REPEATED,
    WITHOUT_NUL,
    Filters,
    IsText,
    Names,
    Options,
    Request,
    Text,
    Whole,
)
from pincite.service.guard.problems import Problem

MAX_BATCH = 20  # questions in a batch
MAX_QUOTE = 2000  # code points in a quote
SHORT_NAME = "q"  # of the parameter `question`
_MAX_ERRORS = 20  # listed in one problem
_MAX_NAME = 80  # characters of a parameter's name that a problem repeats
_NUMBER = re.compile(r"-?[0-9]{1,40}(\.[0-9]{1,40})?([eE][+-]?[0-9]{1,3})?")


_QUESTION_OR_QUERY: JsonDict = {"examples": ["What is ALS?", {"question": "What causes ALS?", "k": 1}]}
Quote = Annotated[str, Field(min_length=1, max_length=MAX_QUOTE), IsText, Field(json_schema_extra=WITHOUT_NUL)]


class _Question(Request):
    question: Text = Field(description="A question in plain words.", examples=["How long do people live with ALS?"])


class _Questions(Request):
    questions: list[Annotated[str | dict[str, Any], Field(json_schema_extra=_QUESTION_OR_QUERY)]] = Field(
        min_length=1,
        max_length=MAX_BATCH,
        description="Each is text, or an object with the fields of Query, which count before the options for all.",
    )


# Fields of the last base come first: the question, then its options, then the filters.
class Query(Filters, Options, _Question):
    """A question, how many passages to answer it with, and where to look."""


class Batch(Filters, Options, _Questions):
    """Several questions in one request, and options for all of them. One that is not valid gets an error of its own."""

    def query(self, position: int) -> Query:
        """Return one of the questions, with the options for all. Raises Problem, pointing at each field at fault."""
        entry = self.questions[position]
        own = {"question": entry} if isinstance(entry, str) else entry
        shared = {name: getattr(self, name) for name in self.model_fields_set - {"questions"}}
        return from_fields(Query, {**shared, **own}, ("questions", position))


class Quotation(Request):
    """Words that are said to be in the documents."""

    quote: Quote = Field(examples=["Life expectancy after ALS is diagnosed averages three to five years."])
    documents: Names | None = Field(default=None, description="Look in these documents alone, by id.")


class Cited(Request):
    """A citation as an answer gave it. Document, range, quote and digest are needed; the rest may stay in it."""

    document: Text
    start: Whole = Field(ge=0, le=10**12)
    end: Whole = Field(ge=0, le=10**12)
    quote: Annotated[
        str,
        Field(min_length=1, max_length=20 * MAX_QUOTE),
        IsText,
        Field(json_schema_extra=WITHOUT_NUL),
    ]
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    path: list[Text] | None = None
    title: Text | None = None
    url: Text | None = None
    source_url: Text | None = None
    publisher: Text | None = None
    based_on: Text | None = None
    language: Text | None = None
    page: Text | None = None


class _Prefix(Request):
    prefix: Annotated[str, Field(max_length=200), IsText] = Field(
        default="",
        description="What is typed: each of its words stands inside some word of a suggestion.",
        json_schema_extra=WITHOUT_NUL,
    )
    limit: Whole = Field(default=10, ge=1, le=MAX_PAGE)


class Prefix(Filters, _Prefix):
    """Which questions to suggest."""


class _Page(Request):
    limit: Whole = Field(default=MAX_PAGE, ge=1, le=MAX_PAGE)
    after: Text = Field(default="", description="The id of the last entry of the part before.")


class Page(Filters, _Page):
    """Which part of a list."""


class NoParameters(Request):
    """No parameters."""


R = TypeVar("R", bound=Request)

_MESSAGES: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "missing": lambda c: "is missing",
    "extra_forbidden": lambda c: "is not known here",
    "string_type": lambda c: "must be text",
    "list_type": lambda c: "must be a list",
    "model_type": lambda c: "must be an object",
    "invalid_key": lambda c: "has a field whose name is not text",
    "int_type": lambda c: "must be a whole number",
    "float_type": lambda c: "must be a number",
    "finite_number": lambda c: "must be a number",
    "bool_type": lambda c: "must be true or false",
    "greater_than_equal": lambda c: f"must be {c['ge']:g} or more",
    "less_than_equal": lambda c: f"must be {c['le']:g} or less",
    "string_too_long": lambda c: f"has more than {c['max_length']:,} characters",
    "string_too_short": lambda c: "is empty",
    "string_pattern_mismatch": lambda c: "is not a SHA-256 in lower-case hexadecimal digits",
    "too_long": lambda c: f"has more than {c['max_length']} entries",
    "too_short": lambda c: "is empty",
}


def from_body(model: type[R], body: bytes) -> R:
    """Parse a request from a JSON body. Raises Problem, pointing at each field that is wrong."""
    fields = _read(body)
    if not isinstance(fields, dict):
        raise invalid([{"pointer": "#", "detail": "must be an object, such as {" + _example(model) + "}"}])
    return from_fields(model, fields)


def from_fields(model: type[R], fields: Mapping[str, Any], place: Sequence[int | str] = ()) -> R:
    """Parse a request from its fields; `place` is their JSON path in the body. Raises Problem, pointing at faults."""
    try:
        return model.model_validate(fields)
    except ValidationError as error:
        faults = [{"pointer": pointer([*place, *_field(e["loc"])]), "detail": _message(e)} for e in _listed(error)]
        raise invalid(faults) from None


def from_parameters(model: type[R], parameters: Mapping[str, Sequence[str]]) -> R:
    """Parse a request from the parameters of an address. Raises Problem, naming each that is wrong.

    `q` is a short name for `question`.
    """
    repeated = [name for name, values in parameters.items() if len(values) > 1 and name not in REPEATED]
    if repeated:
        raise invalid(
            [{"parameter": name[:_MAX_NAME], "detail": "is given more than once"} for name in repeated[:_MAX_ERRORS]]
        )
    known = {field: field for field in model.model_fields}
    if "question" in known:
        known[SHORT_NAME] = "question"
        if {SHORT_NAME, "question"} <= parameters.keys():
            raise invalid([{"parameter": SHORT_NAME, "detail": "is the same as question: give one of them"}])
    fields = {known.get(name, f"?{name}"): _typed(known.get(name), values) for name, values in parameters.items()}
    try:
        return model.model_validate(fields)
    except ValidationError as error:
        asked = SHORT_NAME if SHORT_NAME in parameters else "question"
        raise invalid(
            [{"parameter": _parameter(e["loc"], asked), "detail": _message(e)} for e in _listed(error)]
        ) from None


def validation_message(error: ValidationError) -> str:
    """Describe what is wrong, field by field, in one line."""
    return "; ".join(f"{'.'.join(map(str, e['loc']))} {_message(e)}" for e in _listed(error))


def refuse_parameters(parameters: Mapping[str, Any]) -> None:
    """Refuse parameters in the address of a request with a body. Raises Problem."""
    if parameters:
        names = list(parameters)[:_MAX_ERRORS]
        raise invalid([{"parameter": n[:_MAX_NAME], "detail": "belongs in the body, or is not known"} for n in names])


def invalid(errors: Sequence[Mapping[str, str]]) -> Problem:
    """Return the problem that names fields or parameters at fault."""
    place = "; ".join(f"{e.get('pointer') or e.get('parameter')} {e['detail']}" for e in errors)
    return Problem("invalid-request", f"{place}.", errors)


def pointer(location: Sequence[int | str]) -> str:
    """Write a JSON pointer as a URI fragment (RFC 6901, section 6)."""
    steps = (str(step).replace("~", "~0").replace("/", "~1") for step in location)
    return "#" + "".join("/" + percent(step[:_MAX_NAME], safe="~", errors="replace") for step in steps)


def _example(model: type[Request]) -> str:
    first = next(iter(model.model_fields))
    return f'"{first}": {"[...]" if first == "questions" else chr(34) + "..." + chr(34)}'


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


def _typed(field: str | None, values: Sequence[str]) -> Any:
    """Convert a parameter's values, one of most fields, to the JSON value that a body would hold."""
    if field in REPEATED:
        return list(values)
    value = values[0]
    if field == "verbatim":
        return {"true": True, "1": True, "false": False, "0": False}.get(value, value)
    if field in ("documents", "sections"):
        return value.split(",")
    if field == "minimum_confidence":
        return float(value) if _NUMBER.fullmatch(value) else value
    whole = field in ("k", "limit", "offset") and value.isascii() and value.isdigit() and len(value) < 10
    return int(value) if whole else value


def _listed(error: ValidationError) -> list[ErrorDetails]:
    return error.errors(include_url=False, include_input=False)[:_MAX_ERRORS]


def _message(error: ErrorDetails) -> str:
    write = _MESSAGES.get(error["type"])
    return write(error.get("ctx", {})) if write else error["msg"]


def _parameter(location: tuple[int | str, ...], question: str) -> str:
    """Return the name of a parameter at fault. question: the name that the question was given by."""
    name = str(location[0])
    return question if name == "question" else name.removeprefix("?")[:_MAX_NAME]


def _field(location: tuple[int | str, ...]) -> tuple[int | str, ...]:
    """Return the place of a fault in JSON, without which kind of entry was tried."""
    return location[:2] if location[:1] == ("questions",) else location
