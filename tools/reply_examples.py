"""Replies for the examples in OpenAPI: `python -m tools.reply_examples --write` writes service/api/examples.json.

They are those of the index in var/index, made of corpus/, to the example requests of the description.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient

FILE = Path(__file__).resolve().parents[1] / "service" / "api" / "examples.json"
MAX_TEXT = 240  # characters of a document's text in an example
LEFT_OUT = ("openapi",)  # operations whose reply is the description itself


def replies(client: FlaskClient) -> dict[str, Any]:
    """Return the reply of each operation to its example, short enough to read."""
    described = client.get("/v1/openapi.json").get_json()
    return {
        operation["operationId"]: shortened(_reply(client, method, path, operation))
        for path, methods in described["paths"].items()
        for method, operation in methods.items()
        if operation["operationId"] not in LEFT_OUT
    }


def shortened(value: Any, name: str = "") -> Any:
    """Return a reply with the first entry of each long list, and the beginning of a long text."""
    if isinstance(value, dict):
        return {key: shortened(part, key) for key, part in value.items()}
    if isinstance(value, list):
        most = 2 if name in ("answers", "path", "selectors", "evidence") else 1
        return [shortened(part) for part in value[:most]]
    return value[:MAX_TEXT] if name == "text" and isinstance(value, str) else value


def _reply(client: FlaskClient, method: str, path: str, operation: dict[str, Any]) -> Any:
    parameters = operation.get("parameters", [])
    for parameter in parameters:
        if parameter["in"] == "path":
            path = path.replace(f"{{{parameter['name']}}}", parameter["example"])
    if method == "get":
        query = {p["name"]: p["example"] for p in parameters if p["in"] == "query" and "example" in p}
        response = client.get(path, query_string=query)
    else:
        response = client.post(path, json=operation["requestBody"]["content"]["application/json"]["example"])
    assert response.status_code == 200, (path, response.text)
    return response.get_json()


def main() -> None:
    """Write the replies of the index in var/index."""
    from pincite.index.settings import Settings
    from pincite.service.runtime.app import create_app
    from pincite.service.runtime.index_reloader import IndexReloader

    settings = Settings()
    reloader = IndexReloader(settings)
    reloader.open()
    text = json.dumps(replies(create_app(reloader, settings).test_client()), ensure_ascii=False, indent=1) + "\n"
    if "--write" in sys.argv[1:]:
        FILE.write_text(text, encoding="utf-8")
    else:
        sys.stdout.write(text)


if __name__ == "__main__":
    main()
