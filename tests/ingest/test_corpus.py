"""Hold the default article to its source: the outline, each figure and name in its section, and wording of our own.

Reads corpus/als.md by its lines, with no reader of ours in between, so a fault in ingest cannot hide one here.
"""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ARTICLE = ROOT / "corpus" / "als.md"
SOURCE = ROOT.parent / "shared" / "seed" / "als-article.txt"
KEYS = ["id", "title", "language", "publisher", "based_on", "source_title", "reviewed", "licence", "note"]
RUN = 7

OUTLINE = """\
# Amyotrophic Lateral Sclerosis (ALS)
## What is ALS?
### Types of ALS
## Symptoms and Causes
### Symptoms of ALS
### ALS causes
### Is ALS genetic?
### Risk factors of ALS
### Complications of ALS
## Diagnosis and Tests
### How doctors diagnose ALS
### What tests diagnose ALS?
## Management and Treatment
### ALS treatments
### ALS medication
### ALS therapies
### Nutritional support
### Breathing support
### When should I see my healthcare provider?
## Outlook / Prognosis
### ALS life expectancy
### What is the prognosis for ALS?
## Prevention
### Can ALS be prevented?
## A note from Cleveland Clinic
""".splitlines()

# Section heading -> one pattern a figure, with the words that say what is counted.
FIGURES = {
    "What is ALS?": [r"estimated [^.]*\b5,000 people[^.]*United States", r"\b1920s and 1930s\b"],
    "Types of ALS": [r"two types", r"Sporadic[^.\n]* about 90% of", r"Familial[^.\n]* about 10% of"],
    "ALS causes": [
        r"about 70% of the familial",
        r"5% to 10% of the sporadic",
        r"[Mm]ore than 40 genes",
    ],
    "Risk factors of ALS": [r"Age:[^\n]*between 55 and 75", r"Sex:[^\n]*before age 55, men"],
    "ALS medication": [r"approved four medications", r"Riluzole[^\n]*a few months"],
    "ALS life expectancy": [
        r"averages three to five years",
        r"estimated 30% live for five or more years",
        r"10% to 20% live for 10 years or longer",
    ],
}

# Section heading -> the names that must stand in it, spelt so.
NAMES = {
    "What is ALS?": ["amyotrophic lateral sclerosis", "Lou Gehrig's disease", "baseball", "atrophy"],
    "Types of ALS": ["Sporadic ALS", "Familial ALS"],
    "Symptoms of ALS": ["spasticity", "dysphagia"],
    "ALS causes": ["C9orf72", "SOD1", "TARDBP", "FUS", "lead", "mercury", "virus", "trauma", "motor neurons"],
    "Risk factors of ALS": ["white (non-Hispanic)", "military veterans", "toxins", "pesticides", "physical trauma"],
    "Complications of ALS": ["depression", "anxiety"],
    "How doctors diagnose ALS": ["physical exam", "neurological exam"],
    "What tests diagnose ALS?": [
        "Blood tests",
        "Urine tests",
        "electromyogram (EMG)",
        "nerve conduction study",
        "MRI (magnetic resonance imaging)",
    ],
    "ALS treatments": ["Supportive care"],
    "ALS medication": [
        "FDA (U.S. Food and Drug Administration)",
        "Riluzole",
        "Rilutek®",
        "Exservan®",
        "Tiglutik®",
        "Edaravone",
        "Radicava®",
        "Radicava ORS®",
        "Tofersen",
        "Qalsody®",
        "SOD1",
    ],
    "ALS therapies": ["Physical therapy", "Occupational therapy", "Speech therapy", "wheelchairs", "braces"],
    "Nutritional support": ["dietitian", "nutritionist", "feeding tube", "pneumonia"],
    "Breathing support": ["noninvasive ventilation (NIV)", "mechanical ventilation", "respirator"],
    "When should I see my healthcare provider?": ["respiratory failure", "pneumonia", "emergency services"],
    "What is the prognosis for ALS?": ["clinical trial"],
    "A note from Cleveland Clinic": ["depression", "anxiety"],
}

# Section heading -> items in each of its lists, as the source counts them; no other section has a list.
LISTS = {
    "Types of ALS": [2],
    "Symptoms of ALS": [9],
    "ALS causes": [2],
    "Risk factors of ALS": [4],
    "What tests diagnose ALS?": [5],
    "ALS treatments": [4],
    "ALS medication": [3],
    "ALS therapies": [3],
    "When should I see my healthcare provider?": [4, 6],
}


def split_front_matter(text: str) -> tuple[list[str], list[str]]:
    """Return the lines between the two `---` marks, and the lines after them."""
    lines = text.splitlines()
    assert lines[0] == "---"
    end = lines.index("---", 1)
    return lines[1:end], lines[end + 1 :]


