"""Fetching of pages from a server on loopback: what is followed, what is bounded, what is refused."""

from __future__ import annotations

import gzip
import socket
import ssl
import zlib
from collections.abc import Iterator
from pathlib import Path

import httpcore2 as httpcore
import pytest
from web_server import WebServer, html, http, self_signed, serving

from pincite.index.errors import ReadError
from pincite.ingestion.reading.files import MAX_DOCUMENT_BYTES
from pincite.ingestion.reading.web import network
from pincite.ingestion.reading.web.address import parse_address
from pincite.ingestion.reading.web.fetch import MAX_REDIRECTS, fetch_page
from pincite.ingestion.reading.web.page import WebPage

PAGE = "<title>Tides</title><p>The tower rings a bell at high water."


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def server() -> Iterator[WebServer]:
    """A server without a robots.txt, with one page."""
    with serving() as opened:
        opened.replies["/page"] = html(PAGE)
        yield opened


@pytest.fixture
def public_names(monkeypatch: pytest.MonkeyPatch, server: WebServer) -> WebServer:
    """Names below .example look up as a public address, whose connections end at the server."""

    class Sockets(httpcore.SyncBackend):
        def connect_tcp(self, host: str, port: int, *_: object, **given: object) -> httpcore.NetworkStream:
            return super().connect_tcp("127.0.0.1", server.port, timeout=5)

    found = {"public.example": "93.184.216.34", "inside.example": "10.1.2.3", "cloud.example": "169.254.169.254"}
    monkeypatch.setattr(network, "ip_addresses", lambda host, port: [found.get(host, host)])
    monkeypatch.setattr(network.httpcore, "SyncBackend", Sockets)
    return server


def fetch(url: str, seconds: float = 20) -> WebPage:
    return fetch_page(parse_address(url), seconds)


def refusal(url: str, seconds: float = 20) -> str:
    """Return the error of a fetch, which names the address that was typed."""
    with pytest.raises(ReadError) as caught:
        fetch(url, seconds)
    assert caught.value.place == url
    assert caught.value.remedy
    return str(caught.value)


def test_a_page_is_one_request_besides_the_rules_of_its_host(server: WebServer) -> None:
    """The page is asked for once, after robots.txt, under our own name and without cookies."""
    page = fetch(f"{server.url}/page#part")
    assert (page.data, page.suffix, page.origin.url) == (PAGE.encode(), ".html", f"{server.url}/page")
    assert server.paths == ["/robots.txt", "/page"]
    assert "user-agent: pincite\r\n" in server.requests[1].lower()
    assert "cookie" not in server.requests[1].lower()


def test_redirects_are_followed_to_the_end(server: WebServer) -> None:
    """The name stays what was typed, the origin is where the page was found, and cookies on the way are dropped."""
    server.replies["/old"] = http(302, Location="/older", Set_Cookie="a=1")
    server.replies["/older"] = http(308, Location=f"{server.url}/page")
    page = fetch(f"{server.url}/old")
    assert (page.name, page.origin.url) == (f"{server.url}/old", f"{server.url}/page")
    assert all("cookie" not in head.lower() for head in server.requests)


@pytest.mark.parametrize(
    ("status", "headers", "said"),
    [
        (401, {}, "not open to everybody (401"),
        (403, {}, "not open to everybody (403"),
        (404, {}, "not there (404"),
        (410, {}, "not there (410"),
        (429, {"Retry_After": "120"}, "not served at the moment (429 Too Many Requests); it says Retry-After: 120"),
        (503, {"Retry_After": "Fri, 27 Nov 2026 12:00:00 GMT"}, "Retry-After: Fri, 27 Nov 2026"),
        (500, {}, "cannot be made by its server (500"),
        (204, {"Content_Length": None}, "is no page: its server answers with 204"),
        (304, {"Content_Length": None}, "is no page"),
        (302, {}, "is no page"),
    ],
)
def test_a_status_that_is_no_page(server: WebServer, status: int, headers: dict[str, str], said: str) -> None:
    """A status is named, with the time to wait where the server states one."""
    server.replies["/page"] = http(status, **headers)
    assert said in refusal(f"{server.url}/page")


