"""XML of Salesforce's older APIs: read without entities, written with as little markup as they use."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NoReturn
from xml.etree import ElementTree
from xml.sax.saxutils import escape

XML_HEADER = '<?xml version="1.0" encoding="UTF-8"?>'
XSI = "http://www.w3.org/2001/XMLSchema-instance"
NIL = f"{{{XSI}}}nil"
UNPRINTABLE = dict.fromkeys({*range(32)} - {ord(char) for char in "\t\n\r"})
"""Control characters, which XML has no way at all to write."""


class InvalidXml(ValueError):
    """A body that is no XML, or XML with a DOCTYPE."""


class _NoEntities(ElementTree.TreeBuilder):
    def doctype(self, name: str, pubid: str | None, system: str | None) -> NoReturn:  # noqa: ARG002
        raise ElementTree.ParseError("DOCTYPE is not allowed")


def read_xml(body: bytes) -> ElementTree.Element:
    """Return the root of a document; refuse a DOCTYPE, and with it every entity that could expand or fetch.

    Raises:
        InvalidXml: says what is wrong with it.
    """
    parser = ElementTree.XMLParser(target=_NoEntities())  # noqa: S314 (entities need the DOCTYPE that is refused)
    try:
        parser.feed(body.strip())
        root = parser.close()
    except (ElementTree.ParseError, ValueError, LookupError) as error:
        raise InvalidXml(str(error)) from error
    if not isinstance(root, ElementTree.Element):
        raise InvalidXml("no element found")
    return root


def local_name(element: ElementTree.Element) -> str:
    """Return the name without its namespace."""
    return element.tag.rpartition("}")[2]


def child(element: ElementTree.Element | None, name: str) -> ElementTree.Element | None:
    """Return the first child of that name in any namespace."""
    return next((found for found in (() if element is None else element) if local_name(found) == name), None)


def text_of(element: ElementTree.Element | None, name: str) -> str:
    """Return the text of a child, without space around it; empty where there is none."""
    found = child(element, name)
    return "" if found is None else (found.text or "").strip()


def is_nil(element: ElementTree.Element) -> bool:
    """Return whether the element is null."""
    return element.get(NIL, "").strip() in ("true", "1")


def tag(name: str, value: object) -> str:
    """Return one element with text; booleans are words, None is nil."""
    if value is None:
        return f'<{name} xsi:nil="true"/>'
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return f"<{name}>{escape(text).translate(UNPRINTABLE)}</{name}>"


def tags(pairs: Iterable[tuple[str, object]]) -> str:
    """Return elements one after another."""
    return "".join(tag(name, value) for name, value in pairs)
