"""Connection to the store that the settings name. The client library is imported here and below alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pincite.index.errors import SettingError, StoreError
from pincite.index.settings import Settings
from pincite.index.store.open_stored import stored_parts
from pincite.index.store.passage_parts import PassageParts
from pincite.index.store.passage_store import Observe
from pincite.index.store.revision import fingerprint_of
from pincite.index.system_errors import naming_file

if TYPE_CHECKING:
    from pincite.index.store.qdrant.engine import Engine

MAX_KEY_BYTES = 4096


class StoredPassages:
    """Opens the passages of a bundle from the store of the settings: what Bundle takes as `open_parts`."""

    def __init__(self, settings: Settings, observe: Observe | None = None) -> None:
        """observe: called after each call to the store."""
        self._settings, self._observe = settings, observe

    def __call__(self, folder: Path, manifest: Mapping[str, Any]) -> PassageParts:
        """Open the passages of the bundle in a folder. Raises StoreError where the store does not hold them."""
        from pincite.index.store.qdrant.qdrant_store import QdrantStore

        engine = connect(self._settings, self._observe)
        try:
            store = QdrantStore(engine, self._settings.store_name, fingerprint_of(manifest))
            return stored_parts(store, folder, manifest)
        except BaseException:
            engine.close()
            raise


def connect(settings: Settings, observe: Observe | None = None) -> Engine:
    """Return an engine over the server of the settings; nothing is sent yet. Raises SettingError for a bad one."""
    with needs_client():
        from pincite.index.store.qdrant.client_engine import open_server
        from pincite.index.store.qdrant.server import ServerSettings
    server = ServerSettings(
        settings.store_url,
        _read_key(settings.store_key_file),
        float(settings.store_seconds),
        settings.store_shards,
        settings.store_replicas,
        ca_file=settings.store_ca_file or None,
    )
    return open_server(server, observe)


@contextmanager
def needs_client() -> Iterator[None]:
    """Turn the lack of the client library into an error that names the command to install it."""
    try:
        yield
    except ModuleNotFoundError as error:
        raise StoreError(
            "PINCITE_STORE_URL",
            f"needs the library {error.name}, which is not installed",
            "install it with `pip install 'pincite[qdrant]'`, or unset PINCITE_STORE_URL",
        ) from error


def _read_key(path: str) -> str | None:
    """Return the key in a file, without the white space around it; None if no file is named."""
    if not path:
        return None
    with naming_file(Path(path)), Path(path).open("rb") as file:
        data = file.read(MAX_KEY_BYTES)
    key = data.decode("ascii", "replace").strip()
    if not key or not key.isprintable() or not key.isascii():
        problem, remedy = "holds no key", "write the key of the server into it, one line of ASCII"
        raise SettingError(f"PINCITE_STORE_KEY_FILE, {path}", problem, remedy)
    return key
