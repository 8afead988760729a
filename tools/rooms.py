"""The map of the rooms: the purpose of each folder, its number of modules, and the rooms that it imports.

    python -m tools.rooms            # print the map, as CONTRIBUTING.md has it
    python -m tools.rooms --write    # put it there

An import within `if TYPE_CHECKING` or within a function counts like any other. A cycle, of modules or of rooms, is
printed, with exit status 1.
"""

from __future__ import annotations

import argparse
import ast
import sys
from collections.abc import Iterable, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

from tools.marked_block import write_block

ROOT = Path(__file__).resolve().parent.parent
TOP_FOLDERS = ("index", "ingest", "evaluation", "service", "pincite")
PACKAGE_NAMES: dict[str, tuple[str, ...]] = {
    "pincite": (),
    "ingest": ("ingestion",),
}  # below pincite, where they differ from the folder's
GUIDE = ROOT / "CONTRIBUTING.md"
MAP_BEGIN, MAP_END = "<!-- rooms: python -m tools.rooms --write -->\n", "<!-- /rooms -->\n"

Graph = dict[str, set[str]]


def modules() -> dict[str, Path]:
    """Return every module of the distribution by its dotted name; a package goes by the name of its folder."""
    paths = {}
    for path in sorted(path for top in TOP_FOLDERS for path in (ROOT / top).rglob("*.py")):
        top, *inside = path.relative_to(ROOT).with_suffix("").parts
        name = ".".join([*PACKAGE_NAMES.get(top, (top,)), *inside])
        paths[f"pincite.{name}".removesuffix(".__init__").rstrip(".")] = path
    return paths


def imports(paths: Mapping[str, Path]) -> Graph:
    """Return which module imports which, by dotted names."""
    return {name: {*_imported(path, paths)} - {name} for name, path in paths.items()}


def _imported(path: Path, paths: Mapping[str, Path]) -> Iterable[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in paths)
        elif isinstance(node, ast.ImportFrom):
            inside = {f"{node.module}.{alias.name}" for alias in node.names}
            yield from inside & paths.keys()
            if node.module in paths and inside - paths.keys():
                yield node.module


def room(path: Path) -> str:
    """Return the folder of a module, below the root."""
    return path.parent.relative_to(ROOT).as_posix()


def rooms(paths: Mapping[str, Path], graph: Graph) -> Graph:
    """Return which room imports which."""
    between: Graph = {room(path): set() for path in paths.values()}
    for name, targets in graph.items():
        between[room(paths[name])] |= {room(paths[target]) for target in targets}
    return {name: targets - {name} for name, targets in between.items()}


def import_cycles(paths: Mapping[str, Path], graph: Graph) -> list[list[str]]:
    """Find every import cycle: of modules, and in each folder between the files and folders in it."""
    cycles = [_cycle(graph)]
    for folder in sorted({parent for path in paths.values() for parent in path.relative_to(ROOT).parents}):
        level: Graph = {}
        for name, targets in graph.items():
            if own := _child(paths[name], folder):
                others = {_child(paths[target], folder) for target in targets} - {None, own, "__init__.py"}
                level.setdefault(own, set()).update(filter(None, others))
        cycles.append(_cycle(level))
    return [cycle for cycle in cycles if cycle]


def _child(path: Path, folder: Path) -> str | None:
    """Return the file or folder in `folder` that holds a module."""
    below = path.relative_to(ROOT)
    return below.relative_to(folder).parts[0] if folder in below.parents else None


def _cycle(graph: Graph) -> list[str]:
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def room_table() -> str:
    """Format the map as a Markdown table."""
    paths = modules()
    graph = imports(paths)
    between = rooms(paths, graph)
    lines = ["| room | modules | what it is for | imports |", "| --- | ---: | --- | --- |"]
    for name in sorted(between):
        inside = [path for path in paths.values() if room(path) == name and path.name != "__init__.py"]
        purpose = (ast.get_docstring(ast.parse((ROOT / name / "__init__.py").read_text())) or "").split("\n")[0]
        lines.append(f"| {name}/ | {len(inside)} | {purpose} | {', '.join(sorted(between[name])) or '-'} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Print the map, or write it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true")
    if parser.parse_args().write:
        write_block(GUIDE, MAP_BEGIN, MAP_END, room_table())
    else:
        print(room_table(), end="")
    paths = modules()
    wrong = import_cycles(paths, imports(paths))
    for names in wrong:
        print("cycle:", " -> ".join(names))
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
