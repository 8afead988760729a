"""Commands on the store of the passages: copy, check, companion."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pincite.index.errors import SettingError
from pincite.index.settings import Settings, read_settings
from pincite.service.cli.group import INDEX, JSON, main, needs_ingest, print_text, progress

if TYPE_CHECKING:
    from pincite.index.store.qdrant.engine import Engine

URL = click.option("--url", metavar="URL", help="Where the store is. [default: PINCITE_STORE_URL]")
MAX_CHECKED = 1500  # passages that `store check` writes


@main.group(short_help="Keep the passages in a Qdrant store.")
def store() -> None:
    """Keep the passages of an index in a Qdrant store, where one machine is not enough (docs/scale.md)."""


@store.command(short_help="Copy the live index into the store, or back.")
@click.option("--back", is_flag=True, help="Copy from the store, and publish what it holds below --index.")
@INDEX
@URL
@JSON
def copy(back: bool, index: str | None, url: str | None, as_json: bool) -> None:
    """Copy the passages of the live index into the store.

    Documents that the store has as they are stay; those that are not in the index leave. All of it holds at once, when
    the last is written; until then the store answers with what it held. A copy that was stopped goes on where it was.
    """
    settings = _settings(index, url)
    with needs_ingest("store copy"), _connected(settings) as engine:
        _copy_back(settings, engine, as_json) if back else _copy(settings, engine, as_json)


@store.command(short_help="Check that the store does all that pincite asks of one.")
@INDEX
@URL
@JSON
def check(index: str | None, url: str | None, as_json: bool) -> None:
    """Write some documents of the live index into collections of their own, check everything, and delete those again.

    Nothing else in the store is touched. Each check is one promise; the command exits with 1 if one is not kept.
    """
    settings = replace(_settings(index, url), store_name=f"pincite-check-{secrets.token_hex(4)}")
    with needs_ingest("store check"), _connected(settings) as engine:
        from pincite.index.bundle import Bundle
        from pincite.service.cli.store_check import check_store

        with closing(Bundle(Path(settings.index), cross_encoder=False)) as bundle:
            results = check_store(bundle, engine, settings.store_name, MAX_CHECKED)
    if as_json:
        print_text(json.dumps([asdict(result) for result in results], indent=2))
    else:
        print_text("\n".join(result.line for result in results))
    if not all(result.is_kept for result in results):
        raise SystemExit(1)


@store.command(short_help="Publish the index without its passages.")
@click.argument("folder")
@INDEX
def companion(folder: str, index: str | None) -> None:
    """Publish the live index, without its passages, in FOLDER: what a machine needs that searches the store.

    `pincite serve --index FOLDER` answers there, with PINCITE_STORE_URL set.
    """
    settings = read_settings(os.environ, index=index)
    with needs_ingest("store companion"):
        from pincite.ingestion.stores.companion import publish_companion

        published = publish_companion(Path(settings.index), Path(folder), settings.keep_bundles)
    size = sum(path.stat().st_size for path in published.iterdir())
    print_text(f"Published in {folder}: {size / 1e6:,.0f} MB, without passages")


def _copy(settings: Settings, engine: Engine, as_json: bool) -> None:
    from pincite.index.bundle import Bundle
    from pincite.index.store.qdrant.qdrant_store import QdrantStore
    from pincite.index.store.revision import fingerprint_of
    from pincite.ingestion.stores.copy_index import copy_to_store, store_facts

    with closing(Bundle(Path(settings.index), cross_encoder=False)) as bundle:
        store = QdrantStore.open_or_create(
            engine, settings.store_name, fingerprint_of(bundle.manifest), lambda: store_facts(bundle)
        )
        counts = copy_to_store(bundle, store, progress("copying documents"))
        store.serve_by_alias(settings.store_name)
        index_id, passages = bundle.id, store.count()
    if as_json:
        print_text(
            json.dumps({"index": index_id, "collection": store.collection, "passages": passages} | asdict(counts))
        )
        return
    print_text(
        f"Copied index {index_id} into {store.collection}: {counts.written:,} documents written, "
        f"{counts.unchanged:,} as they were, {counts.deleted:,} deleted; {passages:,} passages"
    )


def _copy_back(settings: Settings, engine: Engine, as_json: bool) -> None:
    from pincite.index.bundle import Bundle
    from pincite.index.storage.manifest import find_bundle, read_manifest
    from pincite.index.store.open_stored import stored_parts
    from pincite.index.store.qdrant.qdrant_store import QdrantStore
    from pincite.index.store.revision import fingerprint_of
    from pincite.ingestion.publishing.publisher import Publisher
    from pincite.ingestion.stores.copy_index import read_store
    from pincite.ingestion.stores.write_bundle import write_bundle

    root = Path(settings.index)
    manifest = read_manifest(find_bundle(root))
    store = QdrantStore(engine, settings.store_name, fingerprint_of(manifest))
    with Publisher(root, settings.keep_bundles) as publisher:
        template = Bundle(root, False, lambda folder, manifest: stored_parts(store, folder, manifest))
        staging = publisher.stage()
        index_id = write_bundle(staging, template, read_store(store, bool(manifest["settings"]["token_vectors"])))
        folder = publisher.publish(staging, index_id)
    if as_json:
        print_text(json.dumps({"index": index_id, "folder": str(folder), "passages": store.count()}))
    else:
        print_text(f"Published index {index_id} in {root}: {store.count():,} passages from {store.collection}")


def _settings(index: str | None, url: str | None) -> Settings:
    """Read settings that name a store. Raises SettingError where they name none."""
    settings = read_settings(os.environ, index=index, store_url=url)
    if not settings.store_url:
        problem, remedy = "is not set", "set it to the address of a Qdrant server, or give --url"
        raise SettingError("PINCITE_STORE_URL", problem, remedy)
    return settings


@contextmanager
def _connected(settings: Settings) -> Iterator[Engine]:
    from pincite.index.store.connect import connect

    with closing(connect(settings)) as engine:
        yield engine
