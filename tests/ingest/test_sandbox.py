"""Readers in a process of their own: what they may not do, at which limits they end, and what the parent believes."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from book_files import book_file
from open_document_files import flat_open_document, open_document
from open_document_files import paragraph as odt_paragraph
from tiny_pdf import pdf_file
from word_files import paragraph, word_file

from pincite.index.errors import REASONS, ReadError, StorageError
from pincite.index.types import Source
from pincite.ingestion.reading.draft import Draft, Part
from pincite.ingestion.reading.readers_by_suffix import READERS_BY_SUFFIX
from pincite.ingestion.reading.sandbox import reader_process
from pincite.ingestion.reading.sandbox.draft_json import decode_draft, encode_draft
from pincite.ingestion.reading.sandbox.reader_process import WORKER_PROGRAM, ReaderProcess

# Readers that do what a document might have a reader do. Those of "C" use calls that the audit hook does not see.
PLANTED = """
import _posixsubprocess, _socket, ctypes, os, signal, socket, subprocess, time
from pincite.ingestion.reading import readers_by_suffix
from pincite.ingestion.reading.draft import Draft, Part
c_open, c_socket = ctypes.CDLL(None).open, ctypes.CDLL(None).socket
done = lambda result: Draft((Part("paragraph", f"done: {result}"),))
loop = lambda data, name: [None for _ in iter(int, 1)]
readers_by_suffix.READERS_BY_SUFFIX.update({
    ".open": lambda data, name: done(open(data).read()),
    ".write": lambda data, name: done(open(data, "w").write("x")),
    ".socket": lambda data, name: done(socket.socket()),
    ".run": lambda data, name: done(subprocess.run(["/bin/true"])),
    ".unlink": lambda data, name: done(os.unlink(data)),
    ".cpipe": lambda data, name: done(os.pipe()),
    ".copen": lambda data, name: done(c_open(data, 0)),
    ".csocket": lambda data, name: done(c_socket(2, 1, 0)),
    ".memory": lambda data, name: done(len(bytearray(2_000_000_000))),
    ".large": lambda data, name: done(len(bytearray(400_000_000).translate(None))),
    ".text": lambda data, name: Draft((Part("paragraph", "a" * 160_000_000),)),
    ".deep": lambda data, name: eval_deep(),
    ".loop": loop,
    ".fault": lambda data, name: done(1 // 0),
    ".abort": lambda data, name: os.abort(),
    ".kill": lambda data, name: signal.raise_signal(signal.SIGKILL),
    ".exit": lambda data, name: os._exit(3),
    ".noise": lambda data, name: os.write(1, b"x" * 100),
    ".pid": lambda data, name: done(os.getpid()),
    ".environment": lambda data, name: done(sorted(os.environ)),
})
def eval_deep(): eval_deep()
"""


@pytest.fixture
def planted(monkeypatch: pytest.MonkeyPatch) -> Iterator[ReaderProcess]:
    """A process with planted readers and the real ones."""
    head, tail = WORKER_PROGRAM.split("; from", 1)
    monkeypatch.setattr(reader_process, "WORKER_PROGRAM", f"{head}\n{PLANTED}\nfrom{tail}")
    with ReaderProcess() as process:
        yield process


@pytest.mark.parametrize(
    ("suffix", "reason"),
    {
        ".open": "unsafe",
        ".write": "unsafe",
        ".socket": "unsafe",
        ".run": "unsafe",
        ".unlink": "unsafe",
        ".cpipe": "crashed",
        ".memory": "too_much_memory",
        ".text": "too_large",
        ".deep": "too_complex",
        ".fault": "crashed",
        ".abort": "crashed",
        ".kill": "too_much_memory",
        ".exit": "crashed",
        ".noise": "crashed",
    }.items(),
)
def test_a_reader_that_breaks_a_rule_ends_in_a_refusal(
    suffix: str, reason: str, planted: ReaderProcess, tmp_path: Path
) -> None:
    """A forbidden call, too much of anything and a crash refuse that file for a reason of the list, and no other."""
    canary = tmp_path / "canary"
    canary.write_text("the canary sings")
    with pytest.raises(ReadError) as caught:
        planted.read(os.fsencode(canary), "page", suffix)
    assert (caught.value.place, caught.value.reason) == ("page", reason)
    assert reason in REASONS
    assert "sings" not in str(caught.value)
    assert canary.read_text() == "the canary sings"
    assert [part.text for part in planted.read(b"The bell rings.", "a.md", ".md").parts] == ["The bell rings."]


@pytest.mark.parametrize("suffix", [".copen", ".csocket"])
def test_libraries_in_c_can_open_nothing_either(suffix: str, planted: ReaderProcess) -> None:
    """Calls that Python does not see fail: there is no file descriptor left."""
    (part,) = planted.read(b"/etc/passwd", "page", suffix).parts
    assert part.text == "done: -1"


def test_a_reader_that_does_not_end_is_ended(planted: ReaderProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    """After its seconds a file is refused as too slow, and the next one is read."""
    monkeypatch.setattr(reader_process, "READ_SECONDS", 0.3)
    with pytest.raises(ReadError, match="seconds to read") as caught:
        planted.read(b"", "page", ".loop")
    assert caught.value.reason == "too_slow"
    monkeypatch.undo()
    assert planted.read(b"The bell rings.", "a.md", ".md").parts


def _pid(process: ReaderProcess) -> str:
    return process.read(b"", "page", ".pid").parts[0].text


def test_one_process_reads_many_files_until_one_is_large(planted: ReaderProcess) -> None:
    """A process that has taken much memory is replaced after the document, however much its parent has."""
    ballast = b"x" * 500_000_000
    first = _pid(planted)
    assert _pid(planted) == first
    planted.read(b"", "page", ".large")
    assert _pid(planted) != first
    assert ballast


def test_secrets_of_the_environment_stay_with_the_parent(
    planted: ReaderProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Variables other than those of paths and language are not handed on."""
    monkeypatch.setenv("PINCITE_API_KEYS_FILE", "/secret")
    assert "PINCITE" not in planted.read(b"", "page", ".environment").parts[0].text


FILES = {
    ".md": "# Tides\n\nThe bell rings at high water, twice a day. é\n".encode(),
    ".txt": "Tides\n\nThe bell rings at high water, twice a day. é\n".encode(),
    ".html": b"<html><title>Tides</title><p>The bell rings at high water, twice a day.</p></html>",
    ".docx": word_file(paragraph("The bell rings at high water, twice a day.")),
    ".odt": open_document(odt_paragraph("The bell rings at high water, twice a day.")),
    ".fodt": flat_open_document(odt_paragraph("The bell rings at high water, twice a day.")),
    ".epub": book_file("<h1>Tides</h1><p>The bell rings at high water, twice a day.</p>"),
    # a hyphen at the end of a line is looked up in a list of English words
    ".pdf": pdf_file(["BT /F1 10 Tf 60 600 Td (The bell of the har-) Tj 0 -12 Td (bour rings twice a day.) Tj ET"]),
}


@pytest.mark.parametrize("suffix", FILES)
def test_each_format_is_read_as_without_a_process(suffix: str) -> None:
    """The draft that comes back is the draft that the reader makes; there is a file for every reader."""
    assert {READERS_BY_SUFFIX[known] for known in FILES} == set(READERS_BY_SUFFIX.values())
    with ReaderProcess() as process:
        assert process.read(FILES[suffix], "page", suffix) == READERS_BY_SUFFIX[suffix](FILES[suffix], "page")


@pytest.mark.parametrize("encoding", ["cp1251", "shift_jis", "gb18030", "big5", "euc_kr", "iso-2022-jp", "koi8-r"])
def test_codecs_that_python_imports_late_are_there(encoding: str) -> None:
    """A page in any encoding that a browser knows is read."""
    page = f'<meta charset="{encoding}"><p>The bell rings at high water: прилив.</p>'.encode(encoding)
    with ReaderProcess() as process:
        assert process.read(page, "page", ".html") == READERS_BY_SUFFIX[".html"](page, "page")


def test_a_refusal_of_a_reader_comes_back_whole() -> None:
    """Place, problem, remedy and reason of a ReadError are those of the reader."""
    with pytest.raises(ReadError) as direct:
        READERS_BY_SUFFIX[".md"](b"\xff", "page")
    with ReaderProcess() as process, pytest.raises(ReadError) as caught:
        process.read(b"\xff", "page", ".md")
    assert (str(caught.value), caught.value.reason) == (str(direct.value), "encoding")


def test_an_ended_parent_ends_the_process() -> None:
    """When the parent is killed, the process reads the end of its requests, and ends."""
    program = """
import sys, time
from pincite.ingestion.reading.sandbox.reader_process import ReaderProcess
process = ReaderProcess()
process.read(b"Text is here.", "a.md", ".md")
print(process._process.pid, flush=True)
sys.stdin.read()
"""
    parent = subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert parent.stdout is not None
    descriptor = os.pidfd_open(int(parent.stdout.readline()))
    try:
        poll = select.poll()
        poll.register(descriptor, select.POLLIN)
        assert not poll.poll(0)
        parent.send_signal(signal.SIGKILL)
        parent.communicate()
        assert poll.poll(20_000)
    finally:
        os.close(descriptor)


def test_a_process_that_cannot_start_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """A Python that is not there, or does not run, is a StorageError; a missing package names itself."""
    with monkeypatch.context() as patch, ReaderProcess() as process:
        patch.setattr(sys, "executable", "/nowhere/python")
        with pytest.raises(StorageError, match="/nowhere/python"):
            process.read(b"", "a.md", ".md")
    for program, error in (("raise SystemExit(3)", StorageError), (WORKER_PROGRAM, ModuleNotFoundError)):
        hidden = "import sys; sys.modules['selectolax'] = None\n" if program == WORKER_PROGRAM else ""
        monkeypatch.setattr(reader_process, "WORKER_PROGRAM", hidden + program)
        with ReaderProcess() as process, pytest.raises(error):
            process.read(b"", "a.md", ".md")


DRAFT = Draft(
    (Part("heading", "Tides", 2), Part("item", "The bell\u200b rings.", 1, "3."), Part("code", "a\n  b")),
    "Tide notes",
    "tides",
    Source(publisher="Harbour Works", url="https://harbour.example/"),
    ("left out: a picture",),
    language="en",
)


def test_a_draft_goes_through_json_unchanged() -> None:
    """Every field of a draft, its parts and its source comes back."""
    assert decode_draft(json.loads(json.dumps(encode_draft(DRAFT)))) == DRAFT


def test_what_a_taken_over_process_sends_is_cleaned_and_checked() -> None:
    """Invisible characters are taken out by the parent too, and anything of another type is refused."""
    encoded = encode_draft(DRAFT)
    encoded[0][1][1] = "The \u202ebell"
    assert decode_draft(encoded).parts[1].text == "The bell"
    for place, value in (
        ((0, 0, 0), "script"),
        ((0, 0, 0), ["heading"]),
        ((0, 0, 1), 7),
        ((0, 0, 1), None),
        ((0, 0, 2), -1),
        ((0, 0, 2), 10**9),
        ((0, 0, 2), True),
        ((0, 0, 2), 1.0),
        ((0, 0), {}),
        ((0, 0), ["heading", "a"]),
        ((0,), "parts"),
        ((1,), 3),
        ((3,), None),
        ((4, 0), None),
    ):
        target = encoded = json.loads(json.dumps(encode_draft(DRAFT)))
        for index in place[:-1]:
            target = target[index]
        target[place[-1]] = value
        with pytest.raises(ValueError, match="draft"):
            decode_draft(encoded)


@pytest.mark.parametrize(
    "reply",
    [
        b"",
        b"[]",
        b"{}",
        b'{"draft": [], "peak_bytes": 1}',
        b'{"refusal": ["a", "b", "c", "because"], "peak_bytes": 1}',
        b'{"refusal": ["a", "b", 3, "empty"], "peak_bytes": 1}',
        b"[" * 100_000,
        json.dumps({"draft": encode_draft(Draft(DRAFT.parts, id="../x")), "peak_bytes": 1}).encode(),
        json.dumps(
            {"draft": encode_draft(Draft(DRAFT.parts, source=Source(url="javascript:a"))), "peak_bytes": 1}
        ).encode(),
    ],
)
def test_a_reply_that_is_none_is_a_refusal(reply: bytes) -> None:
    """Whatever comes over the pipe, the parent raises a ReadError that names the file."""
    with pytest.raises(ReadError, match="page: cannot be read: its reader gives a reply that is none"):
        reader_process._decode_reply(reply, "page")


def test_a_refusal_cannot_steer_a_terminal() -> None:
    """Control characters of a refusal are escaped by the parent."""
    reply = json.dumps({"refusal": ["a", "\x1b[2J", "c", "empty"], "peak_bytes": 1}).encode()
    _, refusal, _ = reader_process._decode_reply(reply, "page")
    assert refusal is not None
    assert refusal.problem == "\\x1b[2J"
