"""English names of languages, for pages. A tag of BCP 47 comes in; one without a name here is its own name."""

from __future__ import annotations

_NAMES = dict(
    entry.split("=")
    for entry in (
        "ar=Arabic bg=Bulgarian bn=Bengali ca=Catalan cs=Czech da=Danish de=German el=Greek en=English es=Spanish "
        "et=Estonian fa=Persian fi=Finnish fr=French ga=Irish gu=Gujarati he=Hebrew hi=Hindi hr=Croatian hu=Hungarian "
        "id=Indonesian it=Italian ja=Japanese ko=Korean lt=Lithuanian lv=Latvian nb=Norwegian nl=Dutch no=Norwegian "
        "pa=Punjabi pl=Polish pt=Portuguese ro=Romanian ru=Russian sk=Slovak sl=Slovenian so=Somali sr=Serbian "
        "sv=Swedish sw=Swahili ta=Tamil th=Thai tl=Tagalog tr=Turkish uk=Ukrainian ur=Urdu vi=Vietnamese cy=Welsh "
        "zh=Chinese"
    ).split()
)


def language_name(tag: str) -> str:
    """Return the name of a language, with its tag where that says more.

    >>> language_name("de"), language_name("en-GB"), language_name("xal"), language_name("*")
    ('German', 'English (en-GB)', 'xal', 'any')
    """
    if tag == "*":
        return "any"
    name = _NAMES.get(tag.partition("-")[0].lower())
    if name is None:
        return tag
    return f"{name} ({tag})" if "-" in tag else name
