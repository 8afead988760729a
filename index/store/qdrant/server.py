"""Settings of a server: its address, the key that it takes, the certificates that are trusted, and deadlines."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from pincite.index.errors import SettingError

DEFAULT_PORT = 6333


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """Settings of a server. Raises SettingError for what is no address."""

    url: str
    api_key: str | None = field(default=None, repr=False)
    seconds: float = 2.0  # deadline of a call that reads
    shards: int = 12  # of a new collection: it cannot be changed later
    replicas: int = 1
    write_seconds: float = 20.0  # deadline of each attempt of a call that writes
    ca_file: str | None = None  # certificates (PEM) to trust, and no others; None for those that the system trusts

    def __post_init__(self) -> None:
        _require_address(self.url)

    @property
    def place(self) -> str:
        """The address as errors have it, without path and query."""
        parts = urlsplit(self.url)
        host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
        return f"{parts.scheme}://{host}:{parts.port or DEFAULT_PORT}"


def trusted_certificates(server: ServerSettings) -> ssl.SSLContext | None:
    """Return the certificates that are trusted; None for a server without TLS.

    Raises SettingError for a file that holds none.
    """
    if not server.url.lower().startswith("https:"):
        return None
    try:
        return ssl.create_default_context(cafile=server.ca_file)
    except OSError as error:  # errors of ssl are such, too
        problem = "holds no certificate" if isinstance(error, ssl.SSLError) else f"cannot be read ({error.strerror})"
        remedy = "give a file with the certificate, in PEM, of the authority that signed the server's"
        raise SettingError(f"PINCITE_STORE_CA_FILE, {server.ca_file}", problem, remedy) from error


def _require_address(url: str) -> None:
    """Raise SettingError, without repeating it, for what is no address of a server, or has a password in it."""
    example = "write one such as http://127.0.0.1:6333"
    try:
        parts = urlsplit(url)
        is_address = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port that is no number, or brackets that do not match
        is_address = False
    if not is_address:
        raise SettingError("PINCITE_STORE_URL", "is no address of a server", example)
    if "@" in parts.netloc:
        remedy = f"{example}, and set PINCITE_STORE_KEY_FILE to a file with the key of the server"
        raise SettingError("PINCITE_STORE_URL", "has a user name or a password in it", remedy)
