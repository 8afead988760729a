"""The OpenAPI 3.1 description of the endpoints, made from the models that check what comes in and goes out."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from typing import Any, Literal

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from pincite import __version__
from pincite.index.query.normalise import is_blank
from pincite.service.api import requests, responses
from pincite.service.guard.problems import KINDS

_REFERENCE = "#/components/schemas/{model}"
_QUESTION = "How long do people live with ALS?"
_QUOTE = "Life expectancy after ALS is diagnosed averages three to five years."
_CITED = {"document": "als", "start": 9859, "end": 9927, "quote": _QUOTE, "sha256": "0" * 64}
_NAMES = {
    "document": ("The id of a document.", "als"),
    "section": ("The id of a section in its document.", "outlook-prognosis--als-life-expectancy"),
    "passage": ("The id of a passage in its document: section:position.", "outlook-prognosis--als-life-expectancy:1"),
}


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one address."""

    method: str
    path: str
    id: str
    summary: str
    takes: type[requests.Request]
    gives: type[BaseModel] | None
    example: dict[str, Any] | None = None
    told: str = ""


OPERATIONS = (
    Operation(
        "get",
        "/v1/query",
        "queryByAddress",
        "Answer a question in an address",
        requests.Query,
        responses.Answer,
        {"q": _QUESTION, "k": 3},
        "The passages that answer, best first, quoted word for word. The status says whether they do: `answered`, "
        "`related` (near, but may not answer) or `not_found`. Lists in parameters have commas between their entries.",
    ),
    Operation(
        "post",
        "/v1/query",
        "query",
        "Answer a question",
        requests.Query,
        responses.Answer,
        {"question": _QUESTION, "k": 3},
        "As GET, but the question stays out of addresses and of the logs that hold them.",
    ),
    Operation(
        "post",
        "/v1/batch",
        "batch",
        "Answer several questions",
        requests.Batch,
        responses.Answers,
        {"questions": [{"question": _QUESTION}, {"question": "What causes ALS?", "k": 1}]},
        "Up to 20, answered from one index in the order of asking.",
    ),
    Operation(
        "get", "/v1/documents", "listDocuments", "List the documents", requests.Page, responses.Documents, {"limit": 10}
    ),
    Operation(
        "get", "/v1/documents/{document}", "getDocument", "Get a document", requests.NoParameters, responses.Document
    ),
    Operation(
        "get",
        "/v1/documents/{document}/sections/{section}",
        "getSection",
        "Get a section",
        requests.NoParameters,
        responses.Section,
    ),
    Operation(
        "get",
        "/v1/documents/{document}/passages/{passage}",
        "getPassage",
        "Get a passage",
        requests.NoParameters,
        responses.Passage,
    ),
    Operation(
        "post",
        "/v1/locate",
        "locate",
        "Find a quote",
        requests.Quotation,
        responses.Located,
        {"quote": _QUOTE},
        "Whether the documents hold these words: `exact`, character for character; `near`, with every difference; or "
        "`absent`. For services that check what they cite.",
    ),
    Operation(
        "post",
        "/v1/verify",
        "verify",
        "Check a citation",
        requests.Cited,
        responses.Verified,
        _CITED,
        "Whether a citation, as an answer gave it, still holds against the documents that are served now.",
    ),
    Operation(
        "get", "/v1/suggest", "suggest", "Suggest questions", requests.Prefix, responses.Suggestions, {"prefix": "What"}
    ),
    Operation(
        "get", "/v1/about", "about", "What serves, and how often it errs", requests.NoParameters, responses.About
    ),
    Operation("get", "/v1/openapi.json", "openapi", "This description", requests.NoParameters, None),
)


@cache
def description() -> dict[str, Any]:
    """Build the whole OpenAPI document, as JSON values."""
    schemas = _schemas()
    paths: dict[str, dict[str, Any]] = {}
    for operation in OPERATIONS:
        paths.setdefault(operation.path, {})[operation.method] = _operation(operation, schemas)
    told = "Quotes the passages of its documents that answer a question, each with a citation. Not medical advice."
    return {
        "openapi": "3.1.0",
        "info": {"title": "pincite", "version": __version__, "description": told},
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "key": {"type": "http", "scheme": "bearer", "description": "Where keys are asked for."}
            },
        },
        "security": [{}, {"key": []}],
    }


def _schemas() -> dict[str, Any]:
    given = {o.gives for o in OPERATIONS if o.gives} | {responses.ProblemDetails}
    taken = {o.takes for o in OPERATIONS if o.method == "post"}
    modes: list[tuple[type[BaseModel], Literal["validation", "serialization"]]] = []
    modes += [(model, "validation") for model in sorted(taken, key=lambda m: m.__name__)]
    modes += [(model, "serialization") for model in sorted(given, key=lambda m: m.__name__)]
    _, definitions = models_json_schema(modes, ref_template=_REFERENCE)
    schemas: dict[str, Any] = definitions["$defs"]
    schemas["Query"]["properties"]["question"] |= _question()
    return schemas


