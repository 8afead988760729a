"""Load and abuse for a running service, over loopback: `python tools/load.py overload | slow | mutations | hostile | reload`.

Each prints its result as JSON, with two lists. `faults` are lost, mixed or wrong replies, which no load excuses: with any
the command ends with 1, and the suite runs short forms that fail. `late` is whatever took longer than an idle machine
takes; a busy one is late, too, so that it fails nothing.
"""

from __future__ import annotations

import http.client
import json
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus, urlsplit

ROOT = Path(__file__).resolve().parent.parent
QUESTION = "How long do people live with ALS?"
MAX_HEALTH_SECONDS = 0.25
MAX_REJECTION_SECONDS = 0.25  # p99, with 64 clients
MIN_GOODPUT = 0.9  # answers a second under overload, relative to those with 8 clients
MAX_MEMORY_GROWTH = 0.05


@contextmanager
def running_service(index: Path, **settings: object) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """Run `pincite serve` as a process of its own; give its address and the process when it listens."""
    variables = {f"PINCITE_{name.upper()}": str(value) for name, value in settings.items()}
    command = [
        sys.executable,
        "-c",
        "from pincite.service.cli.commands import main; main()",
        "serve",
        "--port",
        "0",
        "--index",
        str(index),
    ]
    environment = {**os.environ, "PINCITE_LOG": "off", "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT), **variables}
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stderr
        line = process.stderr.readline()
        address = re.search(r"listens on (http://\S+)", line)
        assert address, line + process.stderr.read()
        try:
            yield address[1], process
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=30)


def percentile(values: list[float], share: float) -> float:
    """Return the value that `share` of the values do not exceed; 0 if there are none."""
    return sorted(values)[min(len(values) - 1, int(share * len(values)))] if values else 0.0


@dataclass
class Replies:
    """Replies that clients got, by status, or by the name of the error where there was no reply."""

    statuses: Counter[Any] = field(default_factory=Counter)
    seconds: dict[Any, list[float]] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)  # what is wrong with a reply, one entry each
    total: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, status: Any, seconds: float, wrong: str | None = None) -> None:
        """Count a reply."""
        with self.lock:
            self.total += 1
            self.statuses[status] += 1
            self.seconds.setdefault(status, []).append(seconds)
            if wrong:
                self.wrong.append(wrong)

    def by_status(self) -> dict[str, int]:
        """Return the number of replies of each status, as JSON has it."""
        return {str(status): count for status, count in self.statuses.items()}


Check = Callable[[int, bytes], str | None]  # a client's number and the body of a 200 -> what is wrong with it


def run_clients(
    url: str, count: int, path: Callable[[int], str], until: Callable[[Replies], bool], check: Check
) -> Replies:
    """Run `count` clients, each on its own connection, asking until `until`; one that gets 503 comes back later."""
    replies = Replies()
    finished = threading.Event()
    address = urlsplit(url)

    def work(number: int) -> None:
        connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=20)
        with closing(connection):
            while not finished.is_set():
                retry_after = ask(connection, number)
                if until(replies):
                    finished.set()
                finished.wait(retry_after * random.uniform(0.5, 1.0))

    def ask(connection: http.client.HTTPConnection, number: int) -> int:
        """Ask once. Returns the seconds to stay away, 0 unless it was refused."""
        began = time.perf_counter()
        retry_after, wrong = "0", None
        try:
            connection.request("GET", path(number))
            response = connection.getresponse()
            body = response.read()
            status: Any = response.status
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            status = type(error).__name__
        if status == 200:
            wrong = check(number, body)
        elif status == 503:
            retry_after = response.headers.get("Retry-After", "")
            wrong = None if retry_after.isdecimal() and int(retry_after) else f"503 with Retry-After {retry_after!r}"
        replies.add(status, time.perf_counter() - began, wrong)
        return 1 if wrong else int(retry_after)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return replies


def any_body(number: int, body: bytes) -> str | None:
    """Accept any body."""


def fetch_once(url: str, path: str) -> Replies:
    """Ask for a path once."""
    return run_clients(url, 1, lambda number: path, lambda replies: True, any_body)


def mixed_indexes(number: int, body: bytes) -> str | None:
    """Check that an answer is of one index: its hits name one generation, if they name any."""
    answer = json.loads(body)
    generations = {name for hit in answer["hits"] for name in re.findall(r"generation \w+", hit["text"])}
    return f"{answer['index']}: {sorted(generations)}" if len(generations) > 1 else None


