"""Call a service with requests that Schemathesis makes from its description: `python tools/fuzz.py URL EXAMPLES`.

EXAMPLES is for each operation; some 700 give 20,000 requests in all.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from pathlib import Path


def fuzz(url: str, examples: int, seed: int = 1) -> tuple[int, str]:
    """Fuzz a service. Returns how many requests were answered as described, 0 if any was not, and the output."""
    command = [
        str(Path(sys.executable).with_name("schemathesis")),
        "run",
        f"{url}/v1/openapi.json",
        "--seed",
        str(seed),
    ]
    command += ["--max-examples", str(examples), "--checks", "all", "--generation-database", "none", "--no-color"]
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(command, capture_output=True, text=True, cwd=folder, check=False)
    said = done.stdout + done.stderr
    counted = re.search(r"([0-9,]+) generated", said)
    return (int(counted[1].replace(",", "")) if counted and done.returncode == 0 else 0), said


if __name__ == "__main__":
    cases, said = fuzz(sys.argv[1], int(sys.argv[2]))
    print(re.sub(r".{300,}", lambda long: long[0][:300] + " ...", said)[-6000:])
    sys.exit(cases == 0)
