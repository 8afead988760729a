"""Load and abuse for a running service, over loopback: `python tools/load.py overload | slow | mutations | hostile | reload`.

Each prints what it found as JSON and ends with 1 when a promise was broken. The suite runs short forms of them.
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
from urllib.parse import quote, urlsplit

ROOT = Path(__file__).resolve().parent.parent
QUESTION = "How long do people live with ALS?"


@contextmanager
def served(index: Path, **settings: object) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """`pincite serve` as a process of its own, ready."""
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
        found = re.search(r"listens on (http://\S+)", line)
        assert found, line + process.stderr.read()
        try:
            yield found[1], process
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=30)


def percentile(values: list[float], share: float) -> float:
    """Return the value that `share` of the values do not exceed; 0 if there are none."""
    return sorted(values)[min(len(values) - 1, int(share * len(values)))] if values else 0.0


@dataclass
class Seen:
    """Replies that clients saw."""

    statuses: Counter[Any] = field(default_factory=Counter)
    seconds: dict[Any, list[float]] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, status: Any, seconds: float, wrong: str | None = None) -> None:
        """Count a reply."""
        with self.lock:
            self.statuses[status] += 1
            self.seconds.setdefault(status, []).append(seconds)
            if wrong:
                self.wrong.append(wrong)


Check = Callable[[bytes], str | None]


def clients(url: str, count: int, path: Callable[[int], str], until: Callable[[Seen], bool], check: Check) -> Seen:
    """Run `count` clients, each on its own connection, asking until `until`; a client that gets 503 comes back."""
    seen = Seen()
    address = urlsplit(url)

    def work(number: int) -> None:
        connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=20)
        with closing(connection):
            while not until(seen):
                ask(connection, number)

    def ask(connection: http.client.HTTPConnection, number: int) -> None:
        began = time.perf_counter()
        rest = 0.0
        try:
            connection.request("GET", path(number))
            response = connection.getresponse()
            body = response.read()
            status: Any = response.status
            rest = float(response.headers.get("Retry-After", "0"))
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            status, body = type(error).__name__, b""
        seen.add(status, time.perf_counter() - began, check(body) if status == 200 else None)
        time.sleep(rest * random.uniform(0.5, 1.0))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return seen


def fine(body: bytes) -> str | None:
    """Accept any body."""


def whole(body: bytes) -> str | None:
    """Check that an answer is one index's: each hit's quote holds the index's own mark, if it has one."""
    answer = json.loads(body)
    marks = {found for hit in answer["hits"] for found in re.findall(r"generation \w+", hit["text"])}
    return f"{answer['index']}: {sorted(marks)}" if len(marks) > 1 else None


@contextmanager
def probing(url: str) -> Iterator[list[tuple[int, float]]]:
    """Ask /livez ten times a second meanwhile; status and seconds of each."""
    found: list[tuple[int, float]] = []
    stop = threading.Event()

    def probe() -> None:
        while not stop.wait(0.1):
            seen = clients(url, 1, lambda n: "/livez", lambda s: sum(s.statuses.values()) > 0, fine)
            found.append(next((status, times[0]) for status, times in seen.seconds.items()))

    thread = threading.Thread(target=probe)
    thread.start()
    try:
        yield found
    finally:
        stop.set()
        thread.join()


def overload(url: str, counts: tuple[int, ...] = (1, 8, 64, 256), seconds: float = 8) -> dict[str, Any]:
    """More clients than can be answered: answers go on at the same rate, all others hear 503 soon."""
    found: dict[str, Any] = {}
    for count in counts:
        end = time.monotonic() + seconds
        questions = [f"/v1/query?q={quote(QUESTION)}&k={1 + n % 5}" for n in range(count)]
        with probing(url) as lives:
            seen = clients(url, count, lambda n, q=questions: q[n], lambda s, e=end: time.monotonic() > e, fine)  # type: ignore[misc]
        found[str(count)] = {
            "statuses": {str(status): n for status, n in seen.statuses.items()},
            "answers a second": round(seen.statuses[200] / seconds, 1),
            "503 p99 s": round(percentile(seen.seconds.get(503, []), 0.99), 3),
            "live worst s": round(max(s for _, s in lives), 3),
            "live fine": all(status == 200 for status, _ in lives),
        }
    return found


