"""Screenshots of every page and state, to be looked at: `make pictures`. Two of them are shown by the README."""

from __future__ import annotations

import shutil
from pathlib import Path

from browser import chromium, serving
from fixed_source import FixedSource

from pincite.index.bundle import Bundle
from pincite.index.searcher import Searcher
from pincite.index.settings import Settings
from pincite.service.runtime.app import create_app

ROOT = Path(__file__).resolve().parent.parent
OUT = ROOT / "var" / "pictures"
STATES = {
    "start": "/",
    "answered": "/?q=How+long+do+people+live+with+ALS%3F",
    "corrected": "/?q=what+is+rilozole+for",
    "related": "/?q=Does+marijuana+help+with+ALS+cramps%3F",
    "not-found": "/?q=What+is+the+capital+of+France%3F",
    "emergency": "/?q=my+father+can%27t+breathe",
    "distress": "/?q=i+want+to+end+my+life",
    "reader": "/documents/als",
    "cite": "/documents/als/cite?passage=outlook-prognosis--als-life-expectancy:1",
    "documents": "/documents",
    "about": "/about",
    "api": "/api",
    "error": "/nowhere",
}
SHOWN = {"answered-desktop-light": "answer.png", "answered-phone-dark": "answer-phone.png"}  # in docs/
SIZES = {"phone": {"width": 390, "height": 844}, "desktop": {"width": 1280, "height": 900}}


def main() -> None:
    """Write var/pictures/<state>-<size>-<scheme>.png, and copy those that the README shows to docs/."""
    OUT.mkdir(parents=True, exist_ok=True)
    app = create_app(FixedSource(Searcher(Bundle(ROOT / "var" / "index"))), Settings())
    with serving(app) as server, chromium() as browser:
        for size, viewport in SIZES.items():
            for scheme in ("light", "dark"):
                page = browser.new_page(base_url=server.url, viewport=viewport, color_scheme=scheme)  # type: ignore[arg-type]
                for state, path in STATES.items():
                    page.goto(path, wait_until="networkidle")
                    page.screenshot(path=OUT / f"{state}-{size}-{scheme}.png", full_page=True)
                    if f"{state}-{size}-{scheme}" in SHOWN:
                        page.screenshot(path=OUT / "shown.png")
                        shutil.copy(OUT / "shown.png", ROOT / "docs" / SHOWN[f"{state}-{size}-{scheme}"])
                page.goto(STATES["answered"])
                page.get_by_role("link", name="Read in context").first.click()
                page.locator("mark").first.wait_for()
                page.screenshot(path=OUT / f"marked-{size}-{scheme}.png")
                page.close()
    print(f"{len(list(OUT.glob('*-*.png')))} pictures in {OUT}")


if __name__ == "__main__":
    main()
