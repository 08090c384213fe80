"""Parse SOSL, and turn each object's part of it into a query."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from localorg.errors import OrgError
from localorg.messages import to_count
from localorg.schema.model import Field, Schema, SObject

FIND = re.compile(r"\s*FIND\s*\{(?P<term>(?:\\.|[^\\}])*)\}(?P<rest>.*)", re.IGNORECASE | re.DOTALL)
IN = re.compile(r"\s*IN\s+(?P<group>ALL|NAME|EMAIL|PHONE|SIDEBAR)\s+FIELDS\b(?P<rest>.*)", re.IGNORECASE | re.DOTALL)
RETURNING = re.compile(r"\s*RETURNING\s+(?P<rest>.*)", re.IGNORECASE | re.DOTALL)
OBJECT = re.compile(r"\s*(?P<name>\w+)\s*")
LIMIT = re.compile(r"\s*LIMIT\s+(?P<number>\d{1,9})\s*", re.IGNORECASE)
CLAUSES = re.compile(r"\b(WHERE|ORDER\s+BY|LIMIT)\b", re.IGNORECASE)
SEARCHED_TYPES = {
    "ALL": ("string", "email", "phone", "url", "picklist", "textarea"),
    "EMAIL": ("email",),
    "PHONE": ("phone",),
}
SHORTEST_TERM = 2


@dataclass(frozen=True)
class Returning:
    """The fields and limits that a search returns of one object."""

    sobject: str
    fields: tuple[str, ...] = ("Id",)
    where: str = ""
    order_by: str = ""
    limit: int | None = None


@dataclass(frozen=True)
class Search:
    """A whole search; with nothing in `returning` it goes through all objects."""

    term: str
    group: str = "ALL"
    returning: tuple[Returning, ...] = ()
    limit: int | None = None


def parse_sosl(text: str) -> Search:
    """Parse SOSL as far as FIND, IN, RETURNING with WHERE, ORDER BY and LIMIT, and LIMIT.

    Raises:
        OrgError: MALFORMED_SEARCH.
    """
    found = FIND.fullmatch(text)
    if found is None:
        raise _malformed("No search term found. The search term must be enclosed in braces.")
    group, rest = "ALL", found["rest"]
    if named := IN.fullmatch(rest):
        group, rest = named["group"].upper(), named["rest"]
    returning: tuple[Returning, ...] = ()
    if listed := RETURNING.fullmatch(rest):
        returning, rest = _read_returning(listed["rest"])
    limit = LIMIT.fullmatch(rest)
    if limit is None and rest.strip():
        raise _malformed(f"unexpected token: {rest.split()[0]}")
    return Search(found["term"], group, returning, int(limit["number"]) if limit else None)


def _read_returning(text: str) -> tuple[tuple[Returning, ...], str]:
    """Return the objects in a RETURNING clause, and the text behind it."""
    objects = []
    while found := OBJECT.match(text):
        text, inner = text[found.end() :], ""
        if text.startswith("("):
            inner, text = _in_parentheses(text)
        objects.append(_read_object(found["name"], inner))
        if not text.lstrip().startswith(","):
            return tuple(objects), text
        text = text.lstrip()[1:]
    raise _malformed("RETURNING must be followed by the names of objects")


def _in_parentheses(text: str) -> tuple[str, str]:
    """Return the text between a parenthesis and the one that closes it, and the text after it."""
    depth, is_quoted = 0, False
    for position, char in enumerate(text):
        if char == "'" and text[position - 1] != "\\":
            is_quoted = not is_quoted
        elif not is_quoted:
            depth += {"(": 1, ")": -1}.get(char, 0)
            if depth == 0:
                return text[1:position], text[position + 1 :]
    raise _malformed("expecting a right parentheses, found 'EOF'")


def _read_object(name: str, inner: str) -> Returning:
    fields, *clauses = CLAUSES.split(inner)
    parts = {
        " ".join(word.upper().split()): text.strip() for word, text in zip(clauses[::2], clauses[1::2], strict=True)
    }
    limit = to_count(parts["LIMIT"]) if "LIMIT" in parts else None
    if "LIMIT" in parts and limit is None:
        raise _malformed(f"unexpected token: {parts['LIMIT']}")
    return Returning(
        name,
        tuple(field.strip() for field in fields.split(",") if field.strip()) or ("Id",),
        parts.get("WHERE", ""),
        parts.get("ORDER BY", ""),
        limit,
    )


def to_candidates(schema: Schema, search: Search, returning: Returning) -> str | None:
    """Return the query for what an object may contribute to a search: Id and the fields that `is_found` looks at.

    None for an object without a field to search in.

    Raises:
        OrgError: MALFORMED_SEARCH for a term of one character; INVALID_TYPE.
    """
    sobject = schema.find(returning.sobject)
    if sobject is None:
        raise OrgError(400, "INVALID_TYPE", f"sObject type '{returning.sobject}' is not supported.")
    fields = _searched(sobject, search.group)
    if not fields:
        return None
    conditions = [_anywhere(fields, word) for word in words_of(search.term)]
    conditions += [f"({returning.where})"] if returning.where else []
    selected, where = ", ".join(["Id", *(field.name for field in fields)]), " AND ".join(conditions)
    return f"SELECT {selected} FROM {sobject.name} WHERE {where}{_ordering(returning)}"  # noqa: S608 (SOQL)


def to_soql(returning: Returning, ids: Sequence[str]) -> str:
    """Return the query for the records with these ids, as RETURNING asks for them."""
    listed = ", ".join(f"'{record_id}'" for record_id in ids)
    selected = ", ".join(returning.fields)
    return f"SELECT {selected} FROM {returning.sobject} WHERE Id IN ({listed}){_ordering(returning)}"  # noqa: S608 (SOQL)


def is_found(words: Iterable[str], texts: Iterable[str]) -> bool:
    """Return whether each of the words, or each phrase, is a whole one in one of the texts.

    Letters and digits make words; * stands for any number of them, and ? for one.
    """
    given = list(texts)
    return all(any(_whole(word).search(text) for text in given) for word in words)


@lru_cache(maxsize=256)
def _whole(word: str) -> re.Pattern[str]:
    parts = [re.escape(part).replace(r"\*", r"\w*").replace(r"\?", r"\w") for part in _parts(word)]
    phrase = r"\W+".join(parts) or "(?!)"
    return re.compile(rf"(?<!\w){phrase}(?!\w)", re.IGNORECASE)


def _parts(word: str) -> list[str]:
    return re.findall(r"[\w*?]+", word)


def _ordering(returning: Returning) -> str:
    return f" ORDER BY {returning.order_by}" if returning.order_by else ""


def _searched(sobject: SObject, group: str) -> list[Field]:
    types = SEARCHED_TYPES.get(group.upper())
    if types is None:  # the name fields, also for the sidebar
        return [f for f in sobject.fields if f.name_field or f.name in ("FirstName", "LastName")]
    return [f for f in sobject.fields if f.type in types and f.is_filterable and f.is_stored]


def words_of(term: str) -> list[str]:
    """Return the words that must all be found: a phrase in double quotes is one."""
    words = [phrase or word for phrase, word in re.findall(r'"([^"]*)"|(\S+)', re.sub(r"\\(.)", r"\1", term))]
    words = [word for word in words if word.upper() != "AND"]
    if sum(map(len, words)) < SHORTEST_TERM:
        raise _malformed(f"search term must be longer than one character: {term}")
    return words


def _anywhere(fields: list[Field], word: str) -> str:
    """Return the condition that one of the fields contains the characters of the word."""
    pattern = "%".join(_parts(word)).replace("_", r"\_").replace("*", "%").replace("?", "_")
    return "(" + " OR ".join(f"{field.name} LIKE '%{pattern}%'" for field in fields) + ")"


def _malformed(message: str) -> OrgError:
    return OrgError(400, "MALFORMED_SEARCH", message)