def slow(url: str, headers: int = 300, bodies: int = 64, seconds: float = 6) -> dict[str, Any]:
    """Clients that drip their headers, or their bodies: others are answered meanwhile."""
    address = urlsplit(url)
    found: dict[str, Any] = {}
    starts = {"headers": b"GET / HTTP/1.1\r\nHost: a\r\nX-Drip: ", "bodies": b"POST /v1/query HTTP/1.1\r\nHost: a\r\n"}
    starts["bodies"] += b"Content-Type: application/json\r\nContent-Length: 5000\r\n\r\n{"
    for kind, count in (("headers", headers), ("bodies", bodies)):
        sockets = [socket.create_connection((address.hostname, address.port), timeout=20) for _ in range(count)]
        for each in sockets:
            each.sendall(starts[kind])
        end = time.monotonic() + seconds
        with probing(url) as lives:
            while time.monotonic() < end:
                for each in sockets:
                    try:
                        each.sendall(b"x")
                    except OSError:
                        continue  # cut off for being slow, as is right
                time.sleep(0.2)  # the drip itself
        for each in sockets:
            each.close()
        found[kind] = {"live worst s": round(max(s for _, s in lives), 3), "fine": all(s == 200 for s, _ in lives)}
    return found


def mutations(url: str, count: int = 10_000, seed: int = 1) -> dict[str, Any]:
    """Requests with bytes changed, lengths lied about and parts doubled: no 5xx, no hang, one reply at most for each."""
    address = urlsplit(url)
    chosen = random.Random(seed)
    seen: Counter[str] = Counter()
    worst = 0.0
    for _ in range(count):
        began = time.perf_counter()
        with socket.create_connection((address.hostname, address.port), timeout=15) as connection:
            try:
                connection.sendall(_mutant(chosen))
                connection.shutdown(socket.SHUT_WR)
                reply = b"".join(iter(lambda c=connection: c.recv(65536), b""))  # type: ignore[misc]
            except TimeoutError:
                seen["hang"] += 1
                continue
            except OSError:
                reply = b""
        worst = max(worst, time.perf_counter() - began)
        status = reply[9:12].decode("latin-1") if reply.startswith(b"HTTP/1.") else "closed" if not reply else "odd"
        seen[status] += 1
    return {"statuses": dict(sorted(seen.items())), "worst s": round(worst, 3)}


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


def _mutant(chosen: random.Random) -> bytes:
    request = bytearray(chosen.choice(_BASES))
    for _ in range(chosen.randint(1, 4)):
        at = chosen.randrange(len(request) + 1)
        kind = chosen.randrange(4)
        if kind == 0:
            request[at:at] = chosen.choice(_INSERTS)
        elif kind == 1:
            del request[at : at + chosen.randint(1, 12)]
        elif kind == 2:
            request[at : at + 1] = bytes([chosen.randrange(256)])
        else:
            line = request.rfind(b"\r\n", 0, at) + 2
            request[at:at] = request[line:at]
    return bytes(request)


def hostile(url: str, count: int = 5_000, seed: int = 1) -> dict[str, Any]:
    """Questions that no one would ask, posted as JSON: none is answered with 5xx."""
    address = urlsplit(url)
    chosen = random.Random(seed)
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=30)
    seen: Counter[int] = Counter()
    times: list[float] = []
    for _ in range(count):
        body = json.dumps({"question": _question(chosen), "k": chosen.choice((1, 5, 50))})
        began = time.perf_counter()
        connection.request("POST", "/v1/query", body, {"Content-Type": "application/json"})
        response = connection.getresponse()
        json.loads(response.read())
        times.append(time.perf_counter() - began)
        seen[response.status] += 1
    connection.close()
    return {"statuses": {str(s): n for s, n in sorted(seen.items())}, "p99 s": round(percentile(times, 0.99), 3)}


_ODD = (
    "\x00", "\ud800", "\u202e", "\u200b", "\ufeff", "<script>alert(1)</script>", "{{7*7}}", "' OR 1=1 --", "\x1b[31m", "🧬", "ALS",
    "riluzole", "rilozole", "?", ".", "\n", "\t", "%s", "../../etc/passwd", "𝕬𝕷𝕾", "ß", "İ", "ﷺ", "a" * 60, "0", "-1", "e\u0301" * 9,
    "how long", "muscle", "(", "[", "\\", '"', "NaN", "null", "؟", "筋萎縮性側索硬化症", "\U000e0041", "\u0085", "\u2028",
)  # fmt: skip


