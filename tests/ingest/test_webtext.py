"""Copied web text becomes an outline: headings, whole sentences and items stay, page furniture goes."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pincite.index.errors import ReadError
from pincite.ingestion.reading.draft import Draft
from pincite.ingestion.reading.readers.webtext import read_webtext

DATA = Path(__file__).parents[1] / "data" / "webtext"
SEED = Path(__file__).parents[3] / "shared" / "seed" / "als-article.txt"


@dataclass(frozen=True)
class Page:
    """Marks that a person would make on one page."""

    title: str | None
    outline: tuple[str, ...]  # "#" a level, then the heading
    whole: tuple[str, ...] = ()  # sentences of paragraphs
    items: tuple[str, ...] = ()  # items, each exactly
    absent: tuple[str, ...] = ()  # text in no part
    reviewed: str | None = None
    publisher: str | None = None
    before: tuple[str, ...] = field(default=())  # paragraphs before the first heading, by their first words


PAGES = {
    "encyclopaedia": Page(
        "Lantern moth",
        ("# Description", "# Distribution", "## Range in the north", "# Life cycle", "# References"),
        whole=(
            "The lantern moth (Lucerna fictilis) is a night-flying insect of the family Lucernidae, "
            "first described by Marta Quill in 1884.[1]",
            "The female lays about 200 eggs on the underside of alder leaves.",
            "North of the river Osk the moth is found only in three valleys.[4]",
        ),
        absent=("edit", "Main menu", "12 languages", "(Top)", "Talk"),
        before=("The lantern moth", "It is known for"),
    ),
    "leaflet": Page(
        "Apply for a garden waste bin",
        ("# Who can apply", "# What it costs", "# How to apply", "# If your application is refused"),
        whole=("You can apply if you live in Oskland and have a garden.", "We answer within 10 working days."),
        items=(
            "you live in a flat",
            "your rent includes garden care",
            "a council pension",
            "a photo of your front garden",
            "a bank letter",
        ),
        absent=("Skip to", "On this page", "Is this page useful", "©"),
        reviewed="2023-03-12",
        publisher="Oskland Council",
    ),
    "faq": Page(
        "Questions about library cards",
        (
            "# How do I get a library card?",
            "# What does a card cost?",
            "# Can my child have a card?",
            "# What happens if I bring a book back late?",
        ),
        whole=("Come to any branch with proof of your address.", "Ask at the desk if you cannot pay."),
        items=("Picture books", "Audio stories", "The toy shelf"),
    ),
    "hospital": Page(
        "Frozen shoulder",
        ("# Promoted", "# Symptoms", "# Causes", "# Promoted", "# Treatment of frozen shoulder"),
        whole=(
            "Frozen shoulder is a stiffness of the shoulder joint that comes on slowly.",
            "It is more common in people with diabetes or thyroid disease.",
            "The pain usually comes first.",
        ),
        items=(
            "Stiffness when lifting the arm",
            "Trouble reaching behind your back",
            "Heat packs.",
            "Pain relief tablets.",
        ),
        absent=("cookies", "Facebook", "All rights"),
        reviewed="2025-05-06",
        publisher="Harbour Street Hospital",
        before=("Frozen shoulder is",),
    ),
    "bullets": Page(
        "Looking after a sourdough starter",
        ("# What you need", "# Feeding", "# When to start again"),
        whole=("It needs regular food.", "Pink streaks are a sign of harmful bacteria."),
        items=(
            "A clean jar",
            "at least 100 grams a day",
            "Stir until no dry flour is left.",
            "Keep the jar out of the sun",
        ),
        absent=("•", "·", "*"),
    ),
    "shapes": Page(
        "Hay fever",
        ("# Symptoms of hay fever", "# Preventing hay fever", "# How is hay fever treated?", "# When to get help"),
        whole=(
            "Nose sprays with steroids reduce swelling.",
            "See a pharmacist if these symptoms bother you at work or at school.",
        ),
        items=("Itchy eyes", "A runny nose", "Loss of smell", "Headache"),
        before=("Hay fever is",),
    ),
    "letter": Page(
        None,
        (),
        whole=(
            "Tea will be made on the spot.",
            "Plot 31 is dry and has a shed, although the shed has lost its roof in the November storm.",
            "With warm regards,",
            "Ines Calder",
        ),
    ),
    "recipe": Page(
        "Potato pancakes",
        ("# Ingredients", "# Method", "# Tips"),
        whole=("Serves four.", "Old potatoes hold together better than new ones."),
        items=(
            "500 g potatoes",
            "1 onion",
            "Salt",
            "Grate the potatoes and the onion.",
            "Mix in the eggs, the salt and the starch.",
        ),
    ),
    "spanish": Page(
        "Resfriado común",
        ("# Síntomas", "# ¿Cómo se trata?", "# ¿Cuándo debo ir al médico?"),
        whole=(
            "El resfriado común es una infección leve de la nariz y la garganta.",
            "La fiebre es poco frecuente en los adultos.",
        ),
        items=("Dolor de garganta", "Estornudos", "Tos (seca o con flema)", "Cansancio"),
        absent=("Inicio", "©", "Última revisión"),
        reviewed="2024-05-03",
        publisher="Clínica Valdeniebla",
    ),
    "german": Page(
        "Heizung entlüften",
        ("# Warum entlüften?", "# Werkzeug", "# Anleitung"),
        whole=(
            "Luft in den Heizkörpern verhindert, dass das Wasser fließt.",
            "Er sollte zwischen 1,5 und 2 bar liegen.",
        ),
        items=("Einen Entlüftungsschlüssel", "Ein Tuch", "Öffnen Sie das Ventil, bis Wasser kommt."),
        absent=("Inhalt", "Zuletzt"),
        reviewed="2022-02-14",
    ),
    "clinic": Page(
        "Gout",
        (
            "# Overview",
            "## Types of gout",
            "# Symptoms",
            "## Signs of gout",
            "# Treatment",
            "## How is gout treated?",
            "# Living With",
            "## When should I call my doctor?",
            "## What questions should I ask my doctor?",
            "# A word from the clinic",
        ),
        whole=(
            "Gout happens when uric acid builds up in your blood.",
            "Sharp crystals form in the joint (urate crystals).",
            "Most attacks begin at night.",
            "Drink plenty of water while you take these medicines.",
        ),
        items=(
            "Acute gout. This is a single attack that lasts about ten days.",
            "Redness of the skin",
            "Warmth",
            "A fever over 38 degrees",
            "Probenecid (Benurix®) helps your kidneys pass uric acid.",
            "Will it come back?",
        ),
        absent=("Sponsored", "earns money", "Read our rules", "Medically Reviewed", "555.0100", "how we review"),
        reviewed="2024-02-13",
        before=("Gout is",),
    ),
    "plain": Page(
        "THE CARE OF WOODEN BOATS",
        ("# BEFORE THE SEASON", "## Painting", "# AFTER THE SEASON"),
        whole=("Tap the planks with a mallet: a dull sound means rot.", "Drain every locker."),
    ),
    "gaps": Page(
        "Choosing a bicycle helmet",
        ("# Size", "# What to look for", "# Caring for a helmet"),
        whole=("A helmet that fits well protects your head in a fall.", "Wash the pads by hand."),
        items=("Straps that do not slip", "A dial at the back", "after five years", "when the foam is cracked"),
        absent=("reviewed", "Next review"),
        reviewed="2023-03-23",
    ),
    "topic": Page(
        "Marsh cough",
        (
            "# Causes", "# Symptoms", "# Exams and Tests", "# Treatment", "# Outlook (Prognosis)",
            "# Possible Complications", "# When to Contact a Medical Professional", "# Prevention",
            "# Alternative Names", "# References", "# Learn how to cite this page", "# D",
        ),
        whole=("It is passed on by damp hay and by wet animals.", "Weld AB, Quill M. Mould and the airways."),
        items=("Have had asthma as a child", "Smoke", "Weight loss without trying", "Complete blood count (CBC)"),
        absent=("official website", "Site Map", "URL of"),
        reviewed="2024-05-12",
    ),
    "guidance": Page(
        "Register a houseboat",
        (
            "# Who must register", "# Before you start", "# Register online", "## Start now",
            "## Other ways to register", "## Waterways Office", "# After you register",
        ),
        whole=(
            "How to register a boat you live on, what it costs and when to renew.",
            "You can use a provisional certificate if your boat is new.",
        ),
        items=("you live on it for more than 30 days a year", "a bank card", "your name changes"),
        absent=("ookies", "Print this", "Is this page", "Benefits"),
        reviewed="2024-03-12",
        publisher="Crown copyright",
        before=("How to register", "From:", "Department", "Published", "Last updated", "Get emails"),
    ),
    "charity": Page(
        "Living with a hearing dog",
        (
            "# How a hearing dog helps", "# Who can apply", "# What you must offer", "# How long it takes",
            "# Find out more", "# Talk to us",
        ),
        whole=("“My dog gave me back my evenings.”", "You should be able to:", "Most people wait about 18 months."),
        items=("the doorbell", "smoke alarms", "come to the centre for one week"),
        absent=("Donate", "Share", "next puppy", "Get support"),
        publisher="Hearing Dogs of Oskland",
        before=("A hearing dog tells",),
    ),
    "magazine": Page(
        "Copper Rash: Causes, Symptoms, and Treatment",
        (
            "# What Is Copper Rash?", "## ADVERTISEMENT", "## SKIP ADVERTISEMENT", "# Copper Rash Symptoms",
            "# Copper Rash Causes", "# Copper Rash Treatment",
            "# Home Care for Copper Rash", "# When to Call a Doctor",
        ),
        whole=("It’s more common in summer, when you sweat more.", "The rash shows up in a day or two."),
        items=(
            "Itching",
            "Small bumps",
        ),
        absent=("Lena Hart", "Top Picks"),
        reviewed="2025-05-06",
        publisher="Wellmag LLC",
    ),
    "medicine": Page(
        "Package leaflet: Information for the user",
        (
            "# 1. What Calmorin is and what it is used for",
            "# 2. What you need to know before you take Calmorin", "## Do not take Calmorin",
            "## Warnings and precautions", "## Children and adolescents", "## Other medicines and Calmorin",
            "## Pregnancy and breast-feeding",
            "# 3. How to take Calmorin", "## If you take more Calmorin than you should",
            "## If you forget to take Calmorin",
            "# 4. Possible side effects", "## Reporting of side effects",
            "# 5. How to store Calmorin",
            "# 6. Contents of the pack and other information", "## What Calmorin contains",
            "## What Calmorin looks like and contents of the pack",
        ),
        whole=("Keep this leaflet. You may need to read it again.",),
        items=("if you have a very slow heartbeat", "warfarin (a blood thinner)", "cold hands and feet", "bad dreams"),
        absent=("last revised",),
        reviewed="2025-05",
    ),
    "agency": Page(
        "About Hay Mites",
        (
            "# Key points", "# Overview", "# Signs and symptoms", "# How it spreads", "# Prevention", "# Treatment",
            "# Resources",
        ),
        whole=("Hay mites live in meadows and barns.", "Call a doctor if the swelling spreads to the face."),
        items=("Itching", "A red spot with a pale ring", "Swelling"),
        absent=("official", "HTTPS", "Clinical Overview"),
    ),
    "portal": Page(
        "Ear pebbles",
        (
            "# Sponsors & Partners", "# Symptoms", "# When to see a doctor", "# Request an appointment", "# Causes",
            "# Types of ear pebbles", "# Risk factors",
        ),
        whole=(
            "Ear pebbles are small hard grains that form in the outer ear.",
            "Dry air, swimming and some hearing aids play a part.",
        ),
        items=(
            "Blood in the ear.",
        ),
        absent=("Staff", "April", "anatomy", "Quiet Hour", "Overview"),
        before=("Ear pebbles are", "Ear pebbles have"),
    ),
}  # fmt: skip


def read(text: str) -> Draft:
    return read_webtext(text.encode(), "page.txt")


def page(name: str) -> Draft:
    return read_webtext((DATA / f"{name}.txt").read_bytes(), f"{name}.txt")


def outline(draft: Draft) -> tuple[str, ...]:
    return tuple(f"{'#' * p.level} {p.text}" for p in draft.parts if p.kind == "heading")


def texts(draft: Draft, kind: str) -> list[str]:
    return [p.text for p in draft.parts if p.kind == kind]


@pytest.mark.parametrize("name", PAGES)
def test_a_page_gets_the_outline_a_person_would_give_it(name: str) -> None:
    """Title and headings with their levels are those a human reader would mark up, in order."""
    draft = page(name)
    assert (draft.title, outline(draft)) == (PAGES[name].title, PAGES[name].outline)


@pytest.mark.parametrize("name", PAGES)
def test_sentences_are_whole_and_items_apart(name: str) -> None:
    """Sentences broken at links are joined in paragraphs, and each item of a list is one part."""
    draft = page(name)
    prose = "\n".join(texts(draft, "paragraph"))
    assert [s for s in PAGES[name].whole if s not in prose] == []
    assert [i for i in PAGES[name].items if i not in texts(draft, "item")] == []


@pytest.mark.parametrize("name", PAGES)
def test_furniture_is_left_out_and_told(name: str) -> None:
    """No part holds the page's furniture, and a page that lost lines says so in its notes."""
    draft = page(name)
    everything = "\n".join(p.text for p in draft.parts)
    assert [a for a in PAGES[name].absent if a in everything] == []
    assert bool(draft.notes) == any(c.isalpha() for a in PAGES[name].absent for c in a)


