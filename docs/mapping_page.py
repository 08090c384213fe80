"""Writes `docs/mappings.md` and the JSON Schemas for editors from the models: `make docs`.

Every finding that the page shows is what the loader says of the example with that slip in it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from closedwon.kinds import KINDS
from closedwon.mapping.model import (
    TRIGGERS,
    Condition,
    Currency,
    Field,
    Key,
    Mapping,
    OneTimeField,
    Receive,
    Rule,
    Send,
    Template,
    TemplateChoice,
    TemplatePhase,
    TemplateTask,
)
from closedwon.mapping.model.suite import EXPECTATIONS, Suite
from closedwon.mapping.reader.assembly import assemble_catalog
from closedwon.mapping.reader.model_reader import schema_of, written_keys
from closedwon.mapping.reader.refused_keys import NOT_BUILT
from docs.how_to import how_to

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "mappings.md"
SCHEMAS = ROOT / "include" / "mappings"

EXAMPLE = {
    "accounts.yaml": """\
sobject: Account
table: crm.accounts
direction: receive
fields:
  - {salesforce: Name,    column: name,         type: text,      direction: receive, required: true}
  - {salesforce: Type,    column: company_type, type: picklist,  direction: receive, values: account_type, fallback: customer}
  - {salesforce: OwnerId, column: owner_id,     type: reference, direction: receive, references: crm.users}
  - {salesforce: Fax,     column: fax,          type: text,      direction: none, note: "until somebody asks for it"}
""",
    "users.yaml": """\
sobject: User
table: crm.users
direction: receive
fields:
  - {salesforce: Name, column: name, type: text, direction: receive, required: true}
""",
    "opportunities.yaml": """\
sobject: Opportunity
table: crm.opportunities
direction: receive
fields:
  - {salesforce: Name,      column: name,       type: text,      direction: receive, required: true}
  - {salesforce: StageName, column: stage,      type: picklist,  direction: receive, required: true}
  - {salesforce: Type,      column: deal_type,  type: picklist,  direction: receive}
  - {salesforce: Amount,    column: amount,     type: number,    direction: receive}
  - {salesforce: AccountId, column: account_id, type: reference, direction: receive, references: crm.accounts}
""",
    "projects.yaml": """\
sobject: Delivery_Project__c
table: delivery.projects
direction: send
send:
  key: {salesforce: Project_ID__c, column: code}
  read_from: delivery.projects_current
fields:
  - {salesforce: Project_Title__c, column: name,   type: text,     direction: send}
  - {salesforce: Status__c,        column: status, type: picklist, direction: send, values: project_status}
""",
    "values/account_type.csv": "label,code\nCustomer - Direct,customer\nProspect,prospect\n",
    "values/project_status.csv": "label,code\nPlanning,planning\nDone,complete\n",
    "suites/opportunities.yaml": """\
- {expect: column_values_to_be_between, column: amount, min_value: 0, note: "a budget is taken from the amount"}
""",
    "templates/standard.yaml": """\
phases:
  - name: Prepare
    tasks:
      - {name: Kick-off call with the client, hours: 1, due_after_days: 7}
""",
    "rules/won_opportunities.yaml": """\
source: Opportunity
when: {field: StageName, changes_to: [Closed Won]}
only_if:
  - {field: Amount, at_least: 1000}
  - {field: Account.Type, is_not: [Prospect]}
default_lead: delivery.lead@example.com
once:
  - {column: name,        sobject: Opportunity, field: Name}
  - {column: client_name, sobject: Account,     field: Name}
template:
  field: Type
  default: standard
  values: {New Customer: standard}
