"""The rooms: which folder may import which, how many modules one holds, and the map in CONTRIBUTING.md."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tools import rooms

MODULES = rooms.modules()
IMPORTS = rooms.imports(MODULES)
ORDER = ("index", "ingest", "evaluation", "service")  # from the ground up
LARGEST_ROOM = 12


def test_the_map_is_that_of_the_code() -> None:
    """CONTRIBUTING.md has the map that `python -m tools.rooms` prints."""
    text = rooms.GUIDE.read_text(encoding="utf-8")
    assert text.partition(rooms.MAP_BEGIN)[2].partition(rooms.MAP_END)[0] == rooms.room_table()


def test_no_circle_of_imports() -> None:
    """No module imports itself through others, nor does any file or folder through its neighbours."""
    assert rooms.import_cycles(MODULES, IMPORTS) == []


def test_imports_run_one_way() -> None:
    """A top folder imports those below it in the order index, ingest, evaluation, service, and never the reverse."""
    upwards = [
        f"{name} imports {target}"
        for name, targets in IMPORTS.items()
        for target in targets
        if (own := rooms.room(MODULES[name]).split("/")[0]) in ORDER
        and (other := rooms.room(MODULES[target]).split("/")[0]) in ORDER
        and ORDER.index(other) > ORDER.index(own)
    ]
    assert upwards == []


def test_no_room_is_crowded() -> None:
    """A folder holds twelve modules at most."""
    sizes = Counter(rooms.room(path) for path in MODULES.values() if path.name != "__init__.py")
    assert {name: size for name, size in sizes.items() if size > LARGEST_ROOM} == {}


def test_an_import_upwards_would_be_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two modules that import each other, and two folders that do, are found as circles."""
    for name, line in (
        ("a/one.py", "from pincite.index.a.two import x"),
        ("a/two.py", "import pincite.index.a.one"),
        ("b/three.py", "from pincite.index.c import four"),
        ("c/four.py", "from pincite.index.b.five import x"),
        ("b/five.py", ""),
    ):
        (tmp_path / "index" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "index" / name).write_text(line + "\n")
    monkeypatch.setattr(rooms, "ROOT", tmp_path)
    found = rooms.modules()
    circles = [set(circle) for circle in rooms.import_cycles(found, rooms.imports(found))]
    assert {"pincite.index.a.one", "pincite.index.a.two"} in circles
    assert {"b", "c"} in circles
