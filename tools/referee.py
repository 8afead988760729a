"""Comparison of what two commits answer: one is recorded, and compared with the record of another.

    python -m tools.referee record FOLDER [--shared ../shared] [--only SET ...]
    python -m tools.referee compare FOLDER FOLDER [--only SET ...] [--renamed OLD=NEW ...]

`record` works with the command line and the endpoints of the checkout that it stands in, so it outlives any change of
modules. It keeps the digests of the files of an index of corpus/, every reply to the questions of a labelled file and
of two public collections (of one with articles, their first 20), the figures of `pincite eval`, and the replies to good
and bad requests at every endpoint. What differs between two runs of one commit is left out: times, request ids, and the
fields of a manifest that name a moment or a digest of the code. A recording takes some five minutes.
`compare` names each value that differs; --renamed is for names of JSON fields and of files that changed
on purpose, and maps those of the first record. Exit status 1 when anything differs.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
MAX_ARTICLES = 20
VARYING_OF_REPLIES = frozenset("took_ms index request instance made exporter".split())
VARYING_OF_MANIFESTS = frozenset("made seal inputs code id".split())  # a moment, or a digest of the code; exporter, too
DIFFERENCES_SHOWN = 20
POST_REQUESTS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("/v1/query", {"question": "How long do people live with ALS?", "k": 3}),
    ("/v1/query", {"question": "How long do poeple live with ALS?"}),
    ("/v1/query", {"question": "How long do poeple live with ALS?", "verbatim": True}),
    ("/v1/query", {"question": "I cannot breathe, what should I do?"}),
    ("/v1/query", {"question": "Who won the world cup in 1966?"}),
    ("/v1/query", {"question": "riluzole", "documents": ["als"], "minimum_confidence": 0.99}),
    ("/v1/query", {"question": "riluzole", "documents": ["other"]}),
    ("/v1/query", {"question": "riluzole", "sections": ["nothing"]}),
    ("/v1/query", {"question": " "}),
    ("/v1/query", {"question": "x" * 20_000}),
    ("/v1/query", {"question": 7, "k": 0, "more": 1}),
    ("/v1/batch", {"questions": [{"question": "What is ALS?"}, {"question": "Is ALS hereditary?", "k": 1}]}),
    ("/v1/batch", {"questions": [{"question": "What is ALS?"}, {"question": ""}]}),
    ("/v1/batch", {"questions": []}),
    ("/v1/locate", {"quote": "motor neurons"}),
    ("/v1/locate", {"quote": "motor neurons", "documents": ["other"]}),
    ("/v1/locate", {"quote": ""}),
    ("/v1/verify", {"document": "als", "start": 0, "end": 10, "quote": "not there", "sha256": "0" * 64}),
    ("/v1/verify", {"document": "other", "start": 0, "end": 1, "quote": "a", "sha256": "0" * 64}),
)
GET_PATHS = (
    "/v1/query?q=What+is+ALS%3F&k=2", "/v1/query?q=a&q=b", "/v1/query", "/v1/documents", "/v1/documents?limit=1",
    "/v1/documents?limit=0", "/v1/documents/als", "/v1/documents/other", "/v1/documents/als/sections/what-is-als",
    "/v1/documents/als/sections/nothing", "/v1/documents/als/passages/what-is-als:1",
    "/v1/documents/als/passages/nothing:1", "/v1/suggest", "/v1/suggest?prefix=what&limit=3", "/v1/about",
    "/v1/openapi.json", "/v1/nothing", "/livez", "/readyz",
)  # fmt: skip


def record(folder: Path, shared: Path, only: Sequence[str]) -> None:
    """Write what this checkout gives below `folder`: bundle.json, and a file of replies and of figures for each set."""
    work = folder / "work"
    folder.mkdir(parents=True, exist_ok=True)
    sets = {
        "als-dev": shared / "eval" / "als-dev.jsonl",
        "clapnq-dev": shared / "bench" / "clapnq-dev",
        "onedoc-open": _first_articles(shared / "bench" / "onedoc-open", work / "onedoc-open"),
    }
    index = work / "corpus"
    _pincite("ingest", "--index", str(index), "corpus")
    _write(folder / "bundle.json", _bundle_record(index))
    with _serving(index) as address:
        _write(folder / "endpoints.json", _endpoint_replies(address))
    for name in only or sets:
        path = sets[name]
        root = work / f"{name}-index" if path.is_dir() else index
        figures = json.loads(_pincite("eval", str(path), "--index", str(root), "--json"))
        _write(folder / f"{name}.figures.json", _without_varying(figures))
        replies = {}
        for bundle_root in [root] if (root / "CURRENT").exists() else sorted(root.iterdir()):
            with _serving(bundle_root) as address:
                for key, question in _questions(path):
                    replies[f"{bundle_root.name}/{key}"] = _ask_question(address, question)
        _write(folder / f"{name}.replies.json", replies)
        print(f"{name}: {len(replies)} replies", flush=True)
    shutil.rmtree(work)


def compare(before: Path, after: Path, only: Sequence[str], renamed: Mapping[str, str]) -> list[str]:
    """Name every value in which two records differ: file, place in the file, and both values."""
    names = sorted({path.name for folder in (before, after) for path in folder.glob("*.json")})
    if only:
        names = [name for name in names if name.split(".")[0] in (*only, "bundle", "endpoints")]
    differences = []
    for name in names:
        if missing := [str(folder) for folder in (before, after) if not (folder / name).is_file()]:
            differences.append(f"{name}: not in {', '.join(missing)}")
            continue
        old, new = (json.loads((folder / name).read_text(encoding="utf-8")) for folder in (before, after))
        differences += [f"{name}: {line}" for line in iter_differences(_renamed(old, renamed), new)]
    return differences


def iter_differences(old: Any, new: Any, at: str = "") -> Iterator[str]:
    """Walk two JSON values; yield a line for each place where they differ."""
    if isinstance(old, dict) and isinstance(new, dict):
        for key in [*old, *(key for key in new if key not in old)]:
            if key in old and key in new:
                yield from iter_differences(old[key], new[key], f"{at}/{key}")
            else:
                yield f"{at}/{key}: only in the {'first' if key in old else 'second'} record"
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for place, (left, right) in enumerate(zip(old, new, strict=True)):
            yield from iter_differences(left, right, f"{at}/{place}")
    elif old != new or type(old) is not type(new):
        yield f"{at}: {_short(old)} -> {_short(new)}"


def _renamed(value: Any, names: Mapping[str, str]) -> Any:
    """Replace the keys, and the strings, of a JSON value that are such names."""
    if isinstance(value, dict):
        return {names.get(key, key): _renamed(item, names) for key, item in value.items()}
    if isinstance(value, list):
        return [_renamed(each, names) for each in value]
    return names.get(value, value) if isinstance(value, str) else value


def _first_articles(source: Path, target: Path) -> Path:
    target.mkdir(parents=True, exist_ok=True)
    lines = (source / "documents.jsonl").read_text(encoding="utf-8").splitlines(keepends=True)
    (target / "documents.jsonl").write_text("".join(lines[:MAX_ARTICLES]), encoding="utf-8")
    return target


def _questions(path: Path) -> Iterator[tuple[str, str]]:
    """Yield the id and text of each question of a labelled file, a BEIR folder or a folder of articles."""
    if path.is_file():
        yield from ((line["id"], line["question"]) for line in _lines(path))
    elif (path / "documents.jsonl").is_file():
        for line in _lines(path / "documents.jsonl"):
            yield from ((f"{line['_id']}:{n}", question["text"]) for n, question in enumerate(line["questions"]))
    else:
        for file in ("queries.jsonl", "unanswerable.jsonl"):
            yield from ((f"{file}:{line['_id']}", line["text"]) for line in _lines(path / file))


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as lines:
        yield from (json.loads(line) for line in lines if line.strip())


def _bundle_record(root: Path) -> dict[str, Any]:
    """Digest each file of the live bundle, and return its manifest without what varies."""
    folder = root / "bundles" / (root / "CURRENT").read_text(encoding="utf-8").strip()
    files = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())}
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    del files["manifest.json"]
    return {
        "files": files,
        "manifest": _without_varying({k: v for k, v in manifest.items() if k not in VARYING_OF_MANIFESTS}),
    }


def _endpoint_replies(address: str) -> dict[str, Any]:
    replies = {f"GET {path}": _http_call(address + path) for path in GET_PATHS}
    for number, (path, body) in enumerate(POST_REQUESTS):
        replies[f"POST {number} {path}"] = _http_call(address + path, json.dumps(body).encode())
    return replies | {"POST not JSON": _http_call(f"{address}/v1/query", b"{")}


def _ask_question(address: str, question: str) -> Any:
    return _http_call(f"{address}/v1/query", json.dumps({"question": question}).encode())


def _http_call(address: str, body: bytes | None = None) -> Any:
    """Return the status and the body of a reply, JSON without what varies."""
    request = urllib.request.Request(address, body, {"Content-Type": "application/json"} if body else {})
    try:
        with urllib.request.urlopen(request, timeout=60) as reply:
            status, data = reply.status, reply.read()
    except urllib.error.HTTPError as error:
        status, data = error.code, error.read()
    try:
        return [status, _without_varying(json.loads(data))]
    except ValueError:
        return [status, data.decode()]


def _without_varying(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_varying(item) for key, item in value.items() if key not in VARYING_OF_REPLIES}
    return [_without_varying(each) for each in value] if isinstance(value, list) else value


def _pincite(*arguments: str) -> str:
    process = subprocess.run(_command(*arguments), cwd=ROOT, env=_environment(), stdout=subprocess.PIPE, check=True)
    return process.stdout.decode()


@contextmanager
def _serving(root: Path) -> Iterator[str]:
    """Serve an index for as long as the block runs, and give the address."""
    command = _command("serve", "--index", str(root), "--port", "0")
    with subprocess.Popen(command, cwd=ROOT, env=_environment(), stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr
        try:
            match = next((m for line in process.stderr if (m := re.search(r"http://[\d.]+:\d+", line))), None)
            if match is None:
                raise SystemExit(f"pincite serve ended with {process.wait()}")
            threading.Thread(target=process.stderr.read).start()  # a line a request, which must not fill the pipe
            yield match[0]
        finally:
            process.terminate()


def _command(*arguments: str) -> list[str]:
    return [str(Path(sys.executable).with_name("pincite")), *arguments]


def _environment() -> dict[str, str]:
    """Return the environment without settings of pincite, so that defaults hold."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("PINCITE_")}
    return {**inherited, "HF_HUB_OFFLINE": "1"}


def _write(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 120 else f"{text[:117]}..."


def main() -> None:
    """Record, or compare two records."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    record_parser = commands.add_parser("record")
    record_parser.add_argument("folder", type=Path)
    record_parser.add_argument("--shared", type=Path, default=ROOT.parent / "shared")
    record_parser.add_argument("--only", nargs="*", default=(), metavar="SET")
    compare_parser = commands.add_parser("compare")
    compare_parser.add_argument("before", type=Path)
    compare_parser.add_argument("after", type=Path)
    compare_parser.add_argument("--only", nargs="*", default=(), metavar="SET")
    compare_parser.add_argument("--renamed", nargs="*", default=(), metavar="OLD=NEW")
    arguments = parser.parse_args()
    if arguments.command == "record":
        return record(arguments.folder.resolve(), arguments.shared.resolve(), arguments.only)
    differences = compare(
        arguments.before, arguments.after, arguments.only, dict(pair.split("=", 1) for pair in arguments.renamed)
    )
    for line in differences[:DIFFERENCES_SHOWN]:
        print(line)
    print(f"{len(differences)} differences")
    sys.exit(bool(differences))


if __name__ == "__main__":
    main()
