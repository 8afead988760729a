"""The tools for language models, by the official client: over standard input and output, and over HTTP."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest
from mcp import Client, StdioServerParameters

from pincite.index.searcher import Searcher
from pincite.index.settings import Settings
from pincite.service import mcp_server

ROOT = Path(__file__).resolve().parents[2]
START = [sys.executable, "-c", "from pincite.service.cli.commands import main; main()", "mcp"]
QUESTION = "how long is a sabbatical after seven years"


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}


async def use(client: Client) -> None:
    """Find the tools, ask, quote, get an error, and learn that the documents do not say."""
    tools = {tool.name: tool for tool in (await client.list_tools()).tools}
    assert sorted(tools) == ["check_quote", "get_section", "list_sections", "search_passages"]
    for tool in tools.values():
        assert tool.description
        assert tool.output_schema
        assert tool.annotations
        assert (tool.annotations.read_only_hint, tool.annotations.open_world_hint) == (True, False)
    found = await client.call_tool("search_passages", {"question": QUESTION})
    assert len(found.model_dump_json()) <= 8192
    answer = found.structured_content
    assert answer
    assert answer["status"] == "answered"
    assert answer["passages"][0]["path"] == ["Leave", "Sabbatical"]
    assert json.loads(found.content[0].text) == answer  # type: ignore[union-attr]
    quote = answer["passages"][0]["answering"][0]
    checked = (await client.call_tool("check_quote", {"quote": quote})).structured_content
    assert checked
    assert checked["status"] == "exact"
    section = {"document": answer["passages"][0]["document"], "section": answer["passages"][0]["section"]}
    text = (await client.call_tool("get_section", section)).structured_content
    assert text
    assert quote in text["text"]
    nothing = (
        await client.call_tool("search_passages", {"question": "what is the capital of France"})
    ).structured_content
    assert nothing
    assert nothing["status"] != "answered"
    assert nothing["unmatched_terms"] == ["capital", "France"]
    assert nothing["language"] is None
    tides = {"question": "when does the bell ring", "publishers": ["harbour works"]}
    filtered = (await client.call_tool("search_passages", tides)).structured_content
    assert filtered
    assert {p["document"] for p in filtered["passages"]} <= {"leave"}
    assert filtered["nothing_searched"] is None
    none = (await client.call_tool("search_passages", {**tides, "since": "2025", "tags": ["x"]})).structured_content
    assert none
    assert (none["status"], none["passages"]) == ("not_found", [])
    assert none["nothing_searched"] == "There is no document with the tag “x”, reviewed since 2025."
    for name, arguments, said in (
        ("search_passages", {"question": "a", "since": "soon"}, "since is not a date; write a year"),
        ("search_passages", {"question": " "}, "question: is empty"),
        ("search_passages", {"question": "a" * 2001}, "2,000"),
        ("search_passages", {"question": "a", "k": 11}, "k must be from 1 to 10"),
        ("search_passages", {"question": "a", "documents": ["x"]}, "no document has the id 'x'"),
        ("get_section", {"document": "leave", "section": "x"}, "list_sections names them"),
        ("check_quote", {"quote": ""}, "quote is empty"),
    ):
        wrong = await client.call_tool(name, arguments)
        assert wrong.is_error
        assert said in wrong.content[0].text, wrong  # type: ignore[union-attr]


def run(make: Callable[[], Client]) -> None:
    async def main() -> None:
        async with make() as client:
            await use(client)

    task: Coroutine[Any, Any, None] = main()
    asyncio.run(task)


@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_over_standard_input_and_output(index: Path, mode: Any) -> None:
    """The official client, in both eras of the protocol, starts the command and uses every tool."""
    started = StdioServerParameters(command=START[0], args=[*START[1:], "--index", str(index)], env=environment())
    run(lambda: Client(started, mode=mode))


def test_in_one_process(searcher: Searcher) -> None:
    """The same tools without a wire between."""
    run(lambda: Client(mcp_server.make_server(searcher, Settings())))


def test_every_line_on_stdout_is_json_rpc(index: Path) -> None:
    """Whatever is sent, only messages of the protocol come out."""
    hello = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}}
    lines = [
        {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": hello},
        {"jsonrpc": "2.0", "method": "notifications/initialized"},
    ]
    for number in range(2, 52):
        arguments = {"question": f"is a sabbatical paid {number}", "k": number % 13}
        call = {"name": "search_passages" if number % 7 else "nothing", "arguments": arguments}
        lines.append({"jsonrpc": "2.0", "id": number, "method": "tools/call", "params": call})
    with subprocess.Popen(
        [*START, "--index", str(index)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        text=True, env=environment(),
    ) as process:  # fmt: skip
        assert process.stdin
        assert process.stdout
        process.stdin.write("".join(json.dumps(line) + "\n" for line in lines))
        process.stdin.flush()
        answered: set[int] = set()
        while len(answered) < 51:
            message = json.loads(process.stdout.readline())
            assert message["jsonrpc"] == "2.0"
            answered.add(message.get("id", 0))
        process.stdin.close()
        assert [json.loads(line)["jsonrpc"] for line in process.stdout] == []
        assert process.wait(timeout=20) == 0


def test_over_http(index: Path) -> None:
    """The client uses every tool at /mcp; pages of other origins and other hosts are refused."""
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [*START, "--index", str(index), "--http", "--port", str(port)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment()) as process:
        assert process.stderr
        said = ""
        while "Uvicorn running" not in said:
            line = process.stderr.readline()
            assert line, said
            said += line
        try:
            url = f"http://127.0.0.1:{port}/mcp"
            run(lambda: Client(url))
            for header, status in (("Origin", 403), ("Host", 421)):
                request = urllib.request.Request(
                    url, b"{}", {"Content-Type": "application/json", header: "http://evil.example"}
                )
                request.add_header("Accept", "application/json, text/event-stream")
                with pytest.raises(urllib.error.HTTPError) as refused:
                    urllib.request.urlopen(request, timeout=20)
                refused.value.close()
                assert refused.value.code == status
        finally:
            process.terminate()
            process.communicate(timeout=20)