@pytest.mark.parametrize("name", PAGES)
def test_the_source_says_only_what_the_page_says(name: str) -> None:
    """The review date and the publisher come from a dated line and a copyright line, else are unknown."""
    source = page(name).source
    assert (source.reviewed, source.publisher) == (PAGES[name].reviewed, PAGES[name].publisher)


@pytest.mark.parametrize("name", [n for n in PAGES if PAGES[n].before])
def test_prose_before_the_first_heading_is_kept(name: str) -> None:
    """The paragraphs that introduce a page come before its first heading."""
    parts = page(name).parts
    first = next(i for i, p in enumerate(parts) if p.kind == "heading")
    assert [p.text[: len(b)] for p, b in zip(parts[:first], PAGES[name].before, strict=True)] == list(
        PAGES[name].before
    )


ALS = (
    "# What is ALS?", "## Types of ALS",
    "# Symptoms and Causes", "## Symptoms of ALS", "## ALS causes", "## Is ALS genetic?", "## Risk factors of ALS",
    "## Complications of ALS",
    "# Diagnosis and Tests", "## How doctors diagnose ALS", "## What tests diagnose ALS?",
    "# Management and Treatment", "## ALS treatments", "## ALS medication", "## ALS therapies",
    "## Nutritional support",
    "## Breathing support",
    "## When should I see my healthcare provider?",
    "# Outlook / Prognosis", "## ALS life expectancy", "## What is the prognosis for ALS?",
    "# Prevention", "## Can ALS be prevented?",
    "# A note from Cleveland Clinic",
)  # fmt: skip
ALS_ITEMS = (
    "Muscle weakness (arms, legs and neck)",
    "Twitching in your hands, feet, shoulders and/or tongue",
    "Sporadic ALS. The most common type makes up about 90% of cases. It occurs randomly and isn’t inherited.",
    "Electromyogram (EMG) to test muscle activity",
    "A nerve conduction study to test your nerves’ ability to send signals",
    "Riluzole (Rilutek®, Exservan® and Tiglutik®) may reduce damage to motor neurons. "
    "It may extend survival by a few months.",
    "Nutritional support",
    "Weak cough",
)
ALS_SENTENCES = (
    "Amyotrophic lateral sclerosis, or ALS, is a neurodegenerative disease "
    "that targets the nerve cells (neurons) in your brain and spinal cord.",
    "ALS eventually causes your muscles to waste away (atrophy). Atrophy can make it harder to breathe",
    "You may wonder, “What caused this and why?”",
    "There’s no available cure for ALS at this time.",
)
ALS_FURNITURE = (
    "Advertisement", "Policy", "Make an Appointment", "Care at", "Find a Doctor", "is a non-profit", "Last reviewed on",
    "Learn more about the", "References", "866.588.2264", "Request an Appointment", "you want the best care possible",
)  # fmt: skip


