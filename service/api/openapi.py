"""OpenAPI 3.1 document, made from the operations of the routes and the models of their requests and replies."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from functools import cache
from importlib import resources
from typing import Any, Literal

from pydantic import TypeAdapter
from typing_extensions import is_typeddict

from pincite import __version__
from pincite.service.api import responses
from pincite.service.api.endpoints import Operation
from pincite.service.api.fields import REPEATED
from pincite.service.guard.problems import KINDS

TAGS = {
    "questions": "Answers, and questions to ask.",
    "documents": "What the answers are quoted from.",
    "citations": "Quotes and citations, checked.",
    "service": "The index that serves, and this description.",
}
_REFERENCE = "#/components/schemas/{model}"
_PATH_PARAMETERS = {
    "document": ("The id of a document.", "als"),
    "section": ("The id of a section in its document.", "outlook-prognosis--als-life-expectancy"),
    "passage": ("The id of a passage in its document: section:position.", "outlook-prognosis--als-life-expectancy:1"),
}


@cache
def description(operations: tuple[Operation, ...], question_characters: int, address: str = "/") -> dict[str, Any]:
    """Build the OpenAPI document of these operations, as JSON values.

    question_characters: the greatest length of a question that is answered. address: of the service.
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
        "servers": [{"url": address}],
        "tags": [{"name": name, "description": meaning} for name, meaning in TAGS.items()],
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
    """Return the schema of a question: text of at most `most` characters."""
    return {"description": f"A question in plain words, up to {most:,} characters.", "minLength": 1, "maxLength": most}


def _operation(operation: Operation, question: dict[str, Any]) -> dict[str, Any]:
    content: dict[str, Any] = {"schema": {"type": "object"}}
    if is_typeddict(operation.reply):
        content = {"schema": {"$ref": _REFERENCE.format(model=operation.reply.__name__)}}
    if operation.id in (examples := reply_examples()):
        content["example"] = examples[operation.id]
    described: dict[str, Any] = {
        "operationId": operation.id,
        "summary": operation.summary,
        "description": operation.description,
        "tags": [_tag(operation)],
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


def _tag(operation: Operation) -> str:
    """Return the group of an operation."""
    if operation.path.startswith("/v1/documents"):
        return "documents"
    groups = {"locate": "citations", "verify": "citations", "about": "service", "openapi": "service"}
    return groups.get(operation.id, "questions")


@cache
def reply_examples() -> dict[str, Any]:
    """Return a reply of each operation, by its id, as `python -m tools.reply_examples --write` noted it."""
    text = resources.files(__package__).joinpath("examples.json").read_text(encoding="utf-8")
    examples: dict[str, Any] = json.loads(text)
    return examples


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
        parameter: dict[str, Any] = {"name": field, "in": "query", "required": field in schema.get("required", ())}
        parameter["description"] = value.get("description", f"The {field}.")
        parameter["schema"] = _plain(value)
        if parameter["schema"].get("type") == "array":
            parameter |= {"style": "form", "explode": field in REPEATED}
        if field in (operation.example or {}):
            parameter["example"] = (operation.example or {})[field]
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
    given = {"default": value["default"]} if value.get("default") not in (None, "") else {}
    value = _without_null(value)
    left_out = ("title", "description", "default", "examples")
    return {name: part for name, part in value.items() if name not in left_out} | given


def _problems(operation: Operation) -> dict[str, Any]:
    named = "{" in operation.path or {"documents", "questions"} & set(operation.request.model_fields)
    statuses = {422, 429, 500, 503, 401} | ({404} if named else set())
    statuses |= {400, 413, 415} if operation.method == "post" else {400}
    body = {"schema": {"$ref": _REFERENCE.format(model="ProblemDetails")}}
    content = {"application/problem+json": body}
    return {str(s): {"description": _meanings(s), "content": content} for s in sorted(statuses)}


def _meanings(status: int) -> str:
    return " Or: ".join(kind.title + "." for kind in KINDS.values() if kind.status == status) or "Refused."
