"""The table of docs/settings.md, made from the rows of index/settings.py.

python -m tools.settings_page            # print the table
python -m tools.settings_page --write    # put it into docs/settings.md
"""

from __future__ import annotations

import argparse
from pathlib import Path

from pincite.index.settings import SettingSpec, setting_specs
from tools.marked_block import write_block

PAGE = Path(__file__).resolve().parent.parent / "docs" / "settings.md"
BEGIN, END = "<!-- settings: python -m tools.settings_page --write -->\n", "<!-- /settings -->\n"


def settings_table() -> str:
    """Format every setting as a row of a Markdown table."""
    rows = ["| variable | default | values | meaning |", "|---|---|---|---|"]
    for spec in setting_specs().values():
        default = "none" if spec.default == "" else f"`{spec.default}`"
        rows.append(f"| `{spec.variable}` | {default} | {_values(spec)} | {spec.help} |")
    return "\n".join(rows) + "\n"


def _values(spec: SettingSpec) -> str:
    """Describe the values that a setting may have."""
    if spec.kind == "int":
        return f"{spec.minimum} to {spec.maximum}"
    return ", ".join(f"`{choice}`" for choice in spec.choices) or "text"


def main() -> None:
    """Print the table, or write it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true")
    if parser.parse_args().write:
        write_block(PAGE, BEGIN, END, settings_table())
    else:
        print(settings_table(), end="")


if __name__ == "__main__":
    main()