@pytest.mark.parametrize(
    ("robots_txt", "allowed"),
    [
        ("User-agent: *\nDisallow: /", False),
        ("User-agent: *\nDisallow: /*age$", False),
        ("User-agent: *\nDisallow: /*e$\nAllow: /page", True),
        ("User-agent: pincite\nDisallow: /p\n\nUser-agent: *\nAllow: /", False),
        ("User-agent: *\nDisallow: /\n\nUser-agent: Pincite\nDisallow:", True),
        ("User-agent: other\nDisallow: /", True),
        ("\ufeffUser-agent: *\nDisallow: /page", False),
    ],
)
def test_the_rules_of_a_host_are_kept(server: WebServer, robots_txt: str, allowed: bool) -> None:
    """Our own group comes before that of all and the longest rule decides; a page that is barred is not asked for."""
    server.replies["/robots.txt"] = http(200, robots_txt.encode(), Content_Type="text/plain")
    if allowed:
        assert fetch(f"{server.url}/page").data == PAGE.encode()
    else:
        assert "robots.txt of its host" in refusal(f"{server.url}/page")
        assert server.paths == ["/robots.txt"]


def test_rules_beyond_500_kib_are_not_read(server: WebServer) -> None:
    """A robots.txt is read to 500 KiB, to its last whole line, however much more a host sends."""
    padding = b"#" * 99 + b"\n"
    server.replies["/robots.txt"] = http(200, b"User-agent: *\nDisallow: /page\n" + padding * 6_000)
    assert "robots.txt" in refusal(f"{server.url}/page")
    server.replies["/robots.txt"] = http(200, padding * 6_000 + b"User-agent: *\nDisallow: /page\n")
    assert fetch(f"{server.url}/page").data == PAGE.encode()


def test_a_host_whose_rules_cannot_be_read_is_not_asked(server: WebServer) -> None:
    """A robots.txt of 4xx allows all; one of 5xx, or one that breaks off, nothing."""
    server.replies["/robots.txt"] = http(403)
    assert fetch(f"{server.url}/page").data == PAGE.encode()
    server.replies["/robots.txt"] = http(503)
    assert "host whose robots.txt is not served at the moment (503" in refusal(f"{server.url}/page")
    server.replies["/robots.txt"] = http(200, b"User-agent: *", Content_Length=99)
    assert "broke off" in refusal(f"{server.url}/page")
    assert server.paths.count("/page") == 1


def test_the_rules_of_a_host_that_a_redirect_leads_to_are_kept(server: WebServer) -> None:
    """Each origin is asked for its own robots.txt, once."""
    with serving() as other:
        other.replies |= {"/robots.txt": http(200, b"User-agent: *\nDisallow: /"), "/there": html(PAGE)}
        server.replies["/page"] = http(301, Location="/next")
        server.replies["/next"] = http(301, Location=f"{other.url}/there?key=secret")
        message = refusal(f"{server.url}/page")
        assert f"redirects to {other.url}/there, which is not to be fetched by programs" in message
        assert "secret" not in message
        assert (server.paths, other.paths) == (["/robots.txt", "/page", "/next"], ["/robots.txt"])


def test_redirects_end(server: WebServer) -> None:
    """A circle is said to be one, and a chain ends after five."""
    server.replies["/a"], server.replies["/b"] = http(302, Location="/b"), http(302, Location="/a#x")
    assert "redirects in a circle" in refusal(f"{server.url}/a")
    for number in range(MAX_REDIRECTS):
        server.replies[f"/{number}"] = http(302, Location=f"/{number + 1}")
    server.replies[f"/{MAX_REDIRECTS}"] = html(PAGE)
    assert fetch(f"{server.url}/0").data == PAGE.encode()
    server.replies["/start"] = http(302, Location="/0")
    assert "more than 5 times" in refusal(f"{server.url}/start")


