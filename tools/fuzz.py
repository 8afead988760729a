"""Call a service with requests that Schemathesis makes from its description: `python tools/fuzz.py URL EXAMPLES`.

EXAMPLES is for each operation; some 700 give 20,000 requests in all.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

from pincite.index.query.normalise import is_blank

_CENTURIES = {"since": "19", "until": "20"}


def fuzz(url: str, examples: int, seed: int = 1) -> tuple[int, str]:
    """Fuzz a service. Returns how many requests were answered as described, 0 if any was not, and the output."""
    schemathesis = str(Path(sys.executable).with_name("schemathesis"))
    command = [schemathesis, "run", "description.json", "--url", url, "--seed", str(seed)]
    command += ["--max-examples", str(examples), "--checks", "all", "--generation-database", "none", "--no-color"]
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "description.json").write_text(json.dumps(without_invalid_requests(url)), encoding="utf-8")
        done = subprocess.run(command, capture_output=True, text=True, cwd=folder, check=False)
    said = done.stdout + done.stderr
    counted = re.search(r"([0-9,]+) generated", said)
    return (int(counted[1].replace(",", "")) if counted and done.returncode == 0 else 0), said


def without_invalid_requests(url: str) -> dict[str, Any]:
    """Return the description of a service with patterns that are too long, or too narrow, for its other readers.

    Questions are not blank, days exist, and no range of dates ends before it begins.
    """
    with urllib.request.urlopen(f"{url}/v1/openapi.json") as response:
        described: dict[str, Any] = json.load(response)
    pattern = rf"^[^\u0000]*[^{_blank_characters()}][^\u0000]*$"
    parameter = described["paths"]["/v1/query"]["get"]["parameters"][0]["schema"]
    for schema in (parameter, described["components"]["schemas"]["Query"]["properties"]["question"]):
        schema["pattern"] = pattern
    parameters = [p for path in described["paths"].values() for p in path.get("get", {}).get("parameters", ())]
    dates = [(p["name"], p["schema"]) for p in parameters if p["name"] in _CENTURIES]
    for model in ("Query", "Batch"):
        fields = described["components"]["schemas"][model]["properties"]
        dates += [(name, option) for name in _CENTURIES for option in fields[name]["anyOf"] if "pattern" in option]
    for name, schema in dates:
        schema["pattern"] = rf"^{_CENTURIES[name]}[0-9]{{2}}(-0[1-9](-(0[1-9]|1[0-9]|2[0-8]))?)?$"
    return described


def _blank_characters() -> str:
    """List every character that leaves a question blank, as ranges of a regular expression."""
    blank = [c for c in map(chr, range(sys.maxunicode + 1)) if not "\ud800" <= c <= "\udfff" and is_blank(c)]
    return "".join(f"{a}-{b}" if a != b else a for a, b in _ranges(blank))


def _ranges(characters: list[str]) -> Iterator[tuple[str, str]]:
    """Yield the first and last of each run of neighbouring characters, escaped for a pattern."""
    for _, run in groupby(enumerate(characters), key=lambda pair: ord(pair[1]) - pair[0]):
        neighbours = [c for _, c in run]
        yield _escaped(neighbours[0]), _escaped(neighbours[-1])


def _escaped(character: str) -> str:
    return f"\\u{ord(character):04x}" if character <= "\uffff" else character


if __name__ == "__main__":
    cases, said = fuzz(sys.argv[1], int(sys.argv[2]))
    print(re.sub(r".{300,}", lambda long: long[0][:300] + " ...", said)[-6000:])
    sys.exit(cases == 0)
