"""OpenAPI 3.1 document, made from the operations of the routes and the models of their requests and replies."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import groupby
from typing import Any, Literal

from pydantic import TypeAdapter
from typing_extensions import is_typeddict

from pincite import __version__
from pincite.index.query.normalise import is_blank
from pincite.service.api import responses
from pincite.service.api.endpoints import Operation
from pincite.service.guard.problems import KINDS

_REFERENCE = "#/components/schemas/{model}"
_PATH_PARAMETERS = {
    "document": ("The id of a document.", "als"),
    "section": ("The id of a section in its document.", "outlook-prognosis--als-life-expectancy"),
    "passage": ("The id of a passage in its document: section:position.", "outlook-prognosis--als-life-expectancy:1"),
}


@cache
def description(operations: tuple[Operation, ...], question_characters: int) -> dict[str, Any]:
    """Build the OpenAPI document of these operations, as JSON values.

    question_characters: the greatest length of a question that is answered.
    """
    question = _question_schema(question_characters)
    schemas = _schemas(operations)
    schemas["Query"]["properties"]["question"] |= question
    paths: dict[str, dict[str, Any]] = {}
    for operation in operations:
        paths.setdefault(operation.path, {})[operation.method] = _operation(operation, question)
    summary = "Quotes the passages of its documents that answer a question, each with a citation. Not medical advice."
    return {
        "openapi": "3.1.0",
        "info": {"title": "pincite", "version": __version__, "description": summary},
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "key": {"type": "http", "scheme": "bearer", "description": "Where keys are asked for."}
            },
        },
        "security": [{}, {"key": []}],
    }


def _schemas(operations: Iterable[Operation]) -> dict[str, Any]:
    """Make the schemas of all bodies: those of requests as they are validated, those of replies as they are sent."""
    bodies = {o.request for o in operations if o.method == "post"}
    replies = {o.reply for o in operations if is_typeddict(o.reply)} | {responses.ProblemDetails}
    models: list[tuple[str, Literal["validation", "serialization"], TypeAdapter[Any]]] = []
    models += [(m.__name__, "validation", TypeAdapter(m)) for m in sorted(bodies, key=lambda m: m.__name__)]
    models += [(m.__name__, "serialization", TypeAdapter(m)) for m in sorted(replies, key=lambda m: m.__name__)]
    schemas: dict[str, Any] = TypeAdapter.json_schemas(models, ref_template=_REFERENCE)[1]["$defs"]
    return schemas


def _question_schema(most: int) -> dict[str, Any]:
    """Return the schema of a question: text of at most `most` characters, with something in it that can be seen."""
    return {
        "description": f"A question in plain words, up to {most:,} characters.",
        "minLength": 1,
        "maxLength": most,
        "pattern": rf"^[^\u0000]*[^{_blank_characters()}][^\u0000]*$",
    }


@cache
def _blank_characters() -> str:
    """List every character that leaves a question blank, as ranges of a regular expression."""
    blank = [c for c in map(chr, range(sys.maxunicode + 1)) if not "\ud800" <= c <= "\udfff" and is_blank(c)]
    return "".join(f"{a}-{b}" if a != b else a for a, b in _ranges(blank))


def _ranges(characters: list[str]) -> Iterator[tuple[str, str]]:
    """Yield the first and last of each run of neighbouring characters, escaped for a pattern."""
    for _, run in groupby(enumerate(characters), key=lambda pair: ord(pair[1]) - pair[0]):
        neighbours = [c for _, c in run]
        yield _escaped(neighbours[0]), _escaped(neighbours[-1])


def _escaped(character: str) -> str:
    return f"\\u{ord(character):04x}" if character <= "\uffff" else character


def _operation(operation: Operation, question: dict[str, Any]) -> dict[str, Any]:
    content: dict[str, Any] = {"schema": {"type": "object"}}
    if is_typeddict(operation.reply):
        content = {"schema": {"$ref": _REFERENCE.format(model=operation.reply.__name__)}}
    described: dict[str, Any] = {
        "operationId": operation.id,
        "summary": operation.summary,
        "description": operation.description,
        "responses": {
            "200": {"description": "Done.", "content": {"application/json": content}},
            **_problems(operation),
        },
    }
    parameters = [_path_parameter(name) for name in re.findall(r"{(\w+)}", operation.path)]
    if operation.method == "post":
        body = {"schema": {"$ref": _REFERENCE.format(model=operation.request.__name__)}, "example": operation.example}
        described["requestBody"] = {"required": True, "content": {"application/json": body}}
    else:
        parameters += _query_parameters(operation, question)
    return described | ({"parameters": parameters} if parameters else {})


def _path_parameter(name: str) -> dict[str, Any]:
    description, example = _PATH_PARAMETERS[name]
    return {
        "name": name,
        "in": "path",
        "required": True,
        "description": description,
        "schema": {"type": "string"},
        "example": example,
    }


def _query_parameters(operation: Operation, question: dict[str, Any]) -> list[dict[str, Any]]:
    schema = operation.request.model_json_schema()
    if "question" in schema.get("properties", {}):
        schema["properties"]["question"] |= question
    parameters = []
    for field, value in schema.get("properties", {}).items():
        name = "q" if field == "question" else field
        parameter: dict[str, Any] = {"name": name, "in": "query", "required": field in schema.get("required", ())}
        parameter["description"] = value.get("description", f"The {field}.")
        parameter["schema"] = _plain(value)
        if parameter["schema"].get("type") == "array":
            parameter |= {"style": "form", "explode": False}
        if name in (operation.example or {}):
            parameter["example"] = (operation.example or {})[name]
        parameters.append(parameter)
    return parameters


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
    named = "{" in operation.path or {"documents", "questions"} & set(operation.request.model_fields)
    statuses = {422, 429, 500, 503, 401} | ({404} if named else set())
    statuses |= {400, 413, 415} if operation.method == "post" else {400}
    body = {"schema": {"$ref": _REFERENCE.format(model="ProblemDetails")}}
    content = {"application/problem+json": body}
    return {str(s): {"description": _meanings(s), "content": content} for s in sorted(statuses)}


def _meanings(status: int) -> str:
    return " Or: ".join(kind.title + "." for kind in KINDS.values() if kind.status == status) or "Refused."
