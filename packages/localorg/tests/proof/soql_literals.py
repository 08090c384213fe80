"""Random literals for a field: mostly such that some records have that value, or nearly."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta, timezone
from random import Random
from typing import Any

from proof_world import SKILLS, TEXTS, QueryContext
from soql_paths import PathTo

from localorg.schema.model import Field

_PLAIN_DAYS = (
    *(
        "YESTERDAY",
        "TODAY",
        "TOMORROW",
        "LAST_WEEK",
        "THIS_WEEK",
        "NEXT_WEEK",
        "LAST_MONTH",
        "THIS_MONTH",
        "NEXT_MONTH",
    ),
    *("LAST_90_DAYS", "NEXT_90_DAYS", "THIS_QUARTER", "LAST_QUARTER", "NEXT_QUARTER", "THIS_YEAR", "LAST_YEAR"),
    *("NEXT_YEAR", "THIS_FISCAL_QUARTER", "LAST_FISCAL_QUARTER", "NEXT_FISCAL_YEAR", "THIS_FISCAL_YEAR"),
)
_NUMBERED_DAYS = (
    *("LAST_N_DAYS", "NEXT_N_DAYS", "N_DAYS_AGO", "LAST_N_WEEKS", "NEXT_N_WEEKS", "N_WEEKS_AGO", "LAST_N_MONTHS"),
    *("NEXT_N_MONTHS", "N_MONTHS_AGO", "LAST_N_QUARTERS", "NEXT_N_QUARTERS", "N_QUARTERS_AGO", "LAST_N_YEARS"),
    *("NEXT_N_YEARS", "N_YEARS_AGO", "LAST_N_FISCAL_YEARS", "NEXT_N_FISCAL_QUARTERS", "N_FISCAL_YEARS_AGO"),
)
_ZONES = {"Z": 0, "+00:00": 0, "+02:00": 120, "-05:30": -330, "+1300": 780}
"""Minutes from UTC."""


def literal(random: Random, world: QueryContext, found: PathTo) -> str:
    """A literal of the field's type, or null."""
    if random.random() < 0.08:
        return random.choice(("null", "NULL"))
    if found.is_day and random.random() < 0.5:
        return day_literal(random)
    return plain_literal(random, world, found)


def plain_literal(random: Random, world: QueryContext, found: PathTo) -> str:
    """A literal that is neither null nor a span of days."""
    known = _known(world, found)
    value = random.choice(known) if known else None
    if found.field.type in ("id", "reference"):
        return _identity(random, value or world.rows["Account"][0]["Id"])
    if found.is_text:
        return quoted(random, _recased(random, value or random.choice(TEXTS), found.field))
    if found.is_day:
        return _moment(random, found.field.type, value)
    return _unquoted(random, found.field.type, value)


def pattern(random: Random, world: QueryContext, found: PathTo) -> str:
    """A pattern for LIKE, made from a value by putting wildcards in the place of its signs."""
    text = _recased(random, random.choice(_known(world, found) or TEXTS), found.field)
    start, end = sorted((random.randint(0, len(text)), random.randint(0, len(text))))
    wild = random.choice(("%", "%", "_", "_" * (end - start), ""))
    parts = [_escaped(text[:start]), wild, _escaped(text[end:])]
    if random.random() < 0.3:
        parts.insert(random.choice((0, 3)), "%")
    return f"'{''.join(parts)}'"


def skills(random: Random) -> str:
    """An entry, or several that must all be chosen, of a multi-select picklist."""
    chosen = random.sample([*SKILLS, "none"], random.choice((1, 1, 2)))
    return quoted(random, ";".join(skill.upper() if random.random() < 0.2 else skill for skill in chosen))


def quoted(random: Random, text: str) -> str:
    """The text as a literal, with the escapes that it needs, and some that it does not need."""
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    if random.random() < 0.3:
        escaped = escaped.replace('"', '\\"').replace("ö", "\\u00f6").replace("日", "\\u65E5")
    return f"'{escaped}'"


def day_literal(random: Random) -> str:
    if random.random() < 0.5:
        return random.choice(_PLAIN_DAYS)
    return f"{random.choice(_NUMBERED_DAYS)}:{random.choice((0, 1, 2, 3, 13))}"


def _recased(random: Random, text: str, field: Field) -> str:
    """The text in another case, as far as each of its letters comes back from there."""
    if random.random() < 0.5 and not field.case_sensitive:
        return "".join(sign.swapcase() if len(sign.swapcase()) == 1 else sign for sign in text)
    return text


def _escaped(text: str) -> str:
    signs = {"\\": "\\\\", "'": "\\'", "%": "\\%", "_": "\\_"}
    return "".join(signs.get(sign, sign) for sign in text)


def _known(world: QueryContext, found: PathTo) -> Sequence[Any]:
    """The values that are there."""
    if found.path.endswith(".Type"):
        return ("Account", "Opportunity", "Contact", "User")
    rows = world.rows.get(found.sobject, [])
    return [row[found.field.name] for row in rows if row.get(found.field.name) is not None]


def _identity(random: Random, record_id: str) -> str:
    return f"'{record_id[:15] if random.random() < 0.3 else record_id}'"


def _unquoted(random: Random, kind: str, value: Any) -> str:
    if kind == "boolean":
        return random.choice(("true", "false", "TRUE", "False"))
    number = value if value is not None and random.random() < 0.7 else random.choice((0, 1, 2.5, -3, 1_000))
    return random.choice(("{}", "{:.2f}", "{:+}", "{:.6e}")).format(number)


def _moment(random: Random, kind: str, value: date | None) -> str:
    if kind == "date":
        return ((value or date(2026, 2, 28)) + timedelta(days=random.choice((0, 0, 1, -30)))).isoformat()
    moment = value if isinstance(value, datetime) else datetime(2026, 2, 28, tzinfo=UTC)
    zone = random.choice(list(_ZONES))
    hours = timezone(timedelta(minutes=_ZONES[zone]))
    return f"{moment.astimezone(hours):%Y-%m-%dT%H:%M:%S}{random.choice(('', '.000', '.0'))}{zone}"