@pytest.mark.parametrize(
    ("location", "said"),
    [
        ("ftp://127.0.0.1/x", "another scheme"),
        ("file:///etc/passwd", "another scheme"),
        ("http://name:word@127.0.0.1/", "holds a user name or a password"),
        ("http://[::1", "no web address"),
    ],
)
def test_a_redirect_to_no_page_is_refused(server: WebServer, location: str, said: str) -> None:
    """A redirect leads to http and https alone, and names no user."""
    server.replies["/page"] = http(302, Location=location)
    message = refusal(f"{server.url}/page")
    assert said in message
    assert "word" not in message.replace("password", "")


@pytest.mark.parametrize(
    "target", ["127.0.0.1", "0.0.0.0", "[::1]", "[::ffff:10.0.0.1]", "inside.example", "cloud.example"]
)
def test_a_public_page_leads_to_no_private_address(public_names: WebServer, target: str) -> None:
    """A redirect of a public name to loopback, private or link-local addresses is refused before anything is sent."""
    public_names.replies["/page"] = http(302, Location=f"http://{target}:{public_names.port}/secret")
    assert "leads to an address in a network of this machine" in refusal("http://public.example/page")
    assert public_names.paths == ["/robots.txt", "/page"]


def test_a_private_address_that_was_typed_is_fetched(public_names: WebServer) -> None:
    """An intranet page is, and one that it redirects to there; the keys of a cloud's machine are out of its reach."""
    public_names.replies["/away"] = http(302, Location="http://10.9.9.9/page")
    public_names.replies["/keys"] = http(302, Location="http://cloud.example/page")
    assert fetch("http://inside.example/away").data == PAGE.encode()
    assert "network of this machine" in refusal("http://inside.example/keys")


def test_a_body_is_bounded_while_it_arrives(server: WebServer) -> None:
    """Too many bytes are refused, whether the header states them or not, and so is what unpacks to too many."""
    server.replies["/page"] = http(200, b"x", Content_Length=MAX_DOCUMENT_BYTES + 1, Content_Type="text/html")
    assert "is more than 20,000,000 bytes" in refusal(f"{server.url}/page")
    body = b"x" * (MAX_DOCUMENT_BYTES + 1)
    server.replies["/page"] = http(200, body, Content_Length=None, Content_Type="text/html")
    assert "is more than 20,000,000 bytes" in refusal(f"{server.url}/page")
    bomb = gzip.compress(bytes(60_000_000), 9)
    assert len(bomb) < 100_000
    server.replies["/page"] = http(200, bomb, Content_Type="text/html", Content_Encoding="gzip")
    assert "is more than 20,000,000 bytes" in refusal(f"{server.url}/page")


def test_bodies_are_unpacked(server: WebServer) -> None:
    """Gzip of several members and deflate with and without its header are; other packing is refused by name."""
    members = gzip.compress(PAGE[:9].encode()) + gzip.compress(PAGE[9:].encode())
    raw = zlib.compressobj(wbits=-15)
    for encoding, body in (
        ("gzip", members),
        ("deflate", zlib.compress(PAGE.encode())),
        ("deflate", raw.compress(PAGE.encode()) + raw.flush()),
    ):
        server.replies["/page"] = http(200, body, Content_Type="text/html", Content_Encoding=encoding)
        assert fetch(f"{server.url}/page").data == PAGE.encode()
    for encoding, body, said in (
        ("br", b"x", "packed as br"),
        ("gzip", b"x", "packed as gzip, and broken"),
        ("gzip", members[:-4], "packed as gzip, and broken"),
    ):
        server.replies["/page"] = http(200, body, Content_Type="text/html", Content_Encoding=encoding)
        assert said in refusal(f"{server.url}/page")


