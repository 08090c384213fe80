"""What is done to requests to spoil them."""

from __future__ import annotations

import copy
import gzip
import json
import re
from collections.abc import Callable
from random import Random
from typing import Any
from urllib.parse import quote_from_bytes, urlencode

from fuzz_calls import Request
from fuzz_oddities import ODD_HEADER_VALUES, ODD_HEADERS, ODD_SEGMENTS, ODD_TEXTS, ODD_TOKENS, ODD_VALUES
from fuzz_scraps import CSV_SCRAPS, JSON_SCRAPS, XML_SCRAPS
from fuzz_templates import FORM, QUERIES, Known, Template

PARAMETERS = ["q", "fields", "ids", "locator", "maxRecords", "_HttpMethod", "limit", "\x00"]


def spoiled(random: Random, template: Template, known: Known) -> Request:
    """The request of a template, with none to three things done to it."""
    draft = _Draft(template, known)
    for _ in range(random.choice((0, 1, 1, 1, 2, 3))):
        random.choice(_WAYS)(random, draft)
    return draft.to_request()


class _Draft:
    """A request on its way to the wire."""

    def __init__(self, template: Template, known: Known) -> None:
        self.method = template.method
        self.path = template.path
        self.query = list(template.query.items())
        self.headers = {"Authorization": f"Bearer {known.token}", **template.headers}
        self.body = copy.deepcopy(template.body)
        self.is_zipped = False

    def to_request(self) -> Request:
        body = self.content()
        if not isinstance(self.body, bytes) and body:
            self.headers.setdefault("Content-Type", "application/json")
        if self.is_zipped:
            self.headers["Content-Encoding"] = "gzip"
        pairs = [(name.encode("latin-1"), value.encode("latin-1", "replace")) for name, value in self.headers.items()]
        path = quote_from_bytes(self.path.encode(), safe="/%:;=@&+$,!*()'~?#[]{}").encode()
        query = urlencode(self.query, encoding="utf-8", errors="surrogatepass").encode()
        return Request(self.method, path, query, tuple(pairs), gzip.compress(body) if self.is_zipped else body)

    def content(self) -> bytes:
        """The body as bytes."""
        if self.body is None or isinstance(self.body, bytes):
            return self.body or b""
        return json.dumps(self.body).encode()


