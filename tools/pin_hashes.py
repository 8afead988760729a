"""Write packaging/serving.txt and packaging/build.txt: what serving and building install, each file by its SHA-256.

    python -m tools.pin_hashes

pip takes no hashes from a constraints file together with a folder (`pip install --constraint ... .`), so they stand in
files of requirements. The versions are those of constraints.txt; the files are the wheels that pip chooses for Python
3.11 on Linux, x86-64 and ARM. Nothing is installed; run it after constraints.txt or the requirements have changed.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PACKAGING_FOLDER = ROOT / "packaging"
MACHINES = ("x86_64", "aarch64")
GLIBC_VERSIONS = ("2_28", "2_27", "2_17")  # of manylinux, the newest first: Debian 12 has a newer one than all of them
FILE_HEADER = "# Written by `python -m tools.pin_hashes`: {what}, by SHA-256, for Python 3.11 on Linux.\n"


def main() -> None:
    """Ask pip, and write both files."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    write_pins("serving.txt", "what serving installs", project["project"]["dependencies"])
    write_pins("build.txt", "what builds the package", project["build-system"]["requires"])


def write_pins(name: str, purpose: str, requirements: Sequence[str]) -> None:
    """Write one file: a line for each distribution, with the hash of its file for each machine."""
    hashes: dict[str, set[str]] = {}
    for machine in MACHINES:
        for distribution in resolve_with_pip(requirements, machine):
            pin = f"{distribution['metadata']['name'].lower().replace('_', '-')}=={distribution['metadata']['version']}"
            hashes.setdefault(pin, set()).add(distribution["download_info"]["archive_info"]["hashes"]["sha256"])
    lines = [
        " \\\n".join([pin, *(f"    --hash=sha256:{h}" for h in sorted(digests))])
        for pin, digests in sorted(hashes.items())
    ]
    (PACKAGING_FOLDER / name).write_text(FILE_HEADER.format(what=purpose) + "\n".join(lines) + "\n", encoding="utf-8")


def resolve_with_pip(requirements: Sequence[str], machine: str) -> list[dict[str, Any]]:
    """Return what pip would install on a machine, by its report."""
    platforms = [word for glibc in GLIBC_VERSIONS for word in ("--platform", f"manylinux_{glibc}_{machine}")]
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        install_options = [
            "install",
            "--dry-run",
            "--ignore-installed",
            "--quiet",
            "--report",
            str(report),
            "--target",
            folder,
        ]
        target_options = ["--only-binary=:all:", "--implementation", "cp", "--python-version", "3.11", *platforms]
        constraints = ["--constraint", str(ROOT / "constraints.txt"), *requirements]
        subprocess.run([sys.executable, "-m", "pip", *install_options, *target_options, *constraints], check=True)
        distributions: list[dict[str, Any]] = json.loads(report.read_text(encoding="utf-8"))["install"]
    return distributions


if __name__ == "__main__":
    main()
