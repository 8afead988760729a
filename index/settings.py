"""Every setting, with its default and its meaning, in one table. Read once at the edge and passed in.

docs/settings.md is held to this table by a test.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from pincite.index.errors import SettingError

ENV_PREFIX = "PINCITE_"


@dataclass(frozen=True, slots=True)
class Settings:
    """Settings of pincite; each field is also the environment variable PINCITE_<NAME>."""

    index: str = "var/index"
    corpus: str = "corpus"
    model: str = "default"
    encoder_precision: str = "auto"
    passage_words: int = 60
    token_vectors: int = 1
    keep_bundles: int = 3
    host: str = "127.0.0.1"
    port: int = 8000
    processes: int = 1
    threads: int = 32
    encoder_threads: int = 1
    cross_encoder: int = 1
    question_characters: int = 2000
    answer_cache: int = 256
    max_concurrent: int = 0
    max_queued: int = 16
    requests_per_minute: int = 0
    max_connections: int = 400
    api_keys_file: str = ""
    cors_origins: str = ""
    trusted_hosts: str = ""
    log: str = "json"
    metrics_host: str = "127.0.0.1"
    metrics_port: int = 0
    reload_seconds: int = 2
    public_url: str = ""
    emergency: str = "911 in the US, 112 in Europe, 999 in the UK"
    contact: str = ""


SETTING_HELP = {
    "index": "folder that holds the published bundles, or one bundle itself",
    "corpus": "file or folder that `pincite ingest` reads when it is given no path",
    "model": "sentence-transformers model that embeds at ingest: `default` or a folder",
    "encoder_precision": "precision of the encoder, chosen at ingest: float32; float16, half the size on disk; int8, a "
    "quarter of the size and half the time, nearly the same vectors; auto, int8 where it is near enough to float32",
    "passage_words": "words in a passage at most, where sentences and lists allow it",
    "token_vectors": "1 keeps every token's vector for late interaction (400 bytes a token); 0 leaves them out, "
    "for very large corpora",
    "keep_bundles": "bundles kept on disk, the live one included and 2 at least; the older ones are for roll-back",
    "host": "address that `pincite serve` listens on",
    "port": "port that `pincite serve` listens on; 0 takes any free one",
    "processes": "processes that `pincite serve` answers with on its one port, for as many processors; each opens the "
    "index",
    "threads": "requests worked on at the same time by one process of `pincite serve`",
    "encoder_threads": "processor threads that encode one question",
    "cross_encoder": "1 has the cross-encoder read the first passages of an answer; 0 leaves it out: faster, but wrong "
    "more often",
    "question_characters": "characters in a question at most",
    "answer_cache": "answers kept in memory for when the same is asked again, by the same index; 0 keeps none",
    "max_concurrent": "questions worked on at the same time by one process; 0 takes its share of the processors",
    "max_queued": "requests that wait for their turn in one process; more get 503 and come back",
    "requests_per_minute": "requests a minute that one client may make of one process, a batch counting as its "
    "questions; 0 sets no limit",
    "max_connections": "connections that one address (of IPv6 one /64) may have open to one process; the one idle "
    "longest gives way to a new one; 0 sets no limit but 900 in all",
    "api_keys_file": "file of digests, one a line, as `pincite key` prints them; with it, endpoints want a key",
    "cors_origins": "web origins whose pages may call the endpoints, such as https://clinic.example; commas "
    "between them",
    "trusted_hosts": "names that requests may call this service by; commas between them; others get 400",
    "log": "what is written to standard error: json writes a line for each request, off none",
    "metrics_host": "address that metrics for Prometheus are served on",
    "metrics_port": "port that metrics for Prometheus are served on, by further processes on the next ones; 0 "
    "serves none",
    "reload_seconds": "seconds between two looks for a newly published index",
    "public_url": "address at which people reach the service, such as https://pincite.example; without it, the one it "
    "listens on",
    "emergency": "emergency numbers that every page names, with the places where they work",
    "contact": "e-mail or web address for reports of wrong answers; without it, no page offers one",
}

# names of earlier versions: an environment that still has one must not be taken for one without the setting
RENAMED = {
    "active": "max_concurrent",
    "answers": "answer_cache",
    "connections": "max_connections",
    "encoder": "encoder_precision",
    "hosts": "trusted_hosts",
    "judge": "cross_encoder",
    "keep": "keep_bundles",
    "keys": "api_keys_file",
    "origins": "cors_origins",
    "quota": "requests_per_minute",
    "waiting": "max_queued",
}
_PATTERNS = {  # what a text must look like
    "contact": re.compile(r'https?://[^\s"<>]+|(mailto:)?[^\s"<>:/@]+@[^\s"<>:/@]+'),
}
_MINIMUM = {
    "port": 0,
    "max_concurrent": 0,
    "answer_cache": 0,
    "max_queued": 0,
    "requests_per_minute": 0,
    "max_connections": 0,
    "metrics_port": 0,
    "passage_words": 20,
    "token_vectors": 0,
    "cross_encoder": 0,
}
_CHOICES = {"log": ("json", "off"), "encoder_precision": ("auto", "float32", "float16", "int8")}
_MAXIMUM = {"port": 65535, "metrics_port": 65535, "token_vectors": 1, "cross_encoder": 1, "processes": 64}


def read_settings(environ: Mapping[str, str], **overrides: Any) -> Settings:
    """Settings from defaults, then PINCITE_* variables, then `overrides` values that are not None.

    Raises SettingError for an unknown PINCITE_* variable and for a value of the wrong type or range.
    """
    known = {f.name: f.type for f in fields(Settings)}
    values: dict[str, Any] = {}
    for variable in sorted(v for v in environ if v.startswith(ENV_PREFIX)):
        name = variable.removeprefix(ENV_PREFIX).lower()
        if name in RENAMED:
            raise SettingError(variable, "has another name now", f"set {ENV_PREFIX}{RENAMED[name].upper()} instead")
        if name not in known:
            raise SettingError(variable, "no such setting", f"unset it, or use one of {_variable_names(known)}")
        values[name] = _parse(variable, name, environ[variable], known[name])
    for name, value in overrides.items():
        if value is not None:
            values[name] = _parse(f"--{name.replace('_', '-')}", name, str(value), known[name])
    return Settings(**values)


def _variable_names(known: Mapping[str, Any]) -> str:
    return ", ".join(ENV_PREFIX + name.upper() for name in known)


def _parse(place: str, name: str, text: str, type_name: Any) -> str | int:
    if type_name == "str":
        if not text.strip():
            raise SettingError(place, "is empty", f"give the {SETTING_HELP[name]}, or leave it out")
        if text not in _CHOICES.get(name, (text,)):
            raise SettingError(place, f"{text[:20]!r} is not known", f"set it to one of {', '.join(_CHOICES[name])}")
        if name in _PATTERNS and not _PATTERNS[name].fullmatch(text):
            problem = f"{text[:40]!r} is neither an e-mail nor a web address"
            raise SettingError(
                place, problem, "set it to one such as help@clinic.example or https://clinic.example/help"
            )
        return text
    minimum, maximum = _MINIMUM.get(name, 1), _MAXIMUM.get(name, 1_000_000)
    if not (text.isascii() and text.isdigit() and len(text) < 10 and minimum <= int(text) <= maximum):
        raise SettingError(
            place, f"{text[:20]!r} is not a whole number from {minimum} to {maximum}", f"set it to {SETTING_HELP[name]}"
        )
    return int(text)