@pytest.mark.skipif(not SEED.exists(), reason="the seed article stands outside the repository")
def test_the_seed_article_is_read_exactly() -> None:
    """The article the reader was asked for: its outline, items, sentences, date and title, and no furniture."""
    draft = read_webtext(SEED.read_bytes(), SEED.name)
    everything = "\n".join(p.text for p in draft.parts)
    assert (draft.title, draft.source.reviewed) == ("Amyotrophic Lateral Sclerosis (ALS)", "2025-05-06")
    assert outline(draft) == ALS
    assert set(ALS_ITEMS) <= set(texts(draft, "item"))
    assert [s for s in ALS_SENTENCES if s not in everything] == []
    assert [f for f in ALS_FURNITURE if f in everything] == []


def test_numbered_items_keep_their_numbers() -> None:
    """A step's number is its marker, as written, and no part of its text."""
    steps = [(p.marker, p.text) for p in page("recipe").parts if p.kind == "item" and p.marker != "-"]
    assert steps[0] == ("1.", "Grate the potatoes and the onion.")
    assert [m for m, _ in steps] == ["1.", "2.", "3.", "4."]


def test_items_set_in_are_nested() -> None:
    """A bullet further to the right than the one before it is one level deeper."""
    levels = {p.text: p.level for p in page("bullets").parts if p.kind == "item"}
    assert (levels["Strong white flour"], levels["no added vitamins"], levels["Water at room temperature"]) == (1, 2, 1)


