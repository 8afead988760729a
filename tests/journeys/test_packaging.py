"""The container file and the unit: no root, nothing writable, pinned and held to digests, and naming what exists."""

from __future__ import annotations

import ast
import configparser
import re
import shutil
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

from distributions import serving_distributions

from pincite.index.storage.manifest import file_sha256
from pincite.ingestion.publishing.fingerprint import MODELS, PACKAGED_FILES

ROOT = Path(__file__).resolve().parents[2]
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


def pins(path: Path) -> dict[str, tuple[str, list[str]]]:
    """By name, the version and the hashes that a file of requirements or constraints gives."""
    lines = path.read_text(encoding="utf-8").replace("\\\n", " ").splitlines()
    found = (re.match(r"([\w.-]+)==(\S+)((?: +--hash=sha256:[0-9a-f]{64})*)$", line) for line in lines)
    return {f[1].lower().replace("_", "-"): (f[2], f[3].split()) for f in found if f}


def test_every_file_that_serving_installs_is_held_to_its_hash() -> None:
    """The list holds what serving needs and nothing else, in the versions of constraints.txt, each with hashes."""
    listed = pins(ROOT / "packaging" / "serving.txt")
    assert set(listed) == serving_distributions() - {"pincite"}
    constraints = pins(ROOT / "constraints.txt")
    for name, (version, hashes) in (listed | pins(ROOT / "packaging" / "build.txt")).items():
        assert version == constraints[name][0], name
        assert hashes, name


def test_the_container_installs_by_hash_alone() -> None:
    """Whatever pip may download is held to a list of hashes; all else is installed without the index."""
    commands = re.findall(r"bin/pip (?:install|wheel) (.+?)(?: \\\\)?$", CONTAINER, re.MULTILINE)
    assert len(commands) == 4
    for command in commands:
        downloads = not {"--no-index", "--no-build-isolation"} & set(command.split())
        assert ("--require-hashes" in command) == downloads
        assert downloads or "--no-deps" in command


def test_what_serves_is_told_to_send_nothing() -> None:
    """The container and the unit set what index.models.onnx_runtime sets, too: it holds if they run other code."""
    unit = (ROOT / "packaging" / "pincite.service").read_text(encoding="utf-8")
    assert re.search(r"^ENV .*\bORT_DISABLE_TELEMETRY=1\b", CONTAINER, re.MULTILINE)
    assert re.search(r"^Environment=.*\bORT_DISABLE_TELEMETRY=1\b", unit, re.MULTILINE)


def test_the_judge_is_the_file_that_its_card_describes() -> None:
    """The digest and the size in training/MODEL_CARD.md are those of index/models/cross-encoder.onnx."""
    card = (ROOT / "training" / "MODEL_CARD.md").read_text(encoding="utf-8")
    said = re.search(r"\| file \| ([\d,]+) bytes, .*sha256 `([0-9a-f]{64})` \|", card)
    assert said is not None
    judge = MODELS / "cross-encoder.onnx"
    assert (f"{judge.stat().st_size:,}", file_sha256(judge)) == said.groups()


def test_what_goes_into_a_bundle_comes_with_the_package() -> None:
    """The judge and both calibrations are among the package's data."""
    data = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]["package-data"]
    for file in PACKAGED_FILES:
        package = f"pincite.index.{file.parent.name}"
        assert any(file.match(pattern) for pattern in data[package]), file


def third_party_imports() -> dict[str, str]:
    """Return what the distribution imports from others, by import name, with a file that does."""
    rooms = ("index", "ingest", "service", "evaluation", "pincite")
    imported: dict[str, str] = {}
    for path in (path for room in rooms for path in (ROOT / room).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            else:
                names = [node.module or ""] if isinstance(node, ast.ImportFrom) and not node.level else []
            imported |= dict.fromkeys((name.split(".")[0] for name in names), str(path.relative_to(ROOT)))
    return {name: path for name, path in imported.items() if name not in sys.stdlib_module_names | {"pincite"}}


def test_every_import_is_of_a_declared_distribution() -> None:
    """The distributions that pincite imports are declared in pyproject.toml, as dependencies or in extras."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    lines = [line for extra in ("ingest", "mcp", "qdrant", "ray") for line in extras[extra]] + project["dependencies"]
    declared = {re.split(r"[<>=!~\[; ]", line)[0].lower().replace("_", "-") for line in lines}
    providers = packages_distributions()
    undeclared = {
        name: path
        for name, path in third_party_imports().items()
        if not declared & {provider.lower().replace("_", "-") for provider in providers.get(name, [name])}
    }
    assert undeclared == {}
