"""The container file and the unit: no root, nothing writable, pinned, and naming what exists."""

from __future__ import annotations

import configparser
import re
import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CONTAINER = (ROOT / "packaging" / "Containerfile").read_text(encoding="utf-8")


def test_the_container_runs_without_root_from_a_pinned_base() -> None:
    """Bases have a version, the user is not root, what is copied exists, and the start is a list of words."""
    bases = re.findall(r"^FROM (\S+)", CONTAINER, re.MULTILINE)
    assert bases
    assert all(re.search(r":\d", base) for base in bases)
    assert re.search(r"^USER 65534", CONTAINER, re.MULTILINE)
    copied = [words.split()[:-1] for words in re.findall(r"^COPY (?!--)(.+)$", CONTAINER, re.MULTILINE)]
    for name in (name for names in copied for name in names):
        assert (ROOT / name).exists(), name
    assert 'ENTRYPOINT ["/opt/pincite/bin/pincite"]' in CONTAINER


def test_the_unit_keeps_the_service_in_bounds() -> None:
    """A user of its own, a read-only system, no capability; the analyser of systemd, where it is at hand, agrees."""
    unit = configparser.ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str  # type: ignore[assignment, method-assign]
    unit.read(ROOT / "packaging" / "pincite.service")
    service = unit["Service"]
    assert service["DynamicUser"] == service["NoNewPrivileges"] == "yes"
    assert service["ProtectSystem"] == "strict"
    assert service["CapabilityBoundingSet"] == ""
    assert service["ExecStart"].endswith("pincite serve")
    if shutil.which("systemd-analyze"):
        done = subprocess.run(
            ["systemd-analyze", "verify", str(ROOT / "packaging" / "pincite.service")],
            capture_output=True,
            text=True,
            check=False,
        )
        assert "Unknown" not in done.stderr
