"""The status page at /: objects, last calls, last changes, and the faults that are set."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from itertools import repeat
from string import Template
from typing import Any
from urllib.parse import unquote

from localorg.control.page_style import PAGE, STYLE
from localorg.messages import HTML_TYPE, Answer, Call, text_answer
from localorg.routes import Routes
from localorg.state.call_log import PastCall
from localorg.state.instance import Instance
from localorg.state.recent_changes import Change, latest_changes

ROUTES = Routes()
CHANGES_SHOWN, CALLS_SHOWN, LONGEST_TARGET = 10, 15, 140
NUMBERS = dict.fromkeys(("records", "status", "took", "fired", "calls"), "number")
LONG = dict.fromkeys(("path", "record", "endpoint"), "long")
Cell = str | int | None


@ROUTES.add("GET", "/", is_open=True)
def show_page(instance: Instance, _call: Call) -> Answer:
    """Return the page as HTML, which reloads itself every few seconds."""
    usage = instance.usage
    page = Template(PAGE).substitute(
        style=STYLE,
        organization=escape(instance.org.organization_id),
        clock=escape(_seconds(instance.clock().isoformat())),
        used=f"{usage.used:,}",
        maximum=f"{usage.maximum:,}",
        long=instance.long_requests.number,
        faults=_faults(instance),
        objects=_objects(instance),
        changes=_changes(latest_changes(instance.org, CHANGES_SHOWN)),
        last_calls=_last_calls(instance.calls.last()[:CALLS_SHOWN]),
        endpoints=_endpoints(instance),
    )
    return text_answer(page, HTML_TYPE, headers={"Cache-Control": "no-store"})


def _faults(instance: Instance) -> str:
    entries = instance.faults.listed()
    rows = [(f["kind"], f["method"] or "any", f["path"] or "any", _left(f), f["fired"]) for f in entries]
    return _table(("fault", "method", "path", "still fires", "fired"), rows, "None: everything works.")


def _left(fault: dict[str, Any]) -> str:
    if fault["count"] is None:
        return "always"
    left = fault["count"] - fault["fired"]
    return {0: "no more", 1: "once"}.get(left, f"{left} times")


def _objects(instance: Instance) -> str:
    counts = sorted(instance.org.counts().items(), key=lambda pair: (-pair[1], pair[0]))
    empty = [name for name, count in counts if not count]
    rows = [(name, f"{count:,}") for name, count in counts if count]
    note = f'<p class="note">Empty: {escape(", ".join(empty))}</p>' if empty else ""
    return _table(("object", "records"), rows, "The org holds nothing.") + note


def _changes(changes: Iterable[Change]) -> str:
    rows = [(_seconds(change.changed_at), change.sobject, change.name, change.id) for change in changes]
    return _table(("SystemModstamp", "object", "record", "id"), rows, "Nothing was written yet.")


def _last_calls(calls: Iterable[PastCall]) -> str:
    rows = [
        (
            call.at.strftime("%H:%M:%S"),
            call.method,
            _shortened(unquote(call.target.replace("+", " "))),
            "cut off" if call.status is None else call.status,
            f"{call.seconds * 1000:,.0f} ms",
            call.fault or "",
        )
        for call in calls
    ]
    return _table(("at", "method", "path", "status", "took", "fault"), rows, "Nothing was called yet.")


def _endpoints(instance: Instance) -> str:
    entries = sorted(instance.calls.listed(), key=lambda entry: -int(entry["count"]))
    rows = [(e["method"], e["path"], e["count"]) for e in entries]
    return _table(("method", "endpoint", "calls"), rows, "Nothing was called yet.")


def _table(head: Sequence[str], rows: Sequence[Sequence[Cell]], otherwise: str) -> str:
    """Return an HTML table with everything in it escaped, or a sentence where there is nothing to show."""
    if not rows:
        return f'<p class="note">{escape(otherwise)}</p>'
    names = "".join(_cell("th", name, name) for name in head)
    lines = "".join(f"<tr>{''.join(map(_cell, repeat('td'), head, row))}</tr>" for row in rows)
    return f"<table><thead><tr>{names}</tr></thead><tbody>{lines}</tbody></table>"


def _cell(tag: str, column: str, value: Cell) -> str:
    kind = NUMBERS.get(column) or LONG.get(column)
    return f'<{tag} class="{kind}">{escape(str(value))}</{tag}>' if kind else f"<{tag}>{escape(str(value))}</{tag}>"


def _seconds(moment: str) -> str:
    """Return a time without fraction and zone, which is UTC."""
    return moment[:19].replace("T", " ")


def _shortened(text: str) -> str:
    return text if len(text) <= LONGEST_TARGET else text[: LONGEST_TARGET - 1] + "…"