@pytest.mark.parametrize(
    ("line", "iso"),
    [
        ("Last reviewed on 05/16/2025.", "2025-05-16"),
        ("Last reviewed: May 6, 2025", "2025-05-06"),
        ("Reviewed 6 May 2025", "2025-05-06"),
        ("Last reviewed: 2025-05-06", "2025-05-06"),
        ("Page last reviewed: 23 March 2023", "2023-03-23"),
        ("Updated on Sept. 3rd, 2021", "2021-09-03"),
        ("Last updated 31/12/2020", "2020-12-31"),
        ("Published: 31 February 2020", None),
        ("Next review due: 23 March 2026", None),
        ("Last updated May 2025", "2025-05"),
        ("This leaflet was last revised in May 2025.", "2025-05"),
        ("Last updated on\n05/16/2025\n.", "2025-05-16"),
        ("This page was last edited on 4 June 2024, at 10:22 (UTC).", "2024-06-04"),
    ],
)
def test_review_dates_are_read_in_their_common_forms(line: str, iso: str | None) -> None:
    """Each common way to write the date gives ISO 8601; a day that does not exist and a date to come give nothing."""
    draft = read(f"Kettles\nKettles boil water in a few minutes every day.\n{line}\n")
    assert draft.source.reviewed == iso


def test_a_date_that_could_be_read_two_ways_is_told() -> None:
    """05/06/2025 is read month first, and a note says that it could be the fifth of June."""
    draft = read("Kettles\nKettles boil water in a few minutes every day.\nLast reviewed on 05/06/2025.\n")
    assert draft.source.reviewed == "2025-05-06"
    assert any("05/06/2025" in n and "month first" in n for n in draft.notes)