def _spoil_method(random: Random, draft: _Draft) -> None:
    draft.method = random.choice(("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "BREW", "get"))


def _spoil_path(random: Random, draft: _Draft) -> None:
    parts = draft.path.split("/")
    at = random.randrange(len(parts))
    way = random.choice(("replace", "replace", "insert", "drop", "double"))
    if way == "drop":
        del parts[at]
    elif way == "double":
        parts.insert(at, parts[at])
    else:
        parts[at : at + (way == "replace")] = [random.choice(ODD_SEGMENTS)]
    draft.path = "/" + "/".join(parts).lstrip("/")


def _spoil_query(random: Random, draft: _Draft) -> None:
    names = [name for name, _ in draft.query] + PARAMETERS
    if draft.query and random.random() < 0.3:
        draft.query.pop(random.randrange(len(draft.query)))
    draft.query.append((random.choice(names), random.choice(ODD_TEXTS)))


def _spoil_soql(random: Random, draft: _Draft) -> None:
    """Words of a query left out, doubled, swapped, or odd ones put in."""
    tokens = re.findall(r"'[^']*'|\w+|\s+|.", random.choice(QUERIES))
    for _ in range(random.randint(1, 4)):
        at = random.randrange(len(tokens))
        other = random.randrange(len(tokens))
        way = random.randrange(5)
        if way == 0 and len(tokens) > 1:
            del tokens[at]
        elif way == 1:
            tokens[at], tokens[other] = tokens[other], tokens[at]
        elif way == 2:
            tokens.insert(at, tokens[other])
        else:
            tokens[at : at + way - 3] = [f" {random.choice(ODD_TOKENS)} "]
    draft.query = [("q", "".join(tokens))]
    if draft.method == "GET" and random.random() < 0.7:
        draft.path = random.choice(("/services/data/v59.0/query", "/services/data/v67.0/queryAll"))
    if isinstance(draft.body, dict) and "query" in draft.body:
        draft.body["query"] = "".join(tokens)


def _spoil_headers(random: Random, draft: _Draft) -> None:
    if random.random() < 0.15:
        draft.headers.pop(random.choice(list(draft.headers)), None)
    for _ in range(random.choice((1, 1, 3))):
        draft.headers[random.choice(ODD_HEADERS)] = random.choice(ODD_HEADER_VALUES)


def _spoil_values(random: Random, draft: _Draft) -> None:
    """One place in a body of JSON gets a value of another kind, or another name, or is lost."""
    places = list(_places(draft.body))
    if not places:
        _spoil_bytes(random, draft)
        return
    holder, key = random.choice(places)
    way = random.random()
    if way < 0.15:
        del holder[key]
    elif way < 0.3 and isinstance(holder, dict):
        holder[str(random.choice(ODD_TEXTS))] = holder.pop(key)
    elif way < 0.4:
        holder[key] = [holder[key]] * random.choice((1, 2, 201))
    else:
        holder[key] = copy.deepcopy(random.choice(ODD_VALUES))


def _places(value: Any) -> list[tuple[Any, Any]]:
    """Every place in a JSON value: what holds it, and the key or index."""
    found: list[tuple[Any, Any]] = []
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, below in list(inner):
        found += [(value, key), *_places(below)]
    return found


def _spoil_bytes(random: Random, draft: _Draft) -> None:
    """The body loses its end, or gets signs that do not belong there."""
    body = bytearray(draft.content())
    at = random.randint(0, len(body))
    way = random.randrange(4)
    if way == 0:
        del body[at:]
    elif way == 1:
        body[at:at] = random.choice((b"\x00", b"\xff", b'"', b"\r", b"{", b"<", b"&#0;", b"\xed\xa0\x80", b"\\"))
    elif way == 2:
        body *= 2
    elif body:
        for _ in range(5):
            body[random.randrange(len(body))] = random.randrange(256)
    draft.body = bytes(body)


def _replace_body(random: Random, draft: _Draft) -> None:
    """Another body altogether, of the kind that belongs there or of another."""
    draft.body = random.choice(
        random.choice((JSON_SCRAPS, JSON_SCRAPS, CSV_SCRAPS, XML_SCRAPS, (random.randbytes(64),)))
    )


def _replace_in_kind(random: Random, draft: _Draft) -> None:
    """Another body of the kind that belongs there, so that it is not refused at the door."""
    kind = draft.headers.get("Content-Type", "")
    scraps = CSV_SCRAPS if "csv" in kind else XML_SCRAPS if "xml" in kind else JSON_SCRAPS
    draft.body = random.choice(scraps)


def _zip(random: Random, draft: _Draft) -> None:
    """A packed body, or one that only claims to be packed."""
    if random.random() < 0.5:
        draft.is_zipped = True
    else:
        draft.headers["Content-Encoding"] = random.choice(("gzip", "GZIP", "deflate", "gzip, gzip"))


def _as_form(random: Random, draft: _Draft) -> None:
    draft.headers |= FORM
    draft.body = random.choice(
        (b"", b"=", b"&&&", b"grant_type", b"grant_type=%ff&client_id=%00", b"a=" + b"b" * 9_000)
    )


_WAYS: tuple[Callable[[Random, _Draft], None], ...] = (
    *(_spoil_method, _spoil_path, _spoil_path, _spoil_query, _spoil_soql, _spoil_soql, _spoil_headers, _spoil_headers),
    *(
        _spoil_values,
        _spoil_values,
        _spoil_values,
        _spoil_bytes,
        _replace_body,
        _replace_in_kind,
        _replace_in_kind,
        _zip,
    ),
    _as_form,
)