def test_a_body_that_breaks_off_is_refused(server: WebServer) -> None:
    """Fewer bytes than Content-Length states, a chunk without its end and a reply that is no HTTP are no page."""
    server.replies["/page"] = html(PAGE, Content_Length=len(PAGE) + 1)
    assert "broke off" in refusal(f"{server.url}/page")
    server.replies["/page"] = html("ff\r\nshort", Content_Length=None, Transfer_Encoding="chunked")
    assert "broke off" in refusal(f"{server.url}/page")
    server.replies["/page"] = b"SSH-2.0-harbour\r\n"
    assert "no proper HTTP" in refusal(f"{server.url}/page")


@pytest.mark.parametrize(
    "head", [b"HTTP/1.1 200 OK\r\nX-Drip: ", b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n"]
)
def test_bytes_that_drip_in_do_not_put_the_deadline_off(server: WebServer, head: bytes) -> None:
    """A server that sends a byte now and then, in its headers or in its body, is left at the deadline."""
    ended = []

    def drip(stream: socket.socket) -> None:
        stream.sendall(head)
        stream.settimeout(0.05)
        for _ in range(400):  # 20 s, were it read to the end
            try:
                if not stream.recv(1):
                    break
            except TimeoutError:
                stream.sendall(b"x")
        else:
            ended.append("read to the end")

    server.replies["/page"] = drip
    assert "did not arrive in full within 0.7 s" in refusal(f"{server.url}/page", 0.7)
    assert not ended


def test_a_host_that_does_not_answer(monkeypatch: pytest.MonkeyPatch, server: WebServer) -> None:
    """Silence after the request ends the fetch before its deadline."""
    monkeypatch.setattr(network, "READ_SECONDS", 0.1)
    server.replies["/page"] = lambda stream: stream.recv(1) and None
    assert "does not answer in time" in refusal(f"{server.url}/page")


def test_a_host_that_is_not_there(monkeypatch: pytest.MonkeyPatch, server: WebServer) -> None:
    """A port where nobody listens and a name that no server knows are said to be that."""
    server.close()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    assert "cannot be connected to: Connection refused" in refusal(f"http://127.0.0.1:{port}/page")

    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(network.socket, "getaddrinfo", unknown)
    assert "host that no name server knows: nowhere.example" in refusal("http://nowhere.example/page")


def test_a_certificate_is_checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A self-signed certificate is refused, unless SSL_CERT_FILE names it; from https no redirect leads to http."""
    certificate = self_signed(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with serving(context) as server:
        server.replies["/page"] = html(PAGE)
        server.replies["/down"] = http(301, Location="http://127.0.0.1/page?token=secret")
        assert "certificate that is not trusted: self-signed certificate" in refusal(f"{server.url}/page")
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        assert fetch(f"{server.url}/page").data == PAGE.encode()
        message = refusal(f"{server.url}/down")
        assert "redirects from https to http" in message
        assert "secret" not in message


def test_the_environment_names_a_proxy(server: WebServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy is asked for the whole address, with its own password, unless no_proxy has the host."""
    monkeypatch.setenv("http_proxy", server.url.replace("//", "//me:word@"))
    server.replies["http://far.example/page"] = html(PAGE)
    server.replies["http://far.example/in"] = http(302, Location=f"http://127.0.0.1:{server.port}/page")
    assert fetch("http://far.example/page").data == PAGE.encode()
    assert "proxy-authorization: Basic bWU6d29yZA==" in server.requests[-1].replace("Proxy-A", "proxy-a")
    assert "network of this machine" in refusal("http://far.example/in")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    assert fetch(f"{server.url}/page").data == PAGE.encode()
    monkeypatch.setenv("http_proxy", "socks5://me:word@127.0.0.1:1")
    message = refusal("http://far.example/page")
    assert "through a proxy of scheme socks5" in message
    assert "word" not in message