def test_a_review_outranks_an_update() -> None:
    """If a page gives several dates, the review counts before the update and the publication."""
    body = (
        "Kettles\nPublished 1 May 2019\nUpdated 2 May 2020\nLast reviewed 3 May 2018\nKettles boil water quickly now.\n"
    )
    assert read(body).source.reviewed == "2018-05-03"


def test_the_notes_name_every_line_in_full() -> None:
    """A note counts what was left out and quotes each line of it, however many and however long."""
    words = "one two three four five six seven eight nine ten eleven twelve".split()
    menu = [f"Section {word} of the shop, with everything that is for sale there and more" for word in words]
    text = "Kettles boil water in a few minutes every day. " * 20
    draft = read("\n".join(["Kettles | Shop", "Home", *menu, "Kettles", text]))
    assert draft.title == "Kettles"
    assert draft.notes[0].startswith("left out: the page's head (14): ")
    assert [line for line in menu if f"“{line}”" not in draft.notes[0]] == []


def test_a_list_that_repeats_is_not_furniture() -> None:
    """Two recipes may share their headings and ingredients; nothing of them is lost."""
    one = "Ingredients\nSalt\nPepper\n2 eggs\nMethod\nBeat the eggs in a bowl until they foam.\n"
    draft = read(f"Two dishes\nBoth dishes are quick to make at home.\n{one}{one}")
    assert [p.text for p in draft.parts].count("Pepper") == 2
    assert draft.notes == ()


