"""Features that an org may have, from the `org` section of a user's file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from localorg.schema.definition_format import SchemaError, check_keys
from localorg.schema.model import Currencies

_FEATURES = Path(__file__).parent / "features"
_KEYS = {"multiCurrency", "personAccounts"}
_CODE = re.compile(r"[A-Z]{3}")


@dataclass(frozen=True)
class OrgFeatures:
    """Features that are switched on, and the files of objects that they add."""

    currencies: Currencies | None
    has_people: bool
    files: tuple[Path, ...]


def to_switches(definition: Mapping[str, Any]) -> OrgFeatures:
    """Return the switches of an org.

    Raises:
        SchemaError: a switch that does not exist, or currencies without a corporate one or without rates.
    """
    check_keys(definition, _KEYS)
    has_people = definition.get("personAccounts", False)
    if not isinstance(has_people, bool):
        raise SchemaError(f"personAccounts is true or false, not {has_people!r}.")
    currencies = _to_currencies(definition["multiCurrency"]) if definition.get("multiCurrency") else None
    files = [_FEATURES / "person_accounts.yaml"] if has_people else []
    if currencies:
        files.append(_FEATURES / "multi_currency.yaml")
    return OrgFeatures(currencies, has_people, tuple(files))


def _to_currencies(given: Any) -> Currencies:
    if not isinstance(given, Mapping) or not {"corporate"} <= set(given) <= {"corporate", "rates"}:
        form = "{corporate: EUR, rates: {USD: 1.1}}"
        raise SchemaError(f"multiCurrency has the keys corporate and rates, as in {form}; it is {given!r}.")
    corporate, others = given["corporate"], given.get("rates") or {}
    if not isinstance(others, Mapping):
        raise SchemaError(f"multiCurrency: rates are currency codes with numbers, as in {{USD: 1.1}}, not {others!r}.")
    rates = {corporate: 1.0, **others}
    for code, rate in rates.items():
        if not isinstance(code, str) or not _CODE.fullmatch(code):
            raise SchemaError(f"multiCurrency: {code!r} is no currency code such as EUR.")
        if isinstance(rate, bool) or not isinstance(rate, int | float) or rate <= 0:
            raise SchemaError(f"multiCurrency: the rate of {code} is a number above 0, not {rate!r}.")
    return Currencies(corporate, {code: float(rate) for code, rate in rates.items()})