@contextmanager
def health_probe(url: str) -> Iterator[Replies]:
    """Ask for /livez ten times a second, at least once, while the block runs."""
    replies = Replies()
    stop = threading.Event()

    def probe() -> None:
        while not replies.total or not stop.wait(0.1):
            reply = fetch_once(url, "/livez")
            (status,) = reply.statuses
            replies.add(status, reply.seconds[status][0])

    thread = threading.Thread(target=probe)
    thread.start()
    try:
        yield replies
    finally:
        stop.set()
        thread.join()


def health(replies: Replies) -> dict[str, Any]:
    """Summarise the replies of a health_probe()."""
    times = [seconds for each in replies.seconds.values() for seconds in each]
    return {"statuses": replies.by_status(), "worst s": round(max(times), 3)}


def overload(
    url: str, counts: tuple[int, ...] = (1, 8, 64, 256), answers: int = 400, limit: float = 120
) -> dict[str, Any]:
    """Ask with more clients than can be answered, each its own question, until `answers` were given or `limit` seconds.

    Answers go on at the same rate, each to the client that asked for it; all others are refused with 503 at once.
    """
    result: dict[str, Any] = {}
    for count in counts:
        began = time.monotonic()

        def enough(replies: Replies, began: float = began) -> bool:
            return replies.statuses[200] >= answers or time.monotonic() - began > limit

        with health_probe(url) as probes:
            replies = run_clients(
                url, count, lambda number: f"/v1/query?q={quote_plus(_own_question(number))}&k=5", enough, _own_answer
            )
        result[str(count)] = {
            "statuses": replies.by_status(),
            "wrong": replies.wrong,
            "missing answers": max(0, answers - replies.statuses[200]),
            "answers a second": round(replies.statuses[200] / (time.monotonic() - began), 1),
            "503 p99 s": round(percentile(replies.seconds.get(503, []), 0.99), 3),
            "health": health(probes),
        }
    return result


def _own_question(number: int) -> str:
    return f"Client {number} asks: {QUESTION}"


def _own_answer(number: int, body: bytes) -> str | None:
    """Check that an answer is to the question that the client asked."""
    answer = json.loads(body)
    return None if answer["question"] == _own_question(number) else f"{number} was answered {answer['question']!r}"


def slow(url: str, headers: int = 300, bodies: int = 64, probes: int = 60, limit: float = 60) -> dict[str, Any]:
    """Drip headers, then bodies, byte by byte, until /livez has answered `probes` times meanwhile, or for `limit` s."""
    address = urlsplit(url)
    result: dict[str, Any] = {}
    starts = {"headers": b"GET / HTTP/1.1\r\nHost: a\r\nX-Drip: ", "bodies": b"POST /v1/query HTTP/1.1\r\nHost: a\r\n"}
    starts["bodies"] += b"Content-Type: application/json\r\nContent-Length: 5000\r\n\r\n{"
    for kind, count in (("headers", headers), ("bodies", bodies)):
        connections = [socket.create_connection((address.hostname, address.port), timeout=20) for _ in range(count)]
        for connection in connections:
            connection.sendall(starts[kind])
        end = time.monotonic() + limit
        with health_probe(url) as replies:
            while replies.total < probes and time.monotonic() < end:
                for connection in connections:
                    try:
                        connection.sendall(b"x")
                    except OSError:
                        continue  # cut off for being slow, as is right
                time.sleep(0.2)  # the drip itself
            missing = max(0, probes - replies.total)
        for connection in connections:
            connection.close()
        result[kind] = {"missing answers": missing, "health": health(replies)}
    return result


def mutations(url: str, count: int = 10_000, seed: int = 1) -> dict[str, Any]:
    """Send requests with bytes changed, lengths lied about and parts doubled: no 5xx, no hang, one reply at most."""
    address = urlsplit(url)
    rng = random.Random(seed)
    statuses: Counter[str] = Counter()
    worst = 0.0
    for _ in range(count):
        began = time.perf_counter()
        with socket.create_connection((address.hostname, address.port), timeout=15) as connection:
            try:
                connection.sendall(_mutant(rng))
                connection.shutdown(socket.SHUT_WR)
                reply = b"".join(iter(lambda c=connection: c.recv(65536), b""))  # type: ignore[misc]
            except TimeoutError:
                statuses["hang"] += 1
                continue
            except OSError:
                reply = b""
        worst = max(worst, time.perf_counter() - began)
        status = reply[9:12].decode("latin-1") if reply.startswith(b"HTTP/1.") else "closed" if not reply else "odd"
        statuses[status] += 1
    return {"statuses": dict(sorted(statuses.items())), "worst s": round(worst, 3)}


