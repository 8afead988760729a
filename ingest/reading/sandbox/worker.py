"""Process that reads documents: the bytes of a file come in, a draft or a refusal goes out.

Started by reader_process.py. It imports all that readers import, confines itself, and then takes one file after another
until there are no more or the parent is gone.
"""

from __future__ import annotations

import gc
import json
import sys
from collections.abc import Callable
from typing import Any

from pincite.index.errors import ReadError
from pincite.ingestion.english_words import english_words
from pincite.ingestion.reading.draft import Draft, WebOrigin
from pincite.ingestion.reading.sandbox import refusals
from pincite.ingestion.reading.sandbox.confinement import Confinement, import_submodules
from pincite.ingestion.reading.sandbox.draft_json import encode_draft
from pincite.ingestion.reading.sandbox.limits import MAX_REPLY_BYTES
from pincite.ingestion.reading.sandbox.messages import pack, read_request
from pincite.ingestion.reading.sandbox.peak_memory import PeakMemory

# Python imports a codec when text is first decoded by it, and pypdf its tables of fonts when a file needs them.
_PACKAGES_IMPORTED_LATE = ("encodings", "pypdf", "pypdf._codecs", "pypdf.generic")
ReadDocument = Callable[[bytes, str, str, WebOrigin | None], Draft]


def main() -> None:
    """Serve requests until there are no more."""
    try:
        read_document = _import_reader()
        peak = PeakMemory()
        confinement = Confinement()
    except ModuleNotFoundError as error:
        _send({"missing_package": error.name})
        return
    except Exception as error:  # whatever it is, the parent says so
        _send({"failure": f"{type(error).__name__}: {error}"})
        return
    _send({"ready": True})
    while request := read_request(sys.stdin.buffer):
        confinement.allow_seconds()
        reply = _read(read_document, request, confinement)
        try:
            _send_reply(reply, request[1], peak)
        except MemoryError:
            _send_reply(_refusal(refusals.too_much_memory(request[1])), request[1], peak)


def _import_reader() -> ReadDocument:
    """Import the readers and all that they may import later, and read what they may look up."""
    from pincite.ingestion.reading.readers_by_suffix import read_document

    for package in _PACKAGES_IMPORTED_LATE:
        import_submodules(package)
    english_words()
    gc.freeze()
    return read_document


def _read(
    read_document: ReadDocument, request: tuple[bytes, str, str, WebOrigin | None], confinement: Confinement
) -> dict[str, Any]:
    """Return the reply for one document."""
    name = request[1]
    try:
        reply = {"draft": encode_draft(read_document(*request))}
    except ReadError as error:
        reply = _refusal(error)
    except MemoryError:
        reply = _refusal(refusals.too_much_memory(name))
    except RecursionError:
        reply = _refusal(refusals.too_deep(name))
    except UnicodeError as error:
        reply = _refusal(refusals.not_encodable(name, error))
    except Exception as error:  # of a library or of ours: one file's fault ends no ingest
        reply = _refusal(refusals.crashed(name, f"fails with {type(error).__name__}"))
    if attempts := confinement.take_attempts():
        reply = _refusal(refusals.refused_attempt(name, attempts))
    return reply


def _refusal(error: ReadError) -> dict[str, Any]:
    return {"refusal": [error.place, error.problem, error.remedy, error.reason]}


def _send_reply(reply: dict[str, Any], name: str, peak: PeakMemory) -> None:
    """Send a reply, with the most memory that this process has taken; a refusal where the reply is too large."""
    reply = {**reply, "peak_bytes": peak.read()}
    if not _send(reply):
        _send({**_refusal(refusals.too_much_text(name)), "peak_bytes": reply["peak_bytes"]})


def _send(message: dict[str, Any]) -> bool:
    """Send a message. Returns whether it was short enough."""
    encoded = json.dumps(message, separators=(",", ":")).encode("ascii")
    if len(encoded) > MAX_REPLY_BYTES:
        return False
    sys.stdout.buffer.write(pack(encoded))
    sys.stdout.buffer.flush()
    return True
