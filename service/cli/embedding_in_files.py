"""Choice of the runner that embeds on the command line, and of its work folder."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from pincite.index.settings import Settings
from pincite.service.cli.group import needs

if TYPE_CHECKING:
    from pincite.ingestion.embedding.embed_texts import EmbedApart

RAY_REMEDY = "install the ray extra: pip install 'pincite[ray]'"


def embedding_in_files(runner: str, work: str | None, settings: Settings) -> AbstractContextManager[EmbedApart | None]:
    """Return a context of the work folder of an ingest that embeds from file to file; of None for one that does not.

    runner: `local` or `ray`. work: where the work folder is made; by default, with ray, below the index. Raises
    ModelError with the command to install what is missing, before any document is read.
    """
    if runner == "local" and work is None:
        return nullcontext()
    given = f"ingest --runner {runner}" if runner != "local" else "ingest --work"
    with needs(given, RAY_REMEDY):
        for package in ("pyarrow", "ray") if runner == "ray" else ("pyarrow",):
            if find_spec(package) is None:  # not imported: Ray reads its variables then, and they are not set yet
                raise ModuleNotFoundError(name=package)
    from pincite.ingestion.runners.local import run_here
    from pincite.ingestion.runners.ray_actors import run_with_ray
    from pincite.ingestion.runners.work_folder import WorkFolder

    return WorkFolder(Path(settings.index if work is None else work), run_with_ray if runner == "ray" else run_here)