def _question(chosen: random.Random) -> str:
    pieces = [chosen.choice(_ODD) for _ in range(chosen.choice((0, 1, 2, 5, 20, 200)))]
    if chosen.random() < 0.05:
        pieces = [chosen.choice(_ODD)] * chosen.choice((500, 1500))
    return chosen.choice(("", " ")).join(pieces)[:2200]


def reload(count: int = 50_000, reloads: int = 100, connections: int = 16) -> dict[str, Any]:
    """Requests over all connections while bundles are published: none fails, none mixes two, memory stays."""
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
        with served(root, reload_seconds=1, cross_encoder=0, max_concurrent=connections) as (url, process):
            finished = threading.Event()
            switched = 0

            def switch(name: str) -> int:
                aside = root / "CURRENT.new"
                aside.write_text(f"{name}\n", encoding="ascii")
                aside.replace(root / "CURRENT")
                return _until_served(url, name)

            def publish() -> None:
                nonlocal switched
                while not finished.is_set() and switched < reloads:
                    switched += switch(names[switched % 2])

            paths = [f"/v1/query?q=bell+of+pier+{n}&k=5" for n in range(connections)]
            clients(url, connections, lambda n: paths[n], lambda s: sum(s.statuses.values()) >= 2000, fine)  # warm
            cold = _resident(process.pid)
            for name in names:  # the first time that two indexes stand side by side is warming up, too
                switch(name)
            thread = threading.Thread(target=publish)
            before = _resident(process.pid)
            thread.start()

            def done(seen: Seen) -> bool:
                return sum(seen.statuses.values()) >= count and (switched >= reloads or finished.is_set())

            seen = clients(url, connections, lambda n: paths[n], done, whole)
            finished.set()
            thread.join()
            after = _resident(process.pid)
        shutil.rmtree(root)
    return {
        "requests": sum(seen.statuses.values()),
        "statuses": {str(status): n for status, n in seen.statuses.items()},
        "mixed": len(seen.wrong),
        "reloads": switched,
        "memory before MB": round(before / 1e6, 1),
        "growth": round(after / before - 1, 3),
        "growth since before the first reload": round(after / cold - 1, 3),
    }


def _until_served(url: str, name: str) -> int:
    """Wait until the index is the one that serves; 1 when it is, 0 after 30 s."""
    end = time.monotonic() + 30
    address = urlsplit(url)
    while time.monotonic() < end:
        with closing(http.client.HTTPConnection(address.hostname or "", address.port, timeout=10)) as connection:
            connection.request("GET", "/readyz")
            if json.loads(connection.getresponse().read()).get("index") == name:
                return 1
        time.sleep(0.05)  # another process: its answer is what is waited for
    return 0


def _resident(pid: int) -> int:
    pages = Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


def faults(found: dict[str, Any]) -> list[str]:
    """List the promises that a result breaks."""
    broken = []
    for name, part in found.items():
        if isinstance(part, dict) and "answers a second" in part:
            lost = {s: n for s, n in part["statuses"].items() if s not in ("200", "503")}
            least = 0.9 * found.get("8", part)["answers a second"]
            broken += [f"{name} clients: {lost}"] if lost else []
            broken += [f"{name} clients: goodput"] if name != "1" and part["answers a second"] < least else []
            broken += [f"{name} clients: 503 p99"] if name == "64" and part["503 p99 s"] > 0.25 else []
        if isinstance(part, dict) and "live worst s" in part and part["live worst s"] > 0.25:
            broken.append(f"{name}: live took {part['live worst s']} s")
        if isinstance(part, dict) and not part.get("fine", part.get("live fine", True)):
            broken.append(f"{name}: live failed")
    statuses = found.get("statuses", {})
    broken += [
        f"status {s}" for s in statuses if s[:1] == "5" or s in ("hang", "odd") or (not s.isdigit() and s != "closed")
    ]
    if "mixed" in found:
        broken += ["mixed answers"] * bool(found["mixed"]) + ["memory grew"] * (found["growth"] > 0.05)
        broken += ["lost requests"] * (set(statuses) != {"200"})
    return broken


def main(name: str) -> int:
    """Run one against the index in var/index."""
    if name == "reload":
        found = reload()
    else:
        with served(ROOT / "var" / "index") as (url, _):
            found = {"overload": overload, "slow": slow, "mutations": mutations, "hostile": hostile}[name](url)
    broken = faults(found)
    print(json.dumps({**found, "broken": broken}, indent=2))
    return bool(broken)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
