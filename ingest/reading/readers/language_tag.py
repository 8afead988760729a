"""Language tags of BCP 47 (RFC 5646), such as `de` or `pt-BR`: checked, and written as the standard recommends."""

from __future__ import annotations

import re

# Every language of two letters: those of ISO 639-1, and bh and sh, which it had.
TWO_LETTER_LANGUAGES = frozenset(
    """
    aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el en
    eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is it iu ja jv
    ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne
    ng nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg sh si sk sl sm sn so sq sr ss
    st su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu
    """.split()
)
# Language, script, region, variants, extensions, private use. Longer languages and those of two subtags are left out:
# the one is not assigned, the other has a tag of its own.
_TAG = re.compile(
    r"(?P<language>[a-z]{2,3})(-(?P<script>[a-z]{4}))?(-(?P<region>[a-z]{2}|[0-9]{3}))?"
    r"(-([a-z0-9]{5,8}|[0-9][a-z0-9]{3}))*(-[a-wy-z0-9](-[a-z0-9]{2,8})+)*(-x(-[a-z0-9]{1,8})+)?"
)


def canonical_language_tag(text: str) -> str | None:
    """Return a tag in its usual case (`pt-BR`, `zh-Hant`); None where the text is no language tag.

    A language of two letters must be one of ISO 639-1; of three, script and region the form alone is checked.
    """
    match = _TAG.fullmatch(text.lower()) if text.isascii() else None
    if match is None or (len(match["language"]) == 2 and match["language"] not in TWO_LETTER_LANGUAGES):
        return None
    subtags = [match["language"]]
    subtags += [match["script"].title()] if match["script"] else []
    subtags += [match["region"].upper()] if match["region"] else []
    return "-".join(subtags) + match.string[len("-".join(subtags)) :]
