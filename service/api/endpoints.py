"""Endpoints: routes that read a request model, reply in JSON, and carry the operation that OpenAPI describes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Concatenate, Literal, ParamSpec, TypeVar

from flask import Blueprint, Response, jsonify, request

from pincite.service.api import requests
from pincite.service.api.fields import Request
from pincite.service.api.links import with_base
from pincite.service.guard.problems import Problem

P = ParamSpec("P")
T = TypeVar("T")

Method = Literal["get", "post"]


@dataclass(frozen=True, slots=True, eq=False)
class Operation:
    """Operation of OpenAPI: one method of one path."""

    method: Method
    path: str  # with its parameters in braces: /v1/documents/{document}
    id: str
    summary: str
    request: type[Request]
    reply: type[Any]
    example: Mapping[str, Any] | None
    description: str


class Endpoints(Blueprint):
    """Blueprint that keeps the operation of each of its routes."""

    def __init__(self, name: str, import_name: str, link_base: Callable[[], str] = str) -> None:
        """Take what the links in replies begin with from `link_base`, for each request."""
        super().__init__(name, import_name)
        self._link_base = link_base
        self.operations: list[Operation] = []

    def operation(
        self,
        method: Method,
        path: str,
        id: str,
        summary: str,
        *,
        request: type[requests.R],
        reply: type[T],
        example: Mapping[str, Any] | None = None,
        description: str = "",
    ) -> Callable[[Callable[Concatenate[requests.R, P], T]], Callable[Concatenate[requests.R, P], T]]:
        """Route a method of a path to a function that takes the request, then the path's parameters by name.

        A GET request is read from the parameters of the address, a POST request from a JSON body.
        """

        def register(
            answer: Callable[Concatenate[requests.R, P], T],
        ) -> Callable[Concatenate[requests.R, P], T]:
            read = _read_body if method == "post" else _read_parameters

            def view(*args: P.args, **names: P.kwargs) -> Response:
                return jsonify(with_base(answer(read(request), *args, **names), self._link_base()))

            rule = path.replace("{", "<").replace("}", ">")
            self.add_url_rule(rule, id, view, methods=[method.upper()])
            self.operations.append(
                Operation(method, path, id, summary, request, reply, example, description or f"{summary}.")
            )
            return answer

        return register


def _read_parameters(model: type[requests.R]) -> requests.R:
    return requests.from_parameters(model, request.args.to_dict(flat=False))


def _read_body(model: type[requests.R]) -> requests.R:
    requests.refuse_parameters(request.args)
    if request.mimetype != "application/json":
        raise Problem("not-json-type", "Send the body with Content-Type: application/json.")
    return requests.from_body(model, request.get_data())
