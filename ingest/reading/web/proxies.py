"""Proxies, as the environment names them: http_proxy, https_proxy, all_proxy and no_proxy."""

from __future__ import annotations

from urllib.parse import unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

import httpcore2 as httpcore

from pincite.ingestion.reading.web.address import WebAddress
from pincite.ingestion.reading.web.refusals import FetchError


def proxy_for(address: WebAddress) -> httpcore.Proxy | None:
    """Return the proxy to ask for an address; None where it is asked itself.

    Raises FetchError for a proxy that speaks no HTTP; its text holds no user name.
    """
    if proxy_bypass(address.host):
        return None
    proxies = getproxies()
    stated = proxies.get(address.scheme) or proxies.get("all")
    if not stated:
        return None
    parts = urlsplit(stated if "://" in stated else f"http://{stated}")
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise FetchError(
            f"cannot be asked for through a proxy of scheme {parts.scheme}",
            "name an HTTP proxy in http_proxy and https_proxy, or the host in no_proxy",
        )
    auth = (unquote(parts.username), unquote(parts.password or "")) if parts.username else None
    return httpcore.Proxy(f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}", auth)