def test_items_that_return_in_several_lists_are_kept() -> None:
    """A symptom may stand in three lists without becoming furniture."""
    lists = "".join(
        f"The {w} stage may cause:\nFever\nFatigue\nHeadache\nThis stage lasts for about two weeks.\n"
        for w in ("first", "next", "last")
    )
    assert texts(read(f"Oskland fever\n{lists}"), "item") == ["Fever", "Fatigue", "Headache"] * 3


def test_the_last_line_of_a_run_before_prose_is_a_heading() -> None:
    """Bare lines that no sentence introduces end in a heading when prose follows that does not point back."""
    start = "Glass toe\nGlass toe makes the big toe brittle and sore.\nSymptoms\nSore toe\nBrittle nail\nSharp pain\n"
    assert outline(read(f"{start}Causes\nCold stone makes the toe dry.\n")) == ("# Symptoms", "# Causes")
    assert outline(read(f"{start}These symptoms come and go over weeks.\n")) == ("# Symptoms",)


def test_short_sentences_of_a_list_stay_items() -> None:
    """A list of whole sentences is not taken for names with what explains them."""
    draft = read("Bees\nTo keep bees you need these things:\nA hive with a lid.\nA smoker.\nA veil and gloves.\n")
    assert texts(draft, "item") == ["A hive with a lid.", "A smoker.", "A veil and gloves."]


def test_a_first_section_is_no_banner() -> None:
    """Text before a "Share" stays, though the page comes back to a later heading alone."""
    draft = read(
        "Home\nMenu\nOur town museum\nThe museum is open every day from ten to five.\nShare\nTickets\n"
        "Tickets cost eight crowns. Children need no tickets.\nTrams\nTickets for the tram are sold on board.\n"
    )
    assert draft.title == "Our town museum"
    assert texts(draft, "paragraph")[0] == "The museum is open every day from ten to five."


def test_labels_between_a_title_and_its_text_go() -> None:
    """A menu between a title and the sentence that names it again heads nothing."""
    draft = read("Lamp keeper\nArticle\nTalk\nView history\nA lamp keeper is a person who tends a lamp at sea.\n")
    assert outline(draft) == ()
    assert any("View history" in note for note in draft.notes)


def test_a_label_that_breaks_a_sentence_goes() -> None:
    """A line that repeats itself and splits sentences is boilerplate, and the sentence is joined."""
    draft = read(
        "Tea\nTea is a drink made from the\nGo premium\nleaves of a bush.\n"
        "Go premium\nGo premium\nIt was first drunk long ago in the hills.\n"
    )
    assert texts(draft, "paragraph") == [
        "Tea is a drink made from the leaves of a bush.",
        "It was first drunk long ago in the hills.",
    ]


def test_a_byline_above_the_date_is_no_heading() -> None:
    """A line between the title and the date of the page heads nothing."""
    draft = read("Tea\nBy Ann Bell\nUpdated on June 2, 2024\nTea is a drink that people like a lot.\n")
    assert outline(draft) == ()
    assert any("Ann Bell" in note for note in draft.notes)


def test_clauses_under_a_label_are_items() -> None:
    """Lists in lower case under a bare word stay apart, and the heading after them is seen."""
    draft = page("dos")
    assert outline(draft)[-2:] == ("# How to treat chilblains yourself", "# How long chilblains last")
    assert "keep your feet dry and warm at all times" in texts(draft, "item")


def test_serial_items_stay_apart() -> None:
    """Items that end in commas after a lead-in are items, not one long sentence."""
    draft = read(
        "Call us\nCall the nurse on duty if you have:\na fever,\na cough, or\na rash.\nThe nurse will ring you back.\n"
    )
    assert texts(draft, "item") == ["a fever,", "a cough, or", "a rash."]


def test_an_empty_file_gives_no_parts() -> None:
    """Nothing, or white space alone, is a Draft without parts."""
    assert read("").parts == ()
    assert read(" \n\t\n\u00a0\n").parts == ()


def test_a_lone_line_is_text() -> None:
    """A page of one line keeps it as a paragraph, however like a title it looks."""
    assert texts(read("Opening hours"), "paragraph") == ["Opening hours"]