_BASES = (
    b"GET /v1/query?q=tide&k=3 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
    b"POST /v1/query HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: 20\r\n\r\n"
    b'{"question": "tide"}',
    b"POST /v1/locate HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\nContent-Type: application/json\r\n\r\n"
    b'10\r\n{"quote": "tide"\r\n1\r\n}\r\n0\r\n\r\n',
    b"GET /documents/als?mark=1-5 HTTP/1.0\r\nHost: a\r\nAccept: text/html\r\nConnection: close\r\n\r\n",
)
_INSERTS = (
    b"\x00", b"\r\n", b"\n", b" ", b"\xff", b"%00", b"%", b":", b"Content-Length: -1\r\n", b"Content-Length: 9999999999\r\n",
    b"Transfer-Encoding: chunked\r\n", b"Transfer-Encoding: xchunked\r\n", b"Host: b\r\n", b"\t folded\r\n", b"A" * 9000,
    b"Expect: 100-continue\r\n", b"Range: bytes=0-\r\n", b"ffffffffffffffff\r\n", b"If-None-Match: *\r\n", b"\xf0\x9f\x8c\x8a",
)  # fmt: skip


def _mutant(rng: random.Random) -> bytes:
    request = bytearray(rng.choice(_BASES))
    for _ in range(rng.randint(1, 4)):
        at = rng.randrange(len(request) + 1)
        kind = rng.randrange(4)
        if kind == 0:
            request[at:at] = rng.choice(_INSERTS)
        elif kind == 1:
            del request[at : at + rng.randint(1, 12)]
        elif kind == 2:
            request[at : at + 1] = bytes([rng.randrange(256)])
        else:
            line = request.rfind(b"\r\n", 0, at) + 2
            request[at:at] = request[line:at]
    return bytes(request)


def hostile(url: str, count: int = 5_000, seed: int = 1) -> dict[str, Any]:
    """Post questions that no one would ask, as JSON: none is answered with 5xx."""
    address = urlsplit(url)
    rng = random.Random(seed)
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=30)
    statuses: Counter[int] = Counter()
    times: list[float] = []
    for _ in range(count):
        body = json.dumps({"question": _question(rng), "k": rng.choice((1, 5, 50))})
        began = time.perf_counter()
        connection.request("POST", "/v1/query", body, {"Content-Type": "application/json"})
        response = connection.getresponse()
        json.loads(response.read())
        times.append(time.perf_counter() - began)
        statuses[response.status] += 1
    connection.close()
    return {"statuses": {str(s): n for s, n in sorted(statuses.items())}, "p99 s": round(percentile(times, 0.99), 3)}


_ODD = (
    "\x00", "\ud800", "\u202e", "\u200b", "\ufeff", "<script>alert(1)</script>", "{{7*7}}", "' OR 1=1 --", "\x1b[31m", "🧬", "ALS",
    "riluzole", "rilozole", "?", ".", "\n", "\t", "%s", "../../etc/passwd", "𝕬𝕷𝕾", "ß", "İ", "ﷺ", "a" * 60, "0", "-1", "e\u0301" * 9,
    "how long", "muscle", "(", "[", "\\", '"', "NaN", "null", "؟", "筋萎縮性側索硬化症", "\U000e0041", "\u0085", "\u2028",
)  # fmt: skip


def _question(rng: random.Random) -> str:
    pieces = [rng.choice(_ODD) for _ in range(rng.choice((0, 1, 2, 5, 20, 200)))]
    if rng.random() < 0.05:
        pieces = [rng.choice(_ODD)] * rng.choice((500, 1500))
    return rng.choice(("", " ")).join(pieces)[:2200]


