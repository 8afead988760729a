"""Addresses of web pages: what is one, its normal form, what is refused, and what its parts decide."""

from __future__ import annotations

import pytest

from pincite.index.errors import CorpusError
from pincite.ingestion.reading.draft import WebOrigin
from pincite.ingestion.reading.given import given_document
from pincite.ingestion.reading.readers_by_suffix import READERS_BY_SUFFIX
from pincite.ingestion.reading.web.address import WebAddress, is_web_address, parse_address
from pincite.ingestion.reading.web.media_type import SUFFIXES_BY_TYPE, parse_content_type, suffix_of
from pincite.ingestion.reading.web.page import WebPage
from pincite.ingestion.reading.web.reach import Nearness, nearness
from pincite.ingestion.reading.web.refusals import quoted


@pytest.mark.parametrize(
    ("typed", "normal"),
    [
        ("HTTP://Harbour.Example:80", "http://harbour.example/"),
        ("https://harbour.example:8443/a/../b/./c?x=1#part", "https://harbour.example:8443/b/c?x=1"),
        ("http://harbour.example/high water?q=a b", "http://harbour.example/high%20water?q=a%20b"),
        ("http://harbour.example/a%2Fb", "http://harbour.example/a%2Fb"),
        ("https://straße.example/ebbe/flut-ü", "https://xn--strae-oqa.example/ebbe/flut-%C3%BC"),
        ("http://[::1]:8000/x", "http://[::1]:8000/x"),
        ("https://harbour.example/@user/post", "https://harbour.example/@user/post"),
    ],
)
def test_the_normal_form_of_an_address(typed: str, normal: str) -> None:
    """The same page has one name, however its address is typed; host names are those of IDNA 2008."""
    assert given_document(typed) == WebAddress(normal)
    assert parse_address(normal).url == normal


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("http://", "names no host"),
        ("https:///guide", "names no host"),
        ("http://a..b/", "host that cannot be"),
        ("http://-a.example/", "host that cannot be"),
        ("http://harbour.example:99999/", "is no web address"),
        ("http://[::1/", "is no web address"),
        ("http://harbour.example\\@evil.example/", "holds a user name"),
        ("http://harbour.example\\.evil.example/", "names no host"),
        ("http://" + "a" * 3_000, "too long"),
        ("ftp://harbour.example/x", "another scheme"),
        ("file:///etc/passwd", "another scheme"),
    ],
)
def test_an_address_that_cannot_be_fetched(typed: str, said: str) -> None:
    """A bad address is an error before anything is looked up, in the shape of all errors."""
    with pytest.raises(CorpusError, match=said) as caught:
        given_document(typed)
    assert caught.value.remedy


@pytest.mark.parametrize(
    "typed",
    [
        "http://me:hunter2@harbour.example/",
        "https://hunter2@harbour.example/",
        "http://me:hun/ter2@harbour.example/",
        "http://me:hunter2@harbour.example:99999/",
        "http://me:hunter2@/",
        "ftp://me:hunter2@harbour.example/",
    ],
)
def test_a_password_is_never_printed(typed: str) -> None:
    """An address with a user name or a password is refused, by a message that holds neither."""
    with pytest.raises(CorpusError) as caught:
        given_document(typed)
    assert "ter2" not in str(caught.value)
    assert "me:" not in str(caught.value)


def test_a_path_is_no_address() -> None:
    """Names of files are paths, also with a colon."""
    for path in ("guide.html", "http.html", "c:/x", "http:/x", "./https://x"):
        assert not is_web_address(path)


@pytest.mark.parametrize(
    ("address", "near"),
    [
        ("93.184.216.34", Nearness.PUBLIC),
        ("2606:2800:220:1::1", Nearness.PUBLIC),
        ("10.0.0.1", Nearness.PRIVATE),
        ("172.16.0.1", Nearness.PRIVATE),
        ("192.168.1.1", Nearness.PRIVATE),
        ("100.64.0.1", Nearness.PRIVATE),
        ("fd00::1", Nearness.PRIVATE),
        ("224.0.0.1", Nearness.PRIVATE),
        ("169.254.169.254", Nearness.LINK_LOCAL),
        ("fe80::1%eth0", Nearness.LINK_LOCAL),
        ("127.9.9.9", Nearness.LOOPBACK),
        ("0.0.0.0", Nearness.LOOPBACK),
        ("::1", Nearness.LOOPBACK),
        ("::ffff:127.0.0.1", Nearness.LOOPBACK),
        ("2002:7f00:1::", Nearness.LOOPBACK),
    ],
)
def test_how_near_an_address_is(address: str, near: Nearness) -> None:
    """Ranges of IPv4 and IPv6, also IPv4 within IPv6."""
    assert nearness(address) is near


@pytest.mark.parametrize(
    ("header", "path", "data", "suffix"),
    [
        ("text/html; charset=utf-8", "/a", b"", ".html"),
        ("Application/XHTML+xml", "/a", b"", ".xhtml"),
        ("text/plain", "/a", b"", ".txt"),
        ("text/plain", "/readme.MD", b"", ".md"),
        ("text/html", "/a.pdf", b"%PDF-1.7", ".pdf"),
        ("", "/a", b"\xef\xbb\xbf\n<!DOCTYPE html>", ".html"),
        ("application/octet-stream", "/a.docx", b"PK\x03\x04", ".docx"),
        ("application/octet-stream", "/a.bin", b"\0", None),
        ("", "/a", b"words", None),
        ("image/png", "/a.html", b"\x89PNG", None),
        ("application/json", "/a", b"{}", None),
    ],
)
def test_the_type_decides_the_reader(header: str, path: str, data: bytes, suffix: str | None) -> None:
    """A known type names its reader, an unknown one leaves it to the first bytes and the address, others have none."""
    assert suffix_of(parse_content_type(header)[0], path, data) == suffix
    assert set(SUFFIXES_BY_TYPE.values()) <= set(READERS_BY_SUFFIX)


def test_the_name_that_an_id_is_made_of() -> None:
    """Host and path, without the ending of a file and without the query."""
    named = {
        "http://harbour.example/": "harbour.example",
        "http://harbour.example/tides/high%20water.html?x=1": "harbour.example/tides/high water",
        "http://harbour.example/v1.2/": "harbour.example/v1",
        "http://harbour.example/%1b%ff": "harbour.example/\ufffd\ufffd",
    }
    for url, name in named.items():
        assert WebPage(WebAddress(url), WebOrigin(url), ".html", b"").display_name == name


def test_headers_in_messages_cannot_steer_a_terminal() -> None:
    """Control characters are taken out of a header that a message quotes, and a long one is cut."""
    assert quoted("br\x1b[2J" + "x" * 99) == "br[2J" + "x" * 55
