"""Runner on Ray: actors of one processor each, on this machine or on the cluster that RAY_ADDRESS names.

A cluster needs this version of pincite on each machine, and the work folder under the same path. Ray runs whatever
reaches its ports: on this machine it listens on loopback alone, and asks for a token made for this run.
"""

from __future__ import annotations

import logging
import os
import secrets
import shutil
import signal
import sys
import tempfile
import threading
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stdout
from pathlib import Path

from pincite.index.errors import ModelError, PinciteError
from pincite.index.parallel import CPUS
from pincite.ingestion.runners.embed_file import FileEmbedder

MAX_RETRIES = 3  # of a file whose worker was killed; a file that kills every worker is an error
OBJECT_STORE_BYTES = 100 << 20  # names of files pass through it, no vectors

# Ray reads these when it is imported, or when it starts.
_ENVIRONMENT = {"RAY_USAGE_STATS_ENABLED": "0", "RAY_BACKEND_LOG_LEVEL": "fatal", "RAY_COLOR_PREFIX": "0"}
_LOCAL_ENVIRONMENT = {
    "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",  # loopback, on Linux as on those
    "RAY_AUTH_MODE": "token",
}


class FileActor:
    """Process of Ray that loads the encoder once and embeds files on one processor."""

    def __init__(self, encoder_folder: Path, precision: str) -> None:
        self._embedder = FileEmbedder(encoder_folder, precision, workers=1)

    def embed(self, texts: Path) -> Path:
        """Embed a file of texts, and return it."""
        self._embedder.embed(texts)
        return texts


def run_with_ray(files: Sequence[Path], encoder_folder: Path, precision: str) -> Generator[Path, None, None]:
    """Embed files of texts, and yield each when its vectors are there. Raises ModelError where Ray gives up."""
    with _ray(len(files)) as actor_count:
        _exit_on_sigterm()
        import ray
        from ray.exceptions import RayError
        from ray.util import ActorPool

        actor = ray.remote(num_cpus=1, max_restarts=-1, max_task_retries=MAX_RETRIES)(FileActor)
        pool = ActorPool([actor.remote(encoder_folder, precision) for _ in range(actor_count)])
        try:
            yield from pool.map_unordered(lambda chosen, texts: chosen.embed.remote(texts), files)
        except RayError as error:
            raise _cause(error) from error


@contextmanager
def _ray(files: int) -> Iterator[int]:
    """Run Ray for as long as the block runs. Yields the number of actors for so many files.

    One processor is left to Ray's own processes and to this one.
    """
    address = os.environ.get("RAY_ADDRESS", "local")
    start = _join_cluster(address) if address != "local" else _start_local()
    reports = redirect_stdout(sys.stderr)  # on standard output Ray prints what became of a worker
    with reports, _environment(_ENVIRONMENT), _own_sigterm(), start as cpus:
        yield max(1, min(files, cpus - 1))


@contextmanager
def _join_cluster(address: str) -> Iterator[int]:
    """Connect to a cluster. Yields its processors."""
    import ray

    with _naming_start("check RAY_ADDRESS, and set RAY_AUTH_MODE=token if the cluster asks for a token"):
        ray.init(address, log_to_driver=False, logging_level=logging.ERROR)
    try:
        yield int(ray.cluster_resources().get("CPU", 1))
    finally:
        ray.shutdown()


@contextmanager
def _start_local() -> Iterator[int]:
    """Start Ray on this machine, out of reach of any other. Yields the processors that it is given."""
    token = {"RAY_AUTH_TOKEN": secrets.token_hex(32)}
    with _short_folder() as folder, _environment(_LOCAL_ENVIRONMENT | token):
        import ray

        with _naming_start("unset the variables RAY_*, then run the command again"), _stderr_to(folder / "stderr"):
            ray.init(
                "local",
                num_cpus=CPUS,
                num_gpus=0,
                object_store_memory=OBJECT_STORE_BYTES,
                include_dashboard=False,
                log_to_driver=False,
                logging_level=logging.ERROR,
                _temp_dir=str(folder),
            )
        try:
            if not ray.get_runtime_context().gcs_address.startswith("127."):
                raise ModelError("Ray", "listens beyond this machine", "unset the variables RAY_*, or set RAY_ADDRESS")
            yield CPUS
        finally:
            ray.shutdown()


@contextmanager
def _environment(variables: Mapping[str, str]) -> Iterator[None]:
    """Set variables of the environment for as long as the block runs."""
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


@contextmanager
def _short_folder() -> Iterator[Path]:
    """Make a folder for Ray's sockets and logs, and delete it: the path of a socket has 107 bytes at most."""
    folder = Path(tempfile.mkdtemp(prefix="pincite-ray-", dir="/tmp"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _stderr_to(path: Path) -> Iterator[None]:
    """Write what libraries in C++ print on standard error to a file: Ray says there at which level it logs."""
    stderr = os.dup(2)
    try:
        with path.open("wb") as file:
            os.dup2(file.fileno(), 2)
        yield
    finally:
        os.dup2(stderr, 2)
        os.close(stderr)


@contextmanager
def _own_sigterm() -> Iterator[None]:
    """Take SIGTERM back from Ray when the block has ended, and exit with its code if it came meanwhile."""
    before = signal.getsignal(signal.SIGTERM)
    try:
        yield
    except SystemExit:  # Ray, in whose calls it is raised, gives it codes of its own
        sys.exit(128 + signal.SIGTERM)
    finally:
        if _is_main_thread():
            signal.signal(signal.SIGTERM, before)


def _exit_on_sigterm() -> None:
    """Have SIGTERM raise SystemExit, so that Ray is shut down: its own handler drains the node first."""
    if _is_main_thread():
        signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))


def _is_main_thread() -> bool:
    return threading.current_thread() is threading.main_thread()


@contextmanager
def _naming_start(remedy: str) -> Iterator[None]:
    """Turn an error of Ray's start into ModelError: it raises what it likes."""
    try:
        yield
    except Exception as error:
        raise ModelError("Ray", f"does not start: {_last_line(error)}", remedy) from error


def _cause(error: Exception) -> PinciteError:
    """Return the error of ours that an actor raised, or one that says what Ray reports."""
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, PinciteError):
        cause = getattr(cause, "cause", None) or cause.__cause__
    return cause or ModelError("Ray", f"gave up: {_last_line(error)}", "run the command again: finished files are kept")


def _last_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[-1]
