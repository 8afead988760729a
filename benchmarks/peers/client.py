"""Ask a server questions over HTTP, from a light process of its own: the standard library's sockets and nothing else.

    python -I client.py PORT QUESTIONS CLIENTS kept|new TIMES

QUESTIONS is a JSON list; it is asked TIMES times over by CLIENTS at once, each of which asks on when it was answered,
on one connection that it keeps or on a new one for each question. Prints JSON: `ms`, of each question that was answered, in
the order asked; `refused`, how many got 503, which are not asked again; `seconds` in all; `processor`, this process's own.
"""

from __future__ import annotations

import json
import re
import socket
import sys
import threading
import time
from pathlib import Path
from urllib.parse import quote

TIMEOUT_SECONDS = 60
_LENGTH = re.compile(rb"\r\ncontent-length: (\d+)", re.IGNORECASE)


class Client:
    """Asks one question at a time."""

    def __init__(self, port: int, kept: bool) -> None:
        self._port = port
        self._kept = self._connect() if kept else None

    def ask(self, question: str) -> int:
        """Ask a question and read the answer to its end. Returns its status."""
        connection = self._kept or self._connect()
        try:
            close = "" if self._kept else "Connection: close\r\n"
            head = f"GET /v1/query?q={quote(question)} HTTP/1.1\r\nHost: 127.0.0.1:{self._port}\r\n{close}\r\n"
            connection.sendall(head.encode("ascii"))
            return _status(connection)
        finally:
            if not self._kept:
                connection.close()

    def close(self) -> None:
        if self._kept:
            self._kept.close()

    def _connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self._port), TIMEOUT_SECONDS)


def _status(connection: socket.socket) -> int:
    data = _more(connection)
    while b"\r\n\r\n" not in data:
        data += _more(connection)
    head, _, body = data.partition(b"\r\n\r\n")
    length = _LENGTH.search(head)
    assert length, head
    left = int(length[1]) - len(body)
    while left > 0:
        left -= len(_more(connection))
    return int(head[9:12])


def _more(connection: socket.socket) -> bytes:
    data = connection.recv(65536)
    if not data:
        raise ConnectionError("the server hung up in the middle of an answer")
    return data


def load(port: int, questions: list[str], clients: int, kept: bool) -> dict[str, object]:
    """Ask all questions; clients take the next one in turn."""
    waiting = iter(enumerate(questions))  # next() on it is one step: threads may share it
    replies: list[tuple[int, float]] = [(0, 0.0)] * len(questions)

    def work() -> None:
        client = Client(port, kept)
        for at, question in waiting:
            sent = time.perf_counter()
            status = client.ask(question)
            replies[at] = status, (time.perf_counter() - sent) * 1000
        client.close()

    threads = [threading.Thread(target=work) for _ in range(clients)]
    began, used = time.perf_counter(), time.process_time()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds, processor = time.perf_counter() - began, time.process_time() - used
    odd = {status for status, _ in replies} - {200, 503}
    if odd:  # 0 of a question whose client ended with an error
        raise SystemExit(f"the server answered {sorted(odd)}")
    answered = [ms for status, ms in replies if status == 200]
    return {"ms": answered, "refused": len(replies) - len(answered), "seconds": seconds, "processor": processor}


if __name__ == "__main__":
    asked = json.loads(Path(sys.argv[2]).read_text()) * int(sys.argv[5])
    print(json.dumps(load(int(sys.argv[1]), asked, int(sys.argv[3]), sys.argv[4] == "kept")))
