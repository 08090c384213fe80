"""What a query's writer is told: the neighbourhood of the fault, a caret below it, its row and column, and the fault.

The shape is recorded live (INVALID_TYPE, CumulusCI). Where the text is longer than the neighbourhood, how much of it is
shown is inferred from the one sighting in `errors.json`: about 30 characters on both sides, cut at a separator.
"""

from __future__ import annotations

import re

from localorg.errors import OrgError
from localorg.soql.syntax import Place

_REACH = 30
_CUSTOM = "If you are attempting to use a custom {0}, be sure to append the '{1}' after the {2}."
_REFERENCE = "Please reference your WSDL or the describe call for the appropriate names."


class QueryFaults:
    """Makes the errors of one query, whose text it shows."""

    def __init__(self, soql: str) -> None:
        self._lines = soql.splitlines() or [""]

    def at(self, place: Place, code: str, message: str) -> OrgError:
        """The error of that code, pointing at the place."""
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
        """A field that cannot be filtered, sorted, grouped or aggregated."""
        return self.at(place, "INVALID_FIELD", f"field '{name}' can not be {what} in a query call")

    def malformed(self, message: str, place: Place | None = None) -> OrgError:
        if place is None:
            return OrgError(400, "MALFORMED_QUERY", message)
        return self.at(place, "MALFORMED_QUERY", message)

    def _neighbourhood(self, place: Place) -> tuple[str, int]:
        line = self._lines[min(place.line, len(self._lines)) - 1]
        at = min(place.column - 1, len(line))
        start = 0
        if at > _REACH:
            cut = re.search(r"[\s,]", line[at - _REACH - 1 : at])
            start = at - _REACH + (cut.start() if cut else 0)
        word_end = at + len(re.match(r"[\w.']*", line[at:])[0])  # type: ignore[index]
        end = len(line)
        if end > word_end + _REACH:
            cuts = [m.start() for m in re.finditer(r"[\s,]", line[word_end : word_end + _REACH])]
            end = word_end + (cuts[-1] if cuts else 0)
        return line[start:end], at - start
