"""`pincite serve`, measured over HTTP: one client on the other core, then many clients while it has both."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from benchmarks.peers.client import Client
from benchmarks.peers.processes import (
    HERE,
    PINCITE_COMMAND,
    PINCITE_PYTHON,
    WORK_FOLDER,
    children,
    last_json,
    listening,
    memory,
    processor_seconds,
    run,
    start,
)

SERVER_SETTINGS = {  # the encoder's precision, and whether the cross-encoder is on
    "pincite serve": ("auto", 0),
    "pincite serve, float32": ("float32", 0),
    "pincite serve, cross-encoder": ("auto", 1),
}
PROCESSES = {  # under load also as two processes
    "pincite serve, two processes": "pincite serve",
    "pincite serve, float32, two processes": "pincite serve, float32",
    "pincite serve, cross-encoder, two processes": "pincite serve, cross-encoder",
}
CLIENT_COUNTS = (1, 4, 16)
REPEATS = 3  # that each question is asked under load
SETTINGS = {"PINCITE_ANSWER_CACHE": "0"}  # so that every question is worked out


@contextmanager
def served(name: str, cores: str, **variables: str) -> Iterator[tuple[int, int, float]]:
    """Start a warm server. Gives its process id, its port, and the seconds from start to first answer."""
    encoder, cross_encoder = SERVER_SETTINGS[name]
    began = time.perf_counter()
    command = [*PINCITE_COMMAND, "serve", "--port", "0", "--index", str(WORK_FOLDER / encoder)]
    with start(command, cores, PINCITE_CROSS_ENCODER=str(cross_encoder), **SETTINGS, **variables) as process:
        try:
            assert process.stderr
            said = process.stderr.readline()
            found = re.search(r"listens on http://\S+:(\d+)", said)
            if not found:
                raise SystemExit(f"{name} does not serve: {said}{process.stderr.read()}")
            client = Client(int(found[1]), True)
            for number, text in enumerate(json.loads((WORK_FOLDER / "warm.json").read_text())):
                client.ask(text)
                if not number:
                    first = time.perf_counter() - began
            client.close()
            yield process.pid, int(found[1]), first
        finally:
            process.terminate()
            process.communicate()


@contextmanager
def loaded(name: str) -> Iterator[tuple[list[int], int]]:
    """Start what is put under load. Gives the ids of its processes, and its port."""
    count = 1 if name in SERVER_SETTINGS else 2
    with served(PROCESSES.get(name, name), "0,1", PINCITE_PROCESSES=str(count)) as (pid, port, _):
        while listening(port) < count:
            time.sleep(0.01)
        yield [pid, *children(pid)], port


def load(port: int, cores: str, clients: int, connection: str, times: int) -> dict[str, Any]:
    """Ask questions by client.py; see there."""
    words = [str(port), str(WORK_FOLDER / "questions.json"), str(clients), connection, str(times)]
    return last_json(run([PINCITE_PYTHON, "-I", str(HERE / "client.py"), *words], cores))


def one_client(name: str) -> dict[str, Any]:
    """Server on core 0, client on core 1: start to first answer, each question's milliseconds, memory.

    `ms` is over one connection that is kept, `new_ms`, afterwards, over a new connection for each question.
    """
    with served(name, "0") as (pid, port, first):
        kept = load(port, "1", 1, "kept", 1)
        new = load(port, "1", 1, "new", 1)
        assert not kept["refused"] + new["refused"], "one client alone was refused"
        return {"first": first, "ms": kept["ms"], "new_ms": new["ms"], **memory(pid)}


def many_clients(name: str) -> dict[int, dict[str, float]]:
    """By number of clients: answers a second, processor time an answer of the server and of the clients, refusals."""
    found = {}
    with loaded(name) as (pids, port):
        for _ in pids:  # so that each process is warm, too
            load(port, "0,1", max(CLIENT_COUNTS), "new", 1)
        for clients in CLIENT_COUNTS:
            before = sum(map(processor_seconds, pids))
            seen = load(port, "0,1", clients, "kept", REPEATS)
            used, answered = sum(map(processor_seconds, pids)) - before, len(seen["ms"])
            found[clients] = {
                "rate": answered / seen["seconds"],
                "server_ms": used / answered * 1000,
                "client_ms": seen["processor"] / answered * 1000,
                "refused": seen["refused"],
            }
    return found