def reload(count: int = 50_000, reloads: int = 100, connections: int = 16) -> dict[str, Any]:
    """Ask over all connections while bundles are published: no request fails, no answer mixes two, memory stays."""
    sys.path.insert(0, str(ROOT))
    from pincite.index.settings import Settings
    from pincite.ingestion.build import build

    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "index"
        names = []
        for generation in ("one", "two"):
            text = "\n\n".join(
                f"## Part {n}\n\nThe bell of pier {n} rings, says generation {generation}." for n in range(30)
            )
            (Path(folder) / "note.md").write_text(f"# Piers\n\n{text}\n", encoding="utf-8")
            report = build(
                [Path(folder) / "note.md"],
                Settings(index=str(root), keep_bundles=3),
                lambda stage: lambda done, of: None,
            )
            names.append(report.id)
        with running_service(root, reload_seconds=1, cross_encoder=0, max_concurrent=connections) as (url, process):
            switched = 0

            def switch(name: str) -> bool:
                new = root / "CURRENT.new"
                new.write_text(f"{name}\n", encoding="ascii")
                new.replace(root / "CURRENT")
                return _until_served(url, name)

            def publish() -> None:
                nonlocal switched
                while switched < reloads and switch(names[switched % 2]):
                    switched += 1

            paths = [f"/v1/query?q=bell+of+pier+{n}&k=5" for n in range(connections)]
            run_clients(
                url, connections, paths.__getitem__, lambda replies: replies.total >= count // 25, any_body
            )  # warm
            cold = _resident(process.pid)
            for name in names:  # the first time that two indexes stand side by side is warming up, too
                switch(name)
            thread = threading.Thread(target=publish)
            before = _resident(process.pid)
            thread.start()

            def done(replies: Replies) -> bool:
                return replies.total >= count and (switched >= reloads or not thread.is_alive())

            replies = run_clients(url, connections, paths.__getitem__, done, mixed_indexes)
            thread.join()
            after = _resident(process.pid)
        shutil.rmtree(root)
    return {
        "requests": replies.total,
        "statuses": replies.by_status(),
        "wrong": replies.wrong,
        "lost": replies.total - replies.statuses[200],
        "reloads": switched,
        "missing reloads": reloads - switched,
        "memory before MB": round(before / 1e6, 1),
        "growth": round(after / before - 1, 3),
        "growth since before the first reload": round(after / cold - 1, 3),
    }


def _until_served(url: str, name: str) -> bool:
    """Wait until an index is the one that serves. Returns whether it is, 30 s later at the latest."""
    end = time.monotonic() + 30
    address = urlsplit(url)
    while time.monotonic() < end:
        with closing(http.client.HTTPConnection(address.hostname or "", address.port, timeout=10)) as connection:
            connection.request("GET", "/readyz")
            if json.loads(connection.getresponse().read()).get("index") == name:
                return True
        time.sleep(0.05)  # another process: its answer is what is waited for
    return False


def _resident(pid: int) -> int:
    pages = Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


def faults(result: dict[str, Any]) -> list[str]:
    """List what no load excuses: lost, wrong and mixed replies, unknown statuses, failed health. No time is looked at."""
    listed = []
    for name, part in _parts(result):
        listed += [f"{name}: {wrong}" for wrong in part.get("wrong", ())]
        listed += [
            f"{name}: {part[key]} {key}" for key in ("missing answers", "missing reloads", "lost") if part.get(key)
        ]
        if part.get("growth", 0) > MAX_MEMORY_GROWTH:
            listed.append(f"memory grew by {part['growth']:.1%}")
        listed += [f"{name}: status {status}" for status in part.get("statuses", ()) if not _allowed(status, part)]
    return listed


def late(result: dict[str, Any]) -> list[str]:
    """List what took longer than it does on an idle machine: for people to read."""
    listed = []
    for name, part in _parts(result):
        if name.endswith("health") and part["worst s"] > MAX_HEALTH_SECONDS:
            listed.append(f"{name}: {part['worst s']} s")
        if "answers a second" in part and name != "1":
            goodput = part["answers a second"] / result.get("8", part)["answers a second"]
            listed += [f"{name} clients: {goodput:.0%} of the goodput"] if goodput < MIN_GOODPUT else []
        if name == "64" and part["503 p99 s"] > MAX_REJECTION_SECONDS:
            listed.append(f"{name} clients: 503 after {part['503 p99 s']} s")
    return listed


def _parts(result: dict[str, Any], name: str = "all") -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield a result and the results inside it, each with its name."""
    yield name, result
    for key, part in result.items():
        if isinstance(part, dict) and key != "statuses":
            yield from _parts(part, key if name == "all" else f"{name} {key}")


def _allowed(status: str, part: dict[str, Any]) -> bool:
    """Return whether a status is one that may be: 503 where clients were too many, else 2xx to 4xx or a closed door."""
    if status == "503":
        return "503 p99 s" in part
    return status == "closed" or (status.isdecimal() and status < "500")


def main(name: str) -> int:
    """Run one against the index in var/index. Returns 1 if there were faults."""
    if name == "reload":
        result = reload()
    else:
        with running_service(ROOT / "var" / "index") as (url, _):
            result = {"overload": overload, "slow": slow, "mutations": mutations, "hostile": hostile}[name](url)
    listed = faults(result)
    print(json.dumps({**result, "faults": listed, "late": late(result)}, indent=2))
    return bool(listed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
