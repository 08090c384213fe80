"""A folder of mapping files that is sound, and a way to bend one of its files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

GOOD = {
    "accounts.yaml": """\
sobject: Account
table: crm.accounts
direction: receive
fields:
  - {salesforce: Name, column: name, type: text, direction: receive, required: true}
  - {salesforce: Type, column: kind, type: picklist, direction: receive, values: account_type, fallback: customer}
  - {salesforce: AnnualRevenue, column: revenue, type: number, direction: receive}
  - {salesforce: OwnerId, column: owner_id, type: reference, direction: receive, references: crm.users}
  - {salesforce: ParentId, column: parent_id, type: reference, direction: receive, references: crm.accounts}
""",
    "opportunities.yaml": """\
sobject: Opportunity
table: crm.opportunities
direction: receive
fields:
  - {salesforce: Name, column: name, type: text, direction: receive}
  - {salesforce: StageName, column: stage, type: picklist, direction: receive}
  - {salesforce: Type, column: deal_type, type: picklist, direction: receive}
  - {salesforce: Go__c, column: go, type: boolean, direction: receive}
  - {salesforce: AccountId, column: account_id, type: reference, direction: receive, references: crm.accounts}
""",
    "users.yaml": """\
sobject: User
table: crm.users
direction: receive
fields:
  - {salesforce: Name, column: name, type: text, direction: receive}
""",
    "projects.yaml": """\
sobject: Delivery_Project__c
table: delivery.projects
direction: send
send:
  key: {salesforce: Project_Id__c, column: id}
  read_from: delivery.projects_current
fields:
  - {salesforce: Status__c, column: status, type: picklist, direction: send, values: status}
  - {salesforce: Account__c, column: account_id, type: text, direction: send}
""",
    "values/account_type.csv": 'label,code\nCustomer - Direct,customer\n"Other, unknown",other\n',
    "values/status.csv": "label,code\nOn track,green\nLate,red\n",
    "suites/accounts.yaml": "- {expect: column_values_to_be_between, column: revenue, min_value: 0}\n",
    "rules/won.yaml": """\
source: Opportunity
when: {field: StageName, changes_to: [Closed Won]}
default_lead: lead@example.com
once:
  - {column: name, sobject: Opportunity, field: Name}
template: {field: Type, default: standard, values: {New Customer: standard}}
""",
    "templates/standard.yaml": """\
phases:
  - name: Kick-off
    tasks:
      - {name: Welcome call, hours: 1.5, due_after_days: 3}
""",
}

Bend = Callable[..., Path]


@pytest.fixture
def bend(tmp_path: Path) -> Bend:
    """Writes the good folder with some text of one file replaced, or with one file's whole content given."""

    def write(file: str | None = None, old: str = "", new: str = "", *, content: bytes | None = None) -> Path:
        for name, text in GOOD.items():
            path = tmp_path / name
            path.parent.mkdir(exist_ok=True)
            path.write_text(text)
        if content is not None and file is not None:
            (tmp_path / file).write_bytes(content)
        elif file is not None:
            assert old in GOOD[file]
            (tmp_path / file).write_text(GOOD[file].replace(old, new))
        return tmp_path

    return write
