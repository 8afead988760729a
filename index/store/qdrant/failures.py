"""Meanings of the exceptions of the client library. Nothing of a reply is repeated: it may hold a key."""

from __future__ import annotations

import ssl

import httpcore
import httpx
from qdrant_client.common.client_exceptions import QdrantException
from qdrant_client.http.exceptions import ResponseHandlingException, UnexpectedResponse

from pincite.index.store.qdrant.calls import Failure

LATER = "see that the store runs and can be reached from here; asking again later may help"


def explain(error: Exception) -> Failure | None:
    """Return the meaning of an exception; None for one that is a fault of ours."""
    if isinstance(error, ResponseHandlingException):
        return explain(error.source)
    if isinstance(error, UnexpectedResponse):
        return _of_status(error.status_code or 0)
    if isinstance(error, QdrantException):  # 429 with the header Retry-After
        return Failure("answers 429", LATER, True, float(getattr(error, "retry_after_s", 0)))
    if isinstance(error, TimeoutError | httpcore.TimeoutException):
        return Failure("did not answer in time", LATER, True)
    if isinstance(error, ssl.SSLError):
        return _of_tls(error)
    if isinstance(error, OSError | httpcore.NetworkError | httpcore.ProtocolError):
        return Failure("cannot be reached, or ended the connection", LATER, True)
    if isinstance(error, ValueError | AssertionError | AttributeError | httpx.DecodingError):
        # of JSON or its validation; where a reply has no result, the client asserts one or reads its attributes
        return Failure("answers what is no reply of Qdrant", "see that the address is that of a Qdrant server", False)
    return None


def _of_status(status: int) -> Failure:
    if status in (401, 403):
        remedy = "set PINCITE_STORE_KEY_FILE to a file with a key that it takes"
        return Failure(f"refuses the key ({status})", remedy, False)
    if status == 404:
        return Failure(
            "has no such collection (404)",
            "copy the index into it with `pincite store copy`, or see that the address is that of the store",
            False,
        )
    if status == 429 or status >= 500:
        return Failure(f"answers {status}", LATER, True)
    return Failure(f"answers {status}", "see its log; its version should be 1.20 or one that is compatible", False)


def _of_tls(error: ssl.SSLError) -> Failure:
    if isinstance(error, ssl.SSLCertVerificationError):
        problem = f"has a certificate that is not trusted ({error.verify_message})"
        return Failure(problem, "set PINCITE_STORE_CA_FILE to a file with the certificate of its authority", False)
    return Failure("does not speak TLS, or ended it", "see that the address is one of https", True)
