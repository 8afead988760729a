"""Signs that an element is furniture of a page and no part of its text: tags, roles, and what sites name boxes by."""

from __future__ import annotations

import re

from pincite.ingestion.reading.readers.html_parts import BLOCKS
from pincite.ingestion.reading.readers.webpage.tree import Element

_TAGS = {"nav": "menus", "footer": "the page's foot", "aside": "asides", "menu": "menus"}
_ROLES = {
    "navigation": "menus",
    "menu": "menus",
    "menubar": "menus",
    "banner": "the page's head",
    "contentinfo": "the page's foot",
    "complementary": "asides",
    "search": "forms",
    "dialog": "dialogs",
    "alertdialog": "dialogs",
    "toolbar": "menus",
}
_NAMES = {
    "comments": "comments? comment-?list disqus(-thread)? respond livefyre replies",
    "links to other pages": "related recommend(ed|ations?)? read-more more-(stories|news|articles|from|on|in) "
    "trending popular most-read outbrain taboola zergnet teasers? also-read up-next read-next next-prev "
    "pagination pager prevnext "
    "post-nav latest promos? promoted promotion carousel more-links jp-relatedposts trc",
    "menus": "nav navbar navigation menu submenu breadcrumbs? crumbs? skip-(link|to) toolbar topbar sitemap",
    "links to share it": "share sharing shares sharebar sharedaddy social socials addthis addtoany follow-us shareable",
    "advertising": "ads? advert advertis(ing|ement|ements) sponsor(ed)? dfp adsense banner leaderboard mpu affiliate",
    "forms": "newsletters? subscribe subscription signup sign-up "
    "mailing-list mc-embed-signup optin login paywall donate cta",
    "notices": "cookies? consent gdpr modal popup pop-up overlay lightbox toast noprint",
    "asides": "sidebar side-bar rail widgets? pull-?quote",
    "the page's foot": "footer colophon copyright site-info",
    "the page's head": "masthead (site|page|global|top)-header",
    "who wrote it": "by-?line authors? author-(bio|box|info|name|card|details|profile|meta) bio "
    "(post|entry|article)-(meta|info|date) "
    "dateline timestamp posted-(on|by) publish(ed)?-?(date|on)? pubdate",
    "tags": "tags tag-?(list|links|cloud) categories topics keywords cat-links",
    "captions": "caption wp-caption(-text)? (image|photo|img)-(credit|caption) credits? figcaption",
}
_NAMED_KINDS = (*_NAMES,)
KINDS = (
    "what stands around the text",
    "captions",
    "asides",
    "comments",
    "notices",
    "dialogs",
    "who wrote it",
    "tags",
    "lists of links",
    "links to other pages",
    "the page's head",
    "the page's foot",
    "menus",
    "forms",
    "links to share it",
    "advertising",
)  # of what is left out, first those that are likeliest to be text of the page
_MAX_NAMES = 50  # classes of an element
_MAX_NAME_CHARACTERS = 100
_NAME = re.compile(
    "|".join(
        f"(?:^|-)(?P<k{i}>{'|'.join(names.replace('(', '(?:').split())})(?=$|-)"
        for i, names in enumerate(_NAMES.values())
    )
)
# text may be called by the other names too: what is much stays
SURE_KINDS = (
    "comments",
    "links to other pages",
    "advertising",
    "asides",
    "the page's foot",
    "the page's head",
    "dialogs",
)
_TAIL_LABEL = re.compile(
    r"(top |top rated |leave a |add a |post a |\d+ )?(comments?|comentarios|comentários|commentaires|kommentare)( \d+)?"
    r"|related( (articles|stories|posts|content|news|reading|links|topics|coverage))?|recommended( for you| reading)?"
    r"|you (may|might|could) also (like|enjoy|be interested in)|join the (conversation|discussion)"
    r"|tell us what you think"
    r"|more (stories|news|from .{1,40}|on this (story|topic)|great .{1,40} stories)|read (more|next|also)"
    r"|up next|(most|more) (read|popular|viewed)|trending( now)?|share this( article| story| page| post)?"
    r"|follow us( on .{1,20})?"
    r"|subscribe|sign up (for|to) .{1,60}|about the authors?|advert|advertisement|leave a reply"
    r"|das könnte (sie|dich) auch interessieren|mehr zum thema|verwandte artikel|lesen sie auch"
    r"|à lire aussi|articles similaires|sur le même sujet|te puede interesar|artículos relacionados"
    r"|você (também )?pode gostar|leia também|veja também|artigos relacionados|potrebbe interessarti|leggi anche"
)
MAX_TAIL_LABEL_CHARACTERS = 80
_LINE_TAGS = frozenset("p li dd dt td th blockquote".split())
_MIN_LINE_WORDS = 4  # in one piece, of what is a line of text
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_TEXT_TAGS = frozenset(
    "html body main article caption h1 h2 h3 h4 h5 h6 td th tr tbody table a b em strong i sup sub blockquote".split()
)


def stated_kind(element: Element) -> str | None:
    """Return what an element is by its tag or its role where that is no text, else None."""
    return _TAGS.get(element.tag) or _ROLES.get(element.get("role").lower())


def furniture_kind(element: Element) -> str | None:
    """Return what an element is where it looks like no text, by its tag, role or names, else None."""
    stated = stated_kind(element)
    if stated or element.tag in _TEXT_TAGS:
        return stated
    for name in (element.get("id"), *element.get("class").split()[:_MAX_NAMES]):
        match = _NAME.search(_CAMEL.sub("-", name[:_MAX_NAME_CHARACTERS]).replace("_", "-").lower())
        if match and match.lastgroup:
            kind = _NAMED_KINDS[int(match.lastgroup[1:])]
            return None if kind != "advertising" and _stands_in_text(element) else kind
    return None


def _stands_in_text(element: Element) -> bool:
    """Return whether an element is part of a line of text, such as a word that is explained in a box."""
    parent = element.parent
    if element.tag in BLOCKS or parent is None or parent.tag not in _LINE_TAGS:
        return False
    return any(isinstance(child, str) and len(child.split()) >= _MIN_LINE_WORDS for child in parent.children)


def is_tail_label(text: str) -> bool:
    """Return whether a heading is one that sites put over what is no text, such as "Related articles"."""
    return (
        len(text) <= MAX_TAIL_LABEL_CHARACTERS and _TAIL_LABEL.fullmatch(text.casefold().strip(" .…:!?()")) is not None
    )