""",
}


@dataclass(frozen=True)
class Entry:
    """How the page shows a key: an example, the directions in which it can stand (mappings only), and a slip."""

    example: str
    direction: str
    slip: tuple[str, str, str]
    """File, text in it, and what stands there instead."""


ACCOUNTS, DEALS, PROJECTS = "accounts.yaml", "opportunities.yaml", "projects.yaml"
RULE, TEMPLATE = "rules/won_opportunities.yaml", "templates/standard.yaml"
ANY, RECEIVE, SEND = "any", "receive", "send"

ENTRIES = {
    "Mapping.sobject": Entry("sobject: Account", ANY, (ACCOUNTS, "sobject: Account", 'sobject: "My Account"')),
    "Mapping.table": Entry("table: crm.accounts", ANY, (ACCOUNTS, "table: crm.accounts", "table: sync.accounts")),
    "Mapping.direction": Entry("direction: receive", ANY, (ACCOUNTS, "direction: receive\nf", "direction: recieve\nf")),
    "Mapping.fields": Entry("fields: [...]", ANY, (ACCOUNTS, "column: fax, ", "column: fax, colour: red, ")),
    "Mapping.receive": Entry(
        "receive: {...}", RECEIVE, (PROJECTS, "direction: send\ns", "direction: send\nreceive: {}\ns")
    ),
    "Mapping.send": Entry(
        "send: {key: ...}",
        SEND,
        (ACCOUNTS, "direction: receive\n", "direction: receive\n" + "send: {key: {salesforce: Id, column: id}}\n"),
    ),
    "Mapping.id": Entry("id: accounts", ANY, (PROJECTS, "direction: send\n", "direction: send\nid: accounts\n")),
    "Receive.where": Entry(
        "where: \"Type != 'Competitor'\"",
        RECEIVE,
        (ACCOUNTS, "direction: receive\nf", "direction: receive\nreceive: {where: \"WHERE Type = 'Prospect'\"}\nf"),
    ),
    "Receive.new": Entry(
        "new: {lifecycle_stage: onboarding}",
        RECEIVE,
        (ACCOUNTS, "direction: receive\nf", "direction: receive\nreceive: {new: {company_type: prospect}}\nf"),
    ),
    "Receive.announce": Entry(
        "announce: after_first_import",
        RECEIVE,
        (ACCOUNTS, "direction: receive\nf", "direction: receive\nreceive: {announce: later}\nf"),
    ),
    "Receive.match": Entry(
        "match: [[name, city], [account_id.name, email]]",
        RECEIVE,
        (ACCOUNTS, "direction: receive\n", "direction: receive\nreceive: {match: [[nam]]}\n"),
    ),
    "Mapping.active": Entry(
        "active: false", ANY, (ACCOUNTS, "direction: receive\nf", "direction: receive\nactive: no\nf")
    ),
    "Mapping.every": Entry(
        "every: 20 minutes", RECEIVE, (ACCOUNTS, "direction: receive\nf", "direction: receive\nevery: 20\nf")
    ),
    "Send.key": Entry(
        "key: {salesforce: Project_ID__c, column: code}",
        SEND,
        (PROJECTS, "  key: {salesforce: Project_ID__c, column: code}\n", ""),
    ),
    "Send.read_from": Entry(
        "read_from: delivery.projects_current", SEND, (PROJECTS, "delivery.projects_current", "projects_current")
    ),
    "Key.salesforce": Entry(
        "salesforce: Project_ID__c", SEND, (PROJECTS, "salesforce: Project_ID__c", "salesforce: Project-ID")
    ),
    "Key.column": Entry("column: code", SEND, (PROJECTS, "column: code", "column: Code")),
    "Receive.others": Entry(
        "others: receive",
        RECEIVE,
        (DEALS, "direction: receive\nf", "direction: receive\nreceive: {others: all}\nf"),
    ),
    "Receive.currency": Entry(
        "currency: {column: currency, default: EUR}",
        RECEIVE,
        (DEALS, "direction: receive\nf", "direction: receive\nreceive: {currency: {column: amount, default: EUR}}\nf"),
    ),
    "Currency.column": Entry(
        "column: currency",
        RECEIVE,
        (DEALS, "direction: receive\nf", "direction: receive\nreceive: {currency: {column: id, default: EUR}}\nf"),
    ),
    "Currency.default": Entry(
        "default: EUR",
        RECEIVE,
        (
            DEALS,
            "direction: receive\nf",
            "direction: receive\nreceive: {currency: {column: currency, default: Euro}}\nf",
        ),
    ),
    "Currency.known": Entry(
        "known: [EUR, GBP]",
        RECEIVE,
        (
            DEALS,
            "direction: receive\nf",
            "direction: receive\nreceive: {currency: {column: currency, default: EUR, known: [GBP]}}\nf",
        ),
    ),
    "Field.salesforce": Entry(
        "salesforce: Owner.Email", ANY, (DEALS, "salesforce: Amount,   ", "salesforce: Name,     ")
    ),
    "Field.column": Entry("column: company_type", ANY, (DEALS, "column: amount", "column: ctid")),
    "Field.type": Entry("type: picklist", ANY, (DEALS, "type: number", "type: numbre")),
    "Field.direction": Entry(
        "direction: receive", ANY, (DEALS, "type: number,    direction: receive", "type: number,    direction: send")
    ),
    "Field.otherwise": Entry(
        "otherwise: [Post_Code__c]",
        RECEIVE,
        (ACCOUNTS, "references: crm.users", "references: crm.users, otherwise: [Lead__c]"),
    ),
    "Field.required": Entry("required: true", ANY, (ACCOUNTS, "required: true", "required: yes")),
    "Field.values": Entry("values: account_type", ANY, (ACCOUNTS, "values: account_type", "values: acount_type")),
    "Field.fallback": Entry("fallback: customer", RECEIVE, (ACCOUNTS, "fallback: customer", "fallback: custmer")),
    "Field.references": Entry(
        "references: crm.users", RECEIVE, (ACCOUNTS, "references: crm.users", "references: crm.user")
    ),
    "Field.find_by": Entry(
        "find_by: {Owner.FirstName: first_name, Owner.LastName: last_name}",
        RECEIVE,
        (ACCOUNTS, "required: true", "find_by: {Owner.Email: email}"),
    ),
    "Field.default": Entry(
        "default: {email: desk@example.com}",
        RECEIVE,
        (ACCOUNTS, "references: crm.users", "references: crm.users, default: {name: Desk}"),
    ),
    "Field.without": Entry(
        "without: skip", RECEIVE, (DEALS, "references: crm.accounts}", "references: crm.accounts, without: skp}")
    ),
    "Field.write": Entry("write: once", RECEIVE, (ACCOUNTS, "required: true", "write: never")),
    "Field.note": Entry('note: "per cent"', ANY, (ACCOUNTS, '"until somebody asks for it"', "later, if asked for")),
    "Rule.source": Entry("source: Opportunity", "", (RULE, "source: Opportunity", "source: Lead")),
    "Rule.when": Entry(
        "when: {field: StageName, changes_to: [Closed Won]}", "", (RULE, ", changes_to: [Closed Won]", "")
    ),
    "Rule.default_lead": Entry(
        "default_lead: lead@example.com", "", (RULE, "default_lead: delivery.lead@example.com\n", "")
    ),
    "Rule.once": Entry("once: [...]", "", (RULE, "column: name,  ", "column: title, ")),
    "Rule.template": Entry("template: {field: Type, default: standard}", "", (RULE, "field: Type", "field: Typ")),
    "Rule.id": Entry("id: won_opportunities", "", (RULE, "source: Opportunity", "source: Opportunity\nid: Won deals")),
    "ChangesTo.field": Entry("field: StageName", "", (RULE, "field: StageName", "field: Stage")),
    "ChangesTo.changes_to": Entry("changes_to: [Closed Won]", "", (RULE, "[Closed Won]", "[]")),
    "IsChecked.field": Entry("field: Send_to_Delivery__c", "", (RULE, "changes_to: [Closed Won]", "is_checked: true")),
    "IsChecked.is_checked": Entry("is_checked: true", "", (RULE, "changes_to: [Closed Won]", "is_checked: false")),
    "Rule.only_if": Entry(
        "only_if: [{field: Amount, at_least: 1000}]",
        "",
        (RULE, "{field: Amount, at_least: 1000}", "{field: Amount}"),
    ),
    "Rule.existing": Entry("existing: leave", "", (RULE, "only_if:", "existing: keep\nonly_if:")),
    "Rule.after": Entry("after: [won_upgrades]", "", (RULE, "only_if:", "after: [won_upgrades]\nonly_if:")),
    "Rule.lead": Entry("lead: Owner.Email", "", (RULE, "only_if:", "lead: Amount\nonly_if:")),
    "Rule.dates_from": Entry("dates_from: CloseDate", "", (RULE, "only_if:", "dates_from: Name\nonly_if:")),
    "Condition.field": Entry("field: Account.Type", "", (RULE, "field: Account.Type", "field: Acount.Type")),
    "Condition.is": Entry("is: [New Customer]", "", (RULE, "is_not: [Prospect]", "is: [Prospct]")),
    "Condition.is_not": Entry("is_not: [Prospect]", "", (RULE, "is_not: [Prospect]", "is_not: Prospect")),
    "Condition.at_least": Entry("at_least: 1000", "", (RULE, "at_least: 1000", "at_least: much")),
    "Condition.at_most": Entry("at_most: 2026-12-31", "", (RULE, "at_least: 1000", "at_most: [1000]")),
    "Condition.is_empty": Entry("is_empty: false", "", (RULE, "at_least: 1000", "is_empty: no")),
    "Condition.is_checked": Entry("is_checked: true", "", (RULE, "at_least: 1000", "is_checked: true")),
    "OneTimeField.column": Entry("column: client_name", "", (RULE, "column: client_name", "column: code")),
    "OneTimeField.sobject": Entry("sobject: Account", "", (RULE, "sobject: Account, ", "sobject: Contact, ")),
    "OneTimeField.field": Entry(
        "field: Name", "", (RULE, "sobject: Account,     field: Name", "sobject: Account, field: Nam")
    ),
    "TemplateChoice.field": Entry("field: Type", "", (RULE, "field: Type", "field: Kind__c")),
    "TemplateChoice.default": Entry("default: standard", "", (RULE, "default: standard", "default: standrad")),
    "TemplateChoice.values": Entry(
        "values: {New Customer: onboarding}", "", (RULE, "{New Customer: standard}", "{New Customer: big}")
    ),
    "Template.phases": Entry("phases: [...]", "", (TEMPLATE, "phases:", "phase:")),
    "TemplatePhase.name": Entry("name: Prepare", "", (TEMPLATE, "name: Prepare", "name: 1")),
    "TemplatePhase.tasks": Entry(
        "tasks: [...]",
        "",
        (
            TEMPLATE,
            "    tasks:\n      - {name: Kick-off call with the client, hours: 1, due_after_days: 7}\n",
            "    tasks: []\n",
        ),
    ),
    "TemplateTask.name": Entry("name: Kick-off call", "", (TEMPLATE, "{name: Kick-off call with the client, ", "{")),
    "TemplateTask.hours": Entry("hours: 1.5", "", (TEMPLATE, "hours: 1", "hours: -1")),
    "TemplateTask.due_after_days": Entry(
        "due_after_days: 7", "", (TEMPLATE, "due_after_days: 7", "due_after_days: 2.5")
    ),
}

_INTRO = """\
<!-- Written by `make docs` from plugins/closedwon/mapping/model; a test holds it to the code. -->
# Mapping files

