"""Query errors in the format of Salesforce: the surrounding text, a caret below it, row and column, and the message.

The surrounding text is the 30 characters before and after, and the rest of the words that begin or end there.
"""

from __future__ import annotations

import re

from localorg.errors import OrgError
from localorg.soql.syntax.tree import Place

_REACH = 30
_SEPARATORS = " \t,"
_SEPARATED = re.compile(r"[ \t,]")
_LONGEST_WORD = 100
_CUSTOM = "If you are attempting to use a custom {0}, be sure to append the '{1}' after the {2}."
_REFERENCE = "Please reference your WSDL or the describe call for the appropriate names."


class QueryErrors:
    """Builds the errors of one query, whose text they quote."""

    def __init__(self, soql: str) -> None:
        self._lines = [line.rstrip("\r") for line in soql.split("\n")]

    def at(self, place: Place, code: str, message: str) -> OrgError:
        """Return the error of that code, pointing at the place."""
        excerpt, caret = self._neighbourhood(place)
        pointer = " " * caret + "^"
        where = f"ERROR at Row:{place.line}:Column:{place.column}"
        return OrgError(400, code, f"\n{excerpt}\n{pointer}\n{where}\n{message}")

    def unknown_object(self, name: str, place: Place) -> OrgError:
        hint = _CUSTOM.format("object", "__c", "entity name")
        return self.at(place, "INVALID_TYPE", f"sObject type '{name}' is not supported. {hint} {_REFERENCE}")

    def unknown_field(self, name: str, sobject: str, place: Place) -> OrgError:
        hint = _CUSTOM.format("field", "__c", "custom field name")
        return self.at(place, "INVALID_FIELD", f"No such column '{name}' on entity '{sobject}'. {hint} {_REFERENCE}")

    def unknown_parent(self, name: str, place: Place) -> OrgError:
        hint = _CUSTOM.format("relationship", "__r", "custom relationship name")
        message = f"Didn't understand relationship '{name}' in field path. {hint} {_REFERENCE}"
        return self.at(place, "INVALID_FIELD", message)

    def unknown_children(self, name: str, place: Place) -> OrgError:
        hint = _CUSTOM.format("relationship", "__r", "custom relationship name")
        message = f"Didn't understand relationship '{name}' in FROM part of query call. {hint} {_REFERENCE}"
        return self.at(place, "INVALID_TYPE", message)

    def not_possible(self, name: str, what: str, place: Place) -> OrgError:
        """Return the error for a field that cannot be filtered, sorted, grouped or aggregated."""
        return self.at(place, "INVALID_FIELD", f"field '{name}' can not be {what} in a query call")

    def unreadable(self, line: int, column: int, message: str) -> OrgError:
        """Return the error for a text that cannot be parsed: it counts columns from 0, so that the caret is one
        character early.
        """
        return self.malformed(message, Place(line, column))

    def malformed(self, message: str, place: Place | None = None) -> OrgError:
        if place is None:
            return OrgError(400, "MALFORMED_QUERY", message)
        return self.at(place, "MALFORMED_QUERY", message)

    def _neighbourhood(self, place: Place) -> tuple[str, int]:
        line = self._lines[min(place.line, len(self._lines)) - 1]
        at = min(max(place.column - 1, 0), len(line))
        start = _before(line, at - _REACH)
        return line[start : _after(line, at + _REACH)], at - start


def _before(line: str, reached: int) -> int:
    """Return where the word begins that ends there."""
    while reached > 0 and line[reached - 1] not in _SEPARATORS:
        reached -= 1
    return max(reached, 0)


def _after(line: str, reached: int) -> int:
    """Return where the word ends that begins there or earlier."""
    found = _SEPARATED.search(line, reached + 1, reached + _LONGEST_WORD)
    return found.start() if found else reached + _LONGEST_WORD
