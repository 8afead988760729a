"""Hold today's quality to what was reached: `python -m benchmarks.expected [SET ...] [--data ../shared]`.

benchmarks/expected.toml has, for each set of questions, its data, the SHA-256 of that data, and for each measure of
`pincite eval` the value, the tolerance, which direction is better, and the commit that reached it. Prints a line a
measure: OK (as good or better), NEAR (worse within the tolerance) or FAIL (worse than that, or other data). Exit
status 1 on FAIL. A value that was bettered for good is raised in the file, with its commit.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
EXPECTED_FILE = Path(__file__).with_name("expected.toml")
ROUNDING = 0.0005  # figures have four digits, the file three


@dataclass(frozen=True, slots=True)
class Line:
    """One measure of one set, held to its expected value."""

    set: str
    measure: str
    verdict: str  # OK, NEAR or FAIL
    value: float | None
    expected: float

    def __str__(self) -> str:
        value = "no value" if self.value is None else f"{self.value:.4f}"
        return f"{self.verdict:4}  {self.set:12} {self.measure:40} {value}  (expected {self.expected:.3f})"


def digest(path: Path) -> str:
    """Return the SHA-256 of a file, or of all files below a folder with their names."""
    if path.is_file():
        return hashlib.sha256(path.read_bytes()).hexdigest()
    whole = hashlib.sha256()
    for file in sorted(p for p in path.rglob("*") if p.is_file()):
        whole.update(f"{file.relative_to(path).as_posix()}\0{digest(file)}\n".encode())
    return whole.hexdigest()


def verdict(value: float | None, expected: Mapping[str, Any]) -> str:
    """Judge one value.

    >>> verdict(0.92, {"value": 0.91, "tolerance": 0.02, "better": "higher"})
    'OK'
    >>> verdict(0.90, {"value": 0.91, "tolerance": 0.02, "better": "higher"})
    'NEAR'
    >>> verdict(0.20, {"value": 0.11, "tolerance": 0.05, "better": "lower"})
    'FAIL'
    """
    if value is None:
        return "FAIL"
    worse = (expected["value"] - value) * (1 if expected["better"] == "higher" else -1)
    if worse <= ROUNDING:
        return "OK"
    return "NEAR" if worse <= expected["tolerance"] + ROUNDING else "FAIL"


def find(result: Mapping[str, Any], measure: str) -> float | None:
    """Return a measure of the JSON of `pincite eval`, by its path: "measures/section@1"."""
    found: Any = result
    for key in measure.split("/"):
        found = found.get(key) if isinstance(found, dict) else None
    if isinstance(found, dict):
        found = found.get("mean", found.get("value"))
    return float(found) if isinstance(found, int | float) else None


def hold(name: str, entry: Mapping[str, Any], data: Path) -> Iterator[Line]:
    """Evaluate one set and hold each of its measures to the expected value."""
    path = data / entry["data"]
    result = evaluate(path) if path.exists() and digest(path) == entry["sha256"] else {}
    for measure, expected in entry["measures"].items():
        value = find(result, measure)
        yield Line(name, measure, verdict(value, expected), value, expected["value"])


def evaluate(path: Path) -> dict[str, Any]:
    """Run `pincite eval` as anybody would, over an index made for it."""
    pincite = str(Path(sys.executable).with_name("pincite"))
    with tempfile.TemporaryDirectory() as folder:
        if path.is_file():
            subprocess.run([pincite, "ingest", "--index", folder], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
        command = [pincite, "eval", str(path), "--index", folder, "--json"]
        done = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE)
    return dict(json.loads(done.stdout))


def main() -> None:
    """Print a line a measure, and end with 1 when any fails."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sets", nargs="*", metavar="SET")
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared")
    arguments = parser.parse_args()
    entries = tomllib.loads(EXPECTED_FILE.read_text(encoding="utf-8"))
    failed = False
    for name in arguments.sets or entries:
        for line in hold(name, entries[name], arguments.data.resolve()):
            print(line, flush=True)
            failed |= line.verdict == "FAIL"
    sys.exit(failed)


if __name__ == "__main__":
    main()
