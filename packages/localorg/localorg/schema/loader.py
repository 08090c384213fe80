"""Objects and fields from YAML. The standard objects in `objects/` and a user's own file have one form:

    org:                                       # what the org may have or not; without it, neither
      multiCurrency: {corporate: EUR, rates: {USD: 1.1, GBP: 0.85}}   # one EUR is 1.1 USD
      personAccounts: true
    objects:
      Delivery_Project__c:                     # a custom object: label and fields suffice
        label: Delivery Project
        fields:
          Project_ID__c: {type: text, length: 40, externalId: true, unique: true}
          # relationship Opportunity__r, children Delivery_Projects__r:
          Opportunity__c: {type: reference, to: Opportunity}
          Hours__c: {type: number, precision: 18, scale: 2}
          Status__c: {type: picklist, values: [Planned, Running, Done], restricted: true}
          Phase__c: {type: picklist, controller: Status__c, values: {Early: {validFor: [Planned, Running]}}}
          Site__c: {type: location, scale: 6}  # written as Site__Latitude__s and Site__Longitude__s
      i360__Visit__c:                          # one of a package
        fields:
          i360__Account__c: {type: masterdetail, to: Account}   # goes with its account, and has no owner
      Opportunity:                             # an object that exists: its fields are added or replaced
        recordTypes: [{name: New Business, default: true}, {name: Renewal, developerName: Renewals}]
        fields:
          Kickoff_Done__c: {type: checkbox}

Of an object that exists only fields, recordTypes, access, rules and duplicates can be given.

Object keys: label, plural, prefix, name (a field, for the Name of a custom object), recordTypes (of name,
developerName, active, default, description), fields; and for standard objects recycled (has IsDeleted), owned (has
OwnerId; true, false, or the list of what may own), stamps (those of the five that it has), createable, updateable,
deletable, idLabel, and flags, which are keys of describe. Among its fields `system:` marks where owner and stamps
stand.

Keys of rules, for objects of either kind:

    Opportunity:
      access: readonly                         # or hidden; the same of a field; without it, all is allowed
      rules:                                   # `when` is a formula that is true for the records to refuse
        Amount_Needed: {when: "IsWon && ISBLANK(Amount)", message: What is it worth?, field: Amount}
      duplicates:                              # a client may override an alert, but not a block
        Same_Deal: {match: [Name, AccountId], action: alert, message: Use one of these records?}
      fields:
        Expected__c: {type: currency, formula: "Amount * Probability"}
    Account:
      fields:
        Won__c: {type: currency, summary: {of: Opportunity.AccountId, operation: sum, field: Amount, where: IsWon}}

Field keys: type, label, length, precision, scale, digits, required, readonly, createonly, updateonly, default,
defaulted, externalId, unique, caseSensitive, idLookup, nameField, calculated, autoNumber, values (a list, or each with
label, default, inactive, validFor), restricted, controller, to, custom (a reference to any custom object as well),
relationship, children, cascade, restrict, master, writeRequiresMasterRead, partOf, html, help, extra (extraTypeInfo),
access; of computed fields formula, blanks (zero or blank), summary; and permissionable, filterable, sortable,
groupable, aggregatable, searchPrefilterable, where describe has them unlike other fields of the type.
Types are those of Salesforce's describe, and text, longtext, richtext, number, checkbox and masterdetail as people say
them.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from localorg.schema.currencies import with_currencies
from localorg.schema.definition_format import SchemaError
from localorg.schema.model import Schema
from localorg.schema.org_features import OrgFeatures, to_switches
from localorg.schema.person_accounts import with_person_fields
from localorg.schema.schema_checks import check_controllers, check_relationships
from localorg.schema.sobjects import to_sobject

STANDARD_OBJECTS = Path(__file__).parent / "objects"
_PARTS = {"objects", "org"}


def load_schema(*files: Path) -> Schema:
    """Return the standard objects, with what the files switch on and what they add.

    Raises:
        SchemaError: a file does not have the form described above, or contradicts itself.
    """
    return _load(tuple((file, _text(file)) for file in files))


@lru_cache(maxsize=8)
def _load(texts: tuple[tuple[Path, str], ...]) -> Schema:
    """Return the schema; cached, so that orgs of one schema share its objects, and with them the objects' tables."""
    given = [(file, _read(file, text)) for file, text in texts]
    switches = _read_switches(given)
    schema = Schema(())
    for file in (*sorted(STANDARD_OBJECTS.glob("*.yaml")), *switches.files):
        schema = _with_objects(schema, file, _read(file, _text(file)))
    for file, content in given:
        schema = _with_objects(schema, file, content)
    if switches.has_people:
        schema = with_person_fields(schema)
    if switches.currencies is not None:
        schema = with_currencies(schema, switches.currencies)
    check_relationships(schema)
    check_controllers(schema)
    return schema


def _read_switches(given: list[tuple[Path, Mapping[str, Any]]]) -> OrgFeatures:
    merged: dict[str, Any] = {}
    for file, content in given:
        section = content.get("org") or {}
        if not isinstance(section, Mapping):
            raise SchemaError(
                f"{file}: 'org' must be keys with values, such as {{personAccounts: true}}, not {section!r}."
            )
        merged |= section
    try:
        return to_switches(merged)
    except SchemaError as fault:
        raise SchemaError(f"{', '.join(str(file) for file, _ in given)}: org: {fault}") from fault


def _with_objects(schema: Schema, file: Path, content: Mapping[str, Any]) -> Schema:
    objects = content.get("objects") or {}
    if not isinstance(objects, Mapping):
        raise SchemaError(f"{file}: 'objects' must be object names with definitions, not {objects!r}.")
    for name, definition in objects.items():
        try:
            schema = schema.with_object(to_sobject(name, definition or {}, schema.find(name)))
        except SchemaError as fault:
            raise SchemaError(f"{file}: {name}: {fault}") from fault
    return schema


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except OSError as error:
        raise SchemaError(f"{file} cannot be read: {error}") from error


def _read(file: Path, text: str) -> Mapping[str, Any]:
    try:
        content = yaml.load(text, Loader=yaml.CSafeLoader)  # in C: a tenth of the time
    except yaml.YAMLError as error:
        raise SchemaError(f"{file} cannot be read as YAML: {error}") from error
    if not isinstance(content, Mapping) or not content or not set(content) <= _PARTS:
        raise SchemaError(f"{file}: the file must have the key 'objects', or 'org', or both.")
    return content