@cache
def _question() -> dict[str, Any]:
    """Return the schema of a question: text with something in it that can be seen."""
    blank = [c for c in map(chr, range(sys.maxunicode + 1)) if not "\ud800" <= c <= "\udfff" and is_blank(c)]
    unseen = "".join(f"{a}-{b}" if a != b else a for a, b in _ranges(blank))
    return {"minLength": 1, "maxLength": 2000, "pattern": rf"^[^\u0000]*[^{unseen}][^\u0000]*$"}


def _ranges(characters: list[str]) -> Iterator[tuple[str, str]]:
    """Runs of neighbouring characters, each as a pattern names it."""
    for _, run in groupby(enumerate(characters), key=lambda pair: ord(pair[1]) - pair[0]):
        found = [c for _, c in run]
        yield _named(found[0]), _named(found[-1])


def _named(character: str) -> str:
    return f"\\u{ord(character):04x}" if character <= "\uffff" else character


def _operation(operation: Operation, schemas: dict[str, Any]) -> dict[str, Any]:
    content: dict[str, Any] = {"schema": {"type": "object"}}
    if operation.gives:
        content = {"schema": {"$ref": _REFERENCE.format(model=operation.gives.__name__)}}
    found: dict[str, Any] = {
        "operationId": operation.id,
        "summary": operation.summary,
        "description": operation.told or f"{operation.summary}.",
        "responses": {
            "200": {"description": "Done.", "content": {"application/json": content}},
            **_problems(operation),
        },
    }
    parameters = [_place(name) for name in re.findall(r"{(\w+)}", operation.path)]
    if operation.method == "post":
        body = {"schema": {"$ref": _REFERENCE.format(model=operation.takes.__name__)}, "example": operation.example}
        found["requestBody"] = {"required": True, "content": {"application/json": body}}
    else:
        parameters += _parameters(operation)
    return found | ({"parameters": parameters} if parameters else {})


def _place(name: str) -> dict[str, Any]:
    told, example = _NAMES[name]
    return {
        "name": name,
        "in": "path",
        "required": True,
        "description": told,
        "schema": {"type": "string"},
        "example": example,
    }


def _parameters(operation: Operation) -> list[dict[str, Any]]:
    schema = operation.takes.model_json_schema()
    found = []
    for field, value in schema.get("properties", {}).items():
        name = "q" if field == "question" else field
        parameter: dict[str, Any] = {"name": name, "in": "query", "required": field in schema.get("required", ())}
        parameter["description"] = value.get("description", f"The {field}.")
        parameter["schema"] = _plain(value) | (_question() if field == "question" else {})
        if parameter["schema"].get("type") == "array":
            parameter |= {"style": "form", "explode": False}
        if name in (operation.example or {}):
            parameter["example"] = (operation.example or {})[name]
        found.append(parameter)
    return found


def fields(schema: dict[str, Any]) -> list[dict[str, Any]]:
    """List the fields of a body as parameters are described, for a page."""
    needed = schema.get("required", ())
    listed = schema["properties"].items()
    return [{"name": n, "required": n in needed, "description": v.get("description"), "schema": v} for n, v in listed]


def kind_in_words(schema: dict[str, Any]) -> str:
    """Name the kind of value that a schema takes."""
    schema = _without_null(schema)
    bounds = [f"from {schema['minimum']} to {schema['maximum']}"] if "maximum" in schema else []
    bounds += [f"without it, {str(schema['default']).lower()}"] if schema.get("default") not in (None, "") else []
    names = {"integer": "whole number", "string": "text", "array": "list", "boolean": "true or false"}
    kind = names.get(schema.get("type", ""), schema.get("type", "object"))
    return f"({', '.join([kind, *bounds])})"


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of a value when it is given."""
    return next((part for part in schema.get("anyOf", ()) if part.get("type") != "null"), schema)


def _plain(value: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of a parameter, which cannot be null and has its name and meaning elsewhere."""
    value = _without_null(value)
    return {name: part for name, part in value.items() if name not in ("title", "description", "default", "examples")}


def _problems(operation: Operation) -> dict[str, Any]:
    named = "{" in operation.path or {"documents", "questions"} & set(operation.takes.model_fields)
    statuses = {422, 429, 500, 503, 401} | ({404} if named else set())
    statuses |= {400, 413, 415} if operation.method == "post" else {400}
    body = {"schema": {"$ref": _REFERENCE.format(model="ProblemDetails")}}
    content = {"application/problem+json": body}
    return {str(s): {"description": _meanings(s), "content": content} for s in sorted(statuses)}


def _meanings(status: int) -> str:
    return " Or: ".join(kind.title + "." for kind in KINDS.values() if kind.status == status) or "Refused."
