"""The page: every figure of a run in a table. Figures come in, Markdown goes out."""

from __future__ import annotations

import os
import platform
import statistics
from collections.abc import Sequence
from datetime import date
from typing import Any

import numpy as np

from benchmarks.peers.bars import BARE_FLOAT32, COMPARED_WITH, CORES, bars, middle, p50, ratios, shares
from benchmarks.peers.quality import RANKING_MEASURES
from benchmarks.peers.serving import CLIENT_COUNTS, REPEATS, SETTINGS

TIMING_COLUMNS = ("start to first answer, s", "p50 ms", "p99 ms")


def page(found: dict[str, Any]) -> str:
    """Format the whole of benchmarks/RESULTS.md."""
    parts = [
        "# pincite beside its peers",
        introduction(found),
        "## What is asked for",
        table(("", "bar", "measured", ""), [bar.row() for bar in bars(found)]),
        "## In process",
        in_process(found),
        "## Over HTTP",
        over_http(found),
        "## Throughput",
        throughput(found),
        "## Building an index",
        building(found),
        "## Installing",
        installing(found),
        "## One question by stage",
        "The default encoder with the cross-encoder, processor time, each question three times on one core.",
        found["stages"],
        "How pincite grows with the number of passages: [SCALE.md](SCALE.md).",
    ]
    return "\n\n".join(parts) + "\n"


def table(heads: Sequence[str], rows: Sequence[str]) -> str:
    return "\n".join([f"| {' | '.join(heads)} |", "|---" + "|---:" * (len(heads) - 1) + "|", *rows])


def spread(values: list[float], digits: int) -> str:
    """Format the median, with the least and the most."""
    return f"{statistics.median(values):.{digits}f} ({min(values):.{digits}f}-{max(values):.{digits}f})"


def times(rounds: list[dict[str, Any]], key: str) -> str:
    """p50 and p99 of each round's questions."""
    half, high = ([float(np.quantile(r[key], share)) for r in rounds] for share in (0.5, 0.99))
    return f"{spread(half, 1)} | {spread(high, 1)}"


def held(rounds: list[dict[str, Any]]) -> str:
    return f"{spread([r['VmRSS'] for r in rounds], 0)} | {spread([r['VmHWM'] for r in rounds], 0)}"


def introduction(found: dict[str, Any]) -> str:
    labelled = sum(map(bool, found["labels"]))
    return (
        f"`make bench` wrote this on {date.today()}: {len(found['commands'])} rounds of {len(found['questions'])} questions "
        f"({labelled} labelled) over {found['passages']} passages, same weights, engines taking turns, each pinned to one "
        f"core unless it says otherwise; {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, "
        f"commit {found['commit']}. Medians of the rounds, with the least and the most. In each process every question is new: "
        f"it was warmed with the first words of passages. pincite keeps no answers here. Its default encoder "
        f"(`PINCITE_ENCODER_PRECISION=auto`) came out as {found['numbers']}. {found['versions']}."
    )


def in_process(found: dict[str, Any]) -> str:
    engines, bare = found["engines"], p50(found["engines"][BARE_FLOAT32])
    heads = ("engine", *TIMING_COLUMNS, "p50, of bare float32's", "resident MB", "peak MB", *RANKING_MEASURES)
    rows = []
    for name, rounds in engines.items():
        first = spread([r["first"] for r in rounds], 2)
        right = " | ".join(f"{value:.3f}" for value in found["quality"][name]) or "| |"
        rows.append(
            f"| {name} | {first} | {times(rounds, 'ms')} | {p50(rounds) / bare:.2f} | {held(rounds)} | {right} |"
        )
    return (
        table(heads, rows) + "\n\nThe bare encoder is its tokenizer, one run of its graph and a search in FAISS. "
        "success@k: a passage of a right section is among the first k; MRR@5: the mean of 1 / the rank of the first. "
        f"Engines that re-rank read {found['reads']} passages a question, as many as pincite reads in the mean, with a "
        "cross-encoder of the same size and random weights: they have times alone."
    )


