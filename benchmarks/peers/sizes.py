"""Size of an installation on disk: `python -I sizes.py REQUIREMENT...`, in the environment that holds it.

Prints the MB of the distributions that the requirements need, with all that those need here, and of nothing else that is
installed. Files are those that each distribution names as its own.
"""

from __future__ import annotations

import json
import sys
from importlib.metadata import Distribution, distribution
from pathlib import Path
from urllib.parse import unquote, urlsplit

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name


def needed(wanted: list[str]) -> dict[str, Distribution]:
    """Return all distributions that the requirements need, by name."""
    found: dict[str, Distribution] = {}
    waiting = [Requirement(text) for text in wanted]
    seen: set[tuple[str, str]] = set()
    while waiting:
        requirement = waiting.pop()
        name = canonicalize_name(requirement.name)
        found[name] = found.get(name) or distribution(name)
        for extra in {"", *requirement.extras}:
            if (name, extra) not in seen:
                seen.add((name, extra))
                waiting += [
                    r for r in _requires(found[name]) if r.marker is None or r.marker.evaluate({"extra": extra})
                ]
    return found


def _requires(held: Distribution) -> list[Requirement]:
    return [Requirement(text) for text in held.requires or ()]


def size(held: Distribution) -> int:
    """Bytes of a distribution's files; of one that is installed from where it is written, of its packages there."""
    direct = json.loads(held.read_text("direct_url.json") or "{}")
    if not direct.get("dir_info", {}).get("editable"):
        return sum(Path(str(f.locate())).stat().st_size for f in held.files or () if Path(str(f.locate())).is_file())
    root = Path(unquote(urlsplit(direct["url"]).path))
    packages = [root / name for name in (held.read_text("top_level.txt") or "").split()]
    files = [f for package in packages for f in package.rglob("*") if f.is_file() and "__pycache__" not in f.parts]
    return sum(f.stat().st_size for f in files)


if __name__ == "__main__":
    print(json.dumps({"MB": sum(map(size, needed(sys.argv[1:]).values())) / 2**20}))