def sections_of(text: str) -> dict[str, str]:
    """Map each heading's text to the body that stands directly under it, sub-headings excluded."""
    bodies: dict[str, list[str]] = {}
    heading = ""
    for line in split_front_matter(text)[1]:
        if line.startswith("#"):
            heading = line.lstrip("#").strip()
            bodies[heading] = []
        elif heading:
            bodies[heading].append(line)
    return {heading: "\n".join(body).strip() for heading, body in bodies.items()}


def lists_of(body: str) -> list[int]:
    """Count the items of each list in a section's body, in order."""
    return [len(block.splitlines()) for block in body.split("\n\n") if block.startswith("- ")]


def word_runs(text: str) -> set[tuple[str, ...]]:
    """Collect every run of RUN consecutive words, in small letters and without punctuation."""
    words = re.findall(r"[a-z0-9']+", text.lower().replace("\u2019", "'"))
    return {tuple(words[i : i + RUN]) for i in range(len(words) - RUN + 1)}


@pytest.fixture(scope="module")
def article() -> str:
    """Give the article's text, front matter included."""
    return ARTICLE.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def sections(article: str) -> dict[str, str]:
    """Give the body under each heading."""
    return sections_of(article)


def test_outline(article: str) -> None:
    """The article has the source's headings, in its order and at its levels, and no others."""
    headings = [line for line in split_front_matter(article)[1] if line.startswith("#")]
    assert headings == OUTLINE


def test_nothing_stands_before_the_first_section(sections: dict[str, str]) -> None:
    """No text stands between the document's title and its first section."""
    assert sections["Amyotrophic Lateral Sclerosis (ALS)"] == ""


def test_front_matter(article: str) -> None:
    """The front matter names whose words and whose facts these are, source, review date and licence."""
    pairs = [line.split(": ", 1) for line in split_front_matter(article)[0]]
    assert [key for key, _ in pairs] == KEYS
    values = {key: value.strip('"') for key, value in pairs}
    assert values["id"] == "als"
    assert values["title"] == "Amyotrophic Lateral Sclerosis (ALS)"
    assert (values["publisher"], values["based_on"]) == ("pincite", "Cleveland Clinic")
    assert values["source_title"].startswith(values["title"])
    assert values["reviewed"] == "2025-05-06"
    assert values["licence"] == "Apache-2.0"
    assert re.search(r"pincite's own.*neither written nor endorsed by Cleveland Clinic", values["note"])


@pytest.mark.parametrize("heading", FIGURES)
def test_figures(sections: dict[str, str], heading: str) -> None:
    """Every figure of the source stands in the section the source has it in, with what it counts."""
    missing = [figure for figure in FIGURES[heading] if not re.search(figure, sections[heading])]
    assert missing == []


def test_no_other_figures(sections: dict[str, str]) -> None:
    """A section that has no figure in digits in the source has none here, and no percentage is new."""
    with_digits = {heading for heading, body in sections.items() if re.search(r"\b\d", body)}
    assert with_digits == set(FIGURES) - {"ALS medication"}  # its figures are words: four, a few
    percentages = re.findall(r"\d+%", "\n".join(sections.values()))
    assert sorted(percentages) == sorted(["90%", "10%", "70%", "5%", "10%", "30%", "10%", "20%"])


@pytest.mark.parametrize("heading", NAMES)
def test_names(sections: dict[str, str], heading: str) -> None:
    """Every gene, drug, brand, test, therapy, person and agency stands in its section, spelt as in the source."""
    body = sections[heading].lower()
    assert [name for name in NAMES[heading] if name.lower() not in body] == []


def test_lists(sections: dict[str, str]) -> None:
    """Each list has as many items as the source's list."""
    counted = {heading: lists_of(body) for heading, body in sections.items()}
    assert {heading: counts for heading, counts in counted.items() if counts} == LISTS


def test_every_list_has_a_lead_in(sections: dict[str, str]) -> None:
    """The paragraph right before each list ends with a colon."""
    for heading in LISTS:
        blocks = sections[heading].split("\n\n")
        leads = [blocks[i - 1] for i, block in enumerate(blocks) if block.startswith("- ")]
        assert all(lead.endswith(":") for lead in leads), heading


def test_plain_markup(article: str) -> None:
    """The article has no bold, link, HTML, address or nested list."""
    body = "\n".join(split_front_matter(article)[1])
    assert re.findall(r"\*|__|\]\(|<[a-z/!]|https?:|www\.|^[ \t]+-", body, re.MULTILINE) == []


def test_wording_is_our_own(article: str) -> None:
    """No run of seven words is shared with the source, save where two lines of the outline make one themselves."""
    if not SOURCE.exists():
        pytest.skip("the source page is not part of a clone")
    shared = word_runs(article) & word_runs(SOURCE.read_text(encoding="utf-8"))
    outline = word_runs("\n".join(OUTLINE))
    assert sorted(" ".join(run) for run in shared - outline) == []