The folder `include/mappings` (or `CLOSEDWON_MAPPINGS`) says what moves between the org and the warehouse. A file is read when it changes;
a broken one stops what needs it and nothing else. Findings come all at once, each with file and line; before records move, the
files are compared with the org's describe as well. The first line of a file lets editors complete and check it while you type:
`# yaml-language-server: $schema=mapping.schema.json` (in a subfolder `../rule.schema.json` and so on).

| file | says |
|---|---|
| `<name>.yaml` | one Salesforce object and one table, and how fields become columns |
| `values/<name>.csv` | a value map: `label,code`; a label is the API value of a choice, as records hold it, the code is ours |
| `suites/<name>.yaml` | what is expected of the rows of the mapping `<name>.yaml`, in the words of Great Expectations |
| `rules/<name>.yaml` | which records become projects |
| `templates/<name>.yaml` | the phases and tasks that a project begins with |

The names that no file may use: the schema `sync`, the table `crm.value_maps`, received tables in `delivery`, Postgres's own columns
(`ctid`, `xmin` ...), and in received tables `id`, `salesforce_id`, `system_modstamp`, `is_deleted`, `is_out_of_scope`, `loaded_at`, which the
load fills. A field of a mapping on `delivery.projects` with a column that projects do not have adds the column. `crm.value_maps` holds the entries
of all value maps as the last run read them, one row for each field and label.
"""

_ONE_TYPE = """
A type stands for what a column does, not for each word of Salesforce: `text` also takes phone numbers, addresses of e-mail (in small letters, as
Salesforce keeps them) and of pages, long text, rich text (its HTML as it is) and ids; `number` also amounts, percentages and the parts of a geolocation, each
with all of its digits. A multi-select picklist is an array as `multipicklist`, and `Red;Blue` as `text`; a time of day is a `time`, or a text. Compound fields
(address, location) are mapped by their parts. The content of a file (base64) cannot be mapped.
"""

_SECTIONS: tuple[tuple[str, str, tuple[type[Any], ...]], ...] = (
    ("A mapping that is received", ACCOUNTS, (Mapping, Receive, Currency, Field)),
    ("A mapping that is sent", PROJECTS, (Send, Key)),
    ("A rule", RULE, (Rule, *TRIGGERS, Condition, OneTimeField, TemplateChoice)),
    ("A template", TEMPLATE, (Template, TemplatePhase, TemplateTask)),
)
_PLACES = {
    "Receive": "`receive`",
    "Currency": "`receive.currency`",
    "Send": "`send`",
    "Key": "`send.key`",
    "Field": "one line of `fields`",
    "OneTimeField": "one line of `once`",
    "Condition": "one line of `only_if`",
}
_PLACES |= {"TemplateChoice": "`template`", "TemplatePhase": "one of `phases`", "TemplateTask": "one line of `tasks`"}
_PLACES |= {kind.__name__: f"`when`, with `{kind.key}`" for kind in TRIGGERS}


def write_pages() -> None:
    """Write the page and the schemas."""
    for path, text in pages().items():
        path.write_text(text, encoding="utf-8")


def pages() -> dict[Path, str]:
    """Return what stands in each generated file."""
    models = {"mapping": Mapping, "rule": Rule, "template": Template, "suite": Suite}
    schemas = {name: _plain(schema_of(model)) for name, model in models.items()}
    texts = {SCHEMAS / f"{name}.schema.json": json.dumps(schema, indent=2) + "\n" for name, schema in schemas.items()}
    return texts | {PAGE: "\n".join(_page()) + "\n"}


def _plain(schema: Any) -> Any:
    """Return a schema as an editor shows it: a key that may be left out is not therefore one that may be null."""
    if isinstance(schema, list):
        return [_plain(entry) for entry in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {key: _plain(value) for key, value in schema.items() if not (key == "default" and value is None)}
    choices = [choice for choice in kept.get("anyOf", ()) if choice != {"type": "null"}]
    if len(choices) == 1:
        kept |= choices[0]
        del kept["anyOf"]
    return kept


def _page() -> Iterator[str]:
    yield _INTRO
    for title, file, models in _SECTIONS:
        yield f"## {title}\n\n`{file}`\n\n```yaml\n{EXAMPLE[file]}```\n"
        for model in models:
            yield from _model(model)
    yield from _types()
    yield from how_to()
    yield "## A suite\n\n`suites/opportunities.yaml`\n\n```yaml\n" + EXAMPLE["suites/opportunities.yaml"] + "```\n"
    yield "Each entry has `expect`, the columns and parameters of its expectation, and perhaps a `note`.\n"
    yield "| `expect` | columns | parameters |\n|---|---|---|"
    for name, model in EXPECTATIONS.items():
        keys = [key for key in written_keys(model) if key not in ("expect", "note")]
        columns = ", ".join(f"`{key}`" for key in keys if key.startswith("column"))
        yield f"| `{name}` | {columns} | {', '.join(f'`{key}`' for key in keys if not key.startswith('column'))} |"
    yield "\n## Not built yet\n\nThese words are refused, so that none is believed to do something:\n"
    yield from (f"- {message}." for message in NOT_BUILT.values())


def _model(model: type[Any]) -> Iterator[str]:
    place = _PLACES.get(model.__name__, "the file")
    yield f"### Keys of {place}\n\n{model.__doc__}\n"
    schema = schema_of(model)
    has_directions = any(ENTRIES[f"{model.__name__}.{key}"].direction for key in schema["properties"])
    yield f"| key | meaning | example |{' direction |' * has_directions} default | a finding |"
    yield f"|---|---|---|{'---|' * has_directions}---|---|"
    for key, shown in schema["properties"].items():
        entry = ENTRIES[f"{model.__name__}.{key}"]
        default = "needed" if key in schema.get("required", ()) else _default(shown)
        meaning = " ".join(shown.get("description", "").split())
        direction = f" {entry.direction} |" if has_directions else ""
        yield f"| `{key}` | {meaning} | `{entry.example}` |{direction} {default} | {_finding(entry)} |"
    yield ""


def _default(shown: dict[str, Any]) -> str:
    default = shown.get("default")
    return f"`{json.dumps(default)}`" if isinstance(default, bool) else ""


def _finding(entry: Entry) -> str:
    file, old, new = entry.slip
    text = EXAMPLE[file]
    if old not in text:
        raise ValueError(f"the slip {old!r} is not in the example {file}")
    bent = EXAMPLE | {file: text.replace(old, new, 1)}
    catalog = assemble_catalog("example", tuple((name, text.encode()) for name, text in bent.items()))
    return str(next(finding for broken in catalog.broken for finding in broken.findings if broken.file == file))


def _types() -> Iterator[str]:
    yield "## Types\n\n| `type` | in Postgres | of the org's types |\n|---|---|---|"
    for kind in KINDS.values():
        yield f"| `{kind.name}` | `{kind.postgres_type}` | {', '.join(sorted(kind.org_types))} |"
    yield _ONE_TYPE


if __name__ == "__main__":
    write_pages()
