"""Add CurrencyIsoCode to the objects of an org with several currencies."""

from __future__ import annotations

from dataclasses import replace

from localorg.schema.field_definitions import to_field
from localorg.schema.model import Currencies, Field, Schema, SObject

_CODES = ("CurrencyIsoCode", "DefaultCurrencyIsoCode", "IsoCode")


def with_currencies(schema: Schema, currencies: Currencies) -> Schema:
    """Return the schema with a CurrencyIsoCode on every object that has amounts, and the org's currencies to choose
    from.

    Objects without amounts that have one as well, as contacts do, are in `switched/multi_currency.yaml`.
    """
    objects = (_with_code(sobject, currencies) for sobject in schema.objects)
    return replace(schema, objects=tuple(objects), currencies=currencies)


def _with_code(sobject: SObject, currencies: Currencies) -> SObject:
    has_amounts = any(field.type == "currency" for field in sobject.fields)
    if (has_amounts or sobject.custom) and sobject.find("CurrencyIsoCode") is None:
        sobject = sobject.with_fields([_code_field(sobject)])
    chosen = [_with_choice(field, currencies) for field in sobject.fields if field.name in _CODES]
    return sobject.with_fields(chosen) if chosen else sobject


def _code_field(sobject: SObject) -> Field:
    label = "Currency ISO Code" if sobject.custom else f"{sobject.label} Currency"
    return to_field("CurrencyIsoCode", {"type": "picklist", "label": label, "length": 3, "permissionable": False})


def _with_choice(field: Field, currencies: Currencies) -> Field:
    """Return the field with the currencies as its values; it is never empty."""
    values = {code: {"default": code == currencies.corporate} for code in currencies.rates}
    full = to_field(field.name, {"type": "picklist", "values": values, "restricted": True, "required": True})
    return replace(
        field,
        values=full.values,
        default=full.default,
        restricted_picklist=True,
        nillable=False,
        defaulted_on_create=True,
    )