def over_http(found: dict[str, Any]) -> str:
    heads = ("", *TIMING_COLUMNS, "p50 ms, new connections", "p99 ms, new connections", "resident MB", "peak MB")
    rows, beside = [], []
    for name, rounds in found["served"].items():
        first = spread([r["first"] for r in rounds], 2)
        rows.append(f"| {name} | {first} | {times(rounds, 'ms')} | {times(rounds, 'new_ms')} | {held(rounds)} |")
        for bare in COMPARED_WITH[name]:
            median, high = ratios(rounds, found["engines"][bare])
            beside.append(f"| {name} | {bare} | {median:.2f} | {high:.2f} |")
    whole = spread([c["ask"] for c in found["commands"]], 2)
    return (
        "The server on core 0, one client on core 1: over one connection that is kept, then the same questions again with a "
        "new connection for each.\n\n"
        + table(heads, rows)
        + "\n\nEach question's time over the kept connection, of the bare encoder's call on that same question; medians over "
        "rounds first, then the median and the 99th percentile over questions. Asked for with the cross-encoder off: 2.0 and 2.5.\n\n"
        + table(("", "of", "median", "99th percentile"), beside)
        + f"\n\n`pincite ask`, the whole command with the cross-encoder, start to end: {whole} s."
    )


def throughput(found: dict[str, Any]) -> str:
    heads = ("", "clients", "answers a second", "server ms a question", "client ms a question", "refused")
    heads += ("of cores / processor time", "of cores / wall time")
    rows = []
    for name, rounds in found["loaded"].items():
        for clients in CLIENT_COUNTS:
            rate = spread([r[clients]["rate"] for r in rounds], 0)
            used = " | ".join(f"{middle(rounds, clients, key):.2f}" for key in ("server_ms", "client_ms"))
            refused = sum(r[clients]["refused"] for r in rounds)
            processor, wall = shares(rounds, clients)
            rows.append(f"| {name} | {clients} | {rate} | {used} | {refused} | {processor:.2f} | {wall:.2f} |")
    return (
        f"Server and client share {CORES} cores; the client is one light process with kept connections, and each asks on when "
        f"it was answered. {', '.join(f'{k}={v}' for k, v in SETTINGS.items())}; every question {REPEATS} times a round. Two "
        "processes: PINCITE_PROCESSES=2. What is refused (503) is not asked again, and not an answer; "
        "`refused` is of all rounds. Times are of the processor. "
        f"The last columns: of what {CORES} cores could give if every question took what it took with one client, in the "
        "server's processor time and by the clock. Asked for at 16 clients: 0.8.\n\n" + table(heads, rows)
    )


def building(found: dict[str, Any]) -> str:
    rates = [f"| {name}, encoding and indexing | {spread(each, 1)} |" for name, each in found["building"].items()]
    for cores, rounds in found["embedding"].items():
        for name in ("pincite", "sentence-transformers"):
            rate = spread([r[name] for r in rounds], 1)
            rates.append(f"| {name}, float32, encoding alone, cores {cores} | {rate} |")
    first, again = ([c[key] for c in found["commands"]] for key in ("first", "unchanged"))
    whole = spread([found["passages"] / seconds for seconds in first], 1)
    rates.append(f"| `pincite ingest`, the whole command with every vector it keeps | {whole} |")
    return (
        table(("in a warm process", "passages a second"), rates)
        + f"\n\nLeast cosine of pincite's vectors with sentence-transformers': {found['least cosine']:.7f}.\n\n"
        f"`pincite ingest` first: {spread(first, 1)} s; again, unchanged: {spread(again, 2)} s."
    )


def installing(found: dict[str, Any]) -> str:
    rows = [f"| {name} | {size:.0f} |" for name, size in found["sizes"].items()]
    return (
        table(("files of the packages and all that they need, PyTorch in its build without CUDA", "MB"), rows)
        + f"\n\nThe weights ({found['weights']:.0f} MB) are within pincite[ingest]; the other engines need them besides. pincite for "
        f"serving needs an index: {found['indexes']['auto']:.0f} MB of this corpus, {found['indexes']['float32']:.0f} MB at float32."
    )
