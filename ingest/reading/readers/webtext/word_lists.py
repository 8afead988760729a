"""The few words this reader knows, all of them closed classes: no subject, no site, no brand may enter here.

Function words tell a broken sentence from a heading; four languages are enough to see that a line dangles.
Furniture words are labels that mean the same on every site. Structure decides first; these settle doubts.
"""

from __future__ import annotations

# A line that ends in one of these is never whole: an article, a possessive or a conjunction wants its noun.
DANGLING_WORDS = frozenset(
    "a an the and or nor but your our their its his her my this these than if because "
    "der die das den dem des ein eine einen einem einer und oder ihr ihre "
    "el la los las un una unos unas y o u su sus del al le les une et ou du".split()
)
# A line that ends in one of these may still be a heading ("Living with"), so more evidence is asked for.
PREPOSITIONS = frozenset(
    "of in on at by for from to with without into about between through during under over as like is are was "
    "were be called can may not von mit im in am zu zur zum bei für auf aus nach durch ist sind als "
    "de en con por para sin sobre como es son dans avec pour par sur est sont".split()
)
# A line that starts with one of these goes on with the line before, even among items in lower case.
JOINING_WORDS = frozenset("and or nor of und oder y o et ou de del von".split())
# Dots that end no sentence.
ABBREVIATIONS = frozenset(
    "e.g. i.e. dr. mr. mrs. ms. st. vs. cf. approx. prof. fig. z.b. bzw. ca. sr. sra. p.ej.".split()
)

CONTENTS_LABELS = frozenset(
    ("contents", "table of contents", "on this page", "in this article", "in this section", "page contents", "inhalt",
     "inhaltsverzeichnis", "auf dieser seite", "contenido", "índice", "en esta página", "sommaire")
)  # fmt: skip
# Whole lines, never parts of one.
BOILERPLATE_LINES = frozenset(
    ("skip to content", "skip to main content", "skip to navigation", "home", "menu", "search", "share", "print",
     "share this page", "print this page", "back to top", "accept", "accept all", "accept all cookies",
     "accept cookies", "reject", "reject all", "decline", "decline all", "manage options", "ok", "got it", "customise",
     "customize", "save settings", "register", "sign up", "my account", "contact us", "back", "manage cookies",
     "cookie settings", "terms of use", "log in", "sign in", "subscribe", "follow us", "related articles", "read more",
     "startseite", "teilen", "drucken", "inicio", "compartir", "imprimir", "accueil", "partager", "imprimer")
)  # fmt: skip
# Those of them that stand at a page's head alone; "Share" may stand anywhere.
NAVIGATION_LINES = frozenset(
    ("skip to content", "skip to main content", "skip to navigation", "home", "menu", "search", "startseite", "inicio",
     "accueil")
)  # fmt: skip
# Labels of menus that may also head a section: they show where a menu is, and are left out with it alone.
MENU_LINES = frozenset(
    ("about", "about us", "contact", "archive", "news", "shop", "blog", "team", "sections", "newsletter", "über uns",
     "kontakt", "acerca de", "contacto", "à propos")
)  # fmt: skip
# What a banner over the page speaks of, in any language.
BANNER_WORDS = ("cookie", "privacy", "consent", "datenschutz", "privacidad", "confidentialité")
# A sentence that starts with one of these speaks of the list above it, so no heading stands between them.
DEMONSTRATIVES = frozenset("these those they this diese dies estos estas esto ces".split())
# How a line that names the writer begins; a name in title case must follow.
BYLINE_PREFIXES = ("written by ", "by ", "von ", "por ", "par ")
# Whole words that say what was done to a page on a date, as patterns.
REVIEW_WORDS = (
    "review(?:ed)?", "updated?", "modified", "edited", "published", "revised", "revision", "aktualisiert",
    "aktualisierung", "überprüft", "veröffentlicht", "revisad[oa]", "revisión", "actualizad[oa]", "actualización",
    "publicad[oa]", "mise? à jour", "révisée?", "publiée?",
)  # fmt: skip
# The only other words of a line that dates the page; any more and the line is text.
PAGE_DATE_WORDS = frozenset(
    "a at am pm utc gmt bst est edt pst cet cest on in the this of by and last latest first next originally medically "
    "clinically page pages article leaflet document content information text site website version date dates due was "
    "is were has been expert experts "
    "der die das den diese dieser dieses seite artikel zuletzt letzte letzter wurde am im um uhr von und stand "
    "el la los las de del esta este página artículo última última fecha fue por en y "
    "le la les cette page dernière date du et par est été".split()
)


# Units, days and months: a line of these and of figures has no word of its own.
UNITS = frozenset(
    "am pm a p m h hr hrs hour hours min mins minutes sec s uhr noon midnight to till until from and bis von à de "
    "mg g kg lb oz ml l cl dl km cm mm ft in w kw v hz kcal kj eur euro euros usd gbp chf kr p each off "
    "mon tue tues wed thu thur thurs fri sat sun monday tuesday wednesday thursday friday saturday sunday "
    "jan feb mar apr may jun jul aug sep sept oct nov dec january february march april june july august september "
    "october november december montag dienstag mittwoch donnerstag freitag samstag sonntag mo di mi do fr sa so".split()
)
# What encyclopaedias set after a heading to edit its section.
EDIT_LABELS = (
    "edit", "edit source", "edit section", "bearbeiten", "quelltext bearbeiten", "editar", "editar código", "modifier",
    "modifier le code", "modifica", "modifica wikitesto", "bewerken", "brontekst bewerken", "redigera",
    "rediger", "edytuj",
)  # fmt: skip
# Bullets and arrows that stand before an item, those of word processors' symbol fonts among them.
BULLETS = "•·*▪◦‣●○∙–—⁃-■□▢▣◆◇❖►▶▸▹➤➔➜➢→⇒⮚⁍✓✔☑☐✅➡\uf0a7\uf0a8\uf0b7\uf0d8\uf0e0\uf0fc"


def is_topic_word(word: str) -> bool:
    """Long enough and no function word; the word comes in folded case."""
    return len(word) > 2 and word not in DANGLING_WORDS and word not in PREPOSITIONS