def test_line_ends_and_spaces_are_made_plain() -> None:
    """Windows line ends, non-breaking spaces and NUL bytes leave single spaces and nothing else."""
    draft = read_webtext("Tea\r\nTea\u00a0is  a drink that\r\npeople\r\nlike\x00.\r\n".encode(), "tea.txt")
    assert texts(draft, "paragraph") == ["Tea is a drink that people like."]


def test_bytes_that_are_not_utf8_are_an_error_with_a_place() -> None:
    """The error names the file and the first byte that cannot be read."""
    with pytest.raises(ReadError, match=r"tea\.txt, byte 4"):
        read_webtext(b"Tea \xff", "tea.txt")


def test_emoji_are_kept() -> None:
    """Emoji are text like any other."""
    assert texts(read("Tea\nTea is lovely 🍵 and warm 👩‍👩‍👧 in winter.\n"), "paragraph") == [
        "Tea is lovely 🍵 and warm 👩‍👩‍👧 in winter."
    ]


HOSTILE = {
    "one line": "word " * 1_000_000,
    "dots": "." * 200_000,
    "lines of dots": ".\n" * 100_000,
    "brackets": "(" * 200_000,
    "lines of brackets": "(\n[\n" * 25_000,
    "marks": "[1]" * 100_000,
    "lines of marks": "x\n[1]\n" + "[1]\n" * 100_000,
    "one word a line": "Word\nword\n" * 25_000,
    "one line again and again": "Advert\n" * 50_000,
    "lines that differ": "\n".join(f"Line {n}" for n in range(50_000)),
    "dots and quotes": "aaa.”’" * 100_000,
    "numbers": "1.1." * 100_000 + " x",
    "commas": "a,\n" * 50_000,
    "lead-ins": "A list:\n" * 50_000,
    "repeated prose": "This is a sentence with words.\nAd\nBd\nCd\n" * 12_000,
    "one long list": "Items:\n" + "Apple pie\n" * 50_000,
    "one long contents list": "\n".join(f"Entry {n % 300}" for n in range(50_000)),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_is_read_in_time_that_grows_with_its_length(name: str) -> None:
    """Megabytes of one thing are read in seconds."""
    began = time.perf_counter()
    read(HOSTILE[name])
    assert time.perf_counter() - began < 10


PIECES = st.sampled_from(
    ["the", "Fever", "a", "(", ")", ".", ",", "[1]", "[", "]", "•", "-", "1.", "2)", ":", "include:", "It is warm.",
     "Ad", "Why?", "\n", "\n", "\n\n", " ",
     "Contents", "©", "Last reviewed 1 May 2020", "\u00a0", "…", "’s", "🍵"]
)  # fmt: skip


@given(
    st.one_of(
        st.text(max_size=400), st.lists(PIECES, max_size=60).map("".join), st.lists(PIECES, max_size=60).map("\n".join)
    )
)
@settings(max_examples=300)
def test_any_text_gives_well_formed_parts(text: str) -> None:
    """Whatever comes in, parts are not empty, hold no line end or doubled space, and have a valid level."""
    for part in read_webtext(text.encode("utf-8", "ignore"), "any.txt").parts:
        assert part.text == " ".join(part.text.split()) != ""
        assert part.level == 0 if part.kind == "paragraph" else part.level >= 1


def test_pieces_cut_off_at_a_quotation_or_a_stop_stay_with_their_item() -> None:
    """A quotation after "is" belongs to its item, and a linked name cut off at its full stop ends a bare list."""
    page = (
        "Tests for gout\n\nYou may feel:\nPain\nWarmth, or a feeling like the joint is\n“on fire”\n"
        "Some tests are:\nBlood tests\nX-rays\nJoint aspiration\n. Your provider uses a needle.\n"
        "For each week of tests you will get\nSick Leave Credits\n.\nMost people wait. It takes a day or two.\n"
    )
    draft = read_webtext(page.encode(), "page.txt")
    items = [part.text for part in draft.parts if part.kind == "item"]
    assert "For each week of tests you will get Sick Leave Credits." in [part.text for part in draft.parts]
    assert items == [
        "Pain",
        "Warmth, or a feeling like the joint is “on fire”",
        "Blood tests",
        "X-rays",
        "Joint aspiration. Your provider uses a needle.",
    ]
