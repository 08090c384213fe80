"""Each slip that a mapping file can hold is refused, with file and line and in words that say what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from closedwon.errors import MappingFault
from closedwon.mapping.reader import read_catalog, require_sound

ACCOUNTS, PROJECTS, RULE, TEMPLATE = "accounts.yaml", "projects.yaml", "rules/won.yaml", "templates/standard.yaml"
SUITE, TYPES, STATUS = "suites/accounts.yaml", "values/account_type.csv", "values/status.csv"

FINDINGS = [
    # YAML itself
    pytest.param(
        ACCOUNTS,
        "required: true",
        "required: true, column: title",
        "accounts.yaml:5: 'column' stands twice",
        id="key-twice",
    ),
    pytest.param(
        ACCOUNTS,
        "fallback: customer",
        "fallback: No",
        "accounts.yaml:6: `fallback` must be text, but YAML reads 'No' as true or false: write \"No\" in quotes",
        id="bare-no",
    ),
    pytest.param(ACCOUNTS, "column: name", "column: on", "accounts.yaml:5: `column` must be text", id="bare-on"),
    pytest.param(ACCOUNTS, "column: name", "column: 12", "YAML reads '12' as a number", id="number-for-text"),
    pytest.param(
        ACCOUNTS, "column: name", "column: 2026-01-01", "YAML reads '2026-01-01' as a date", id="date-for-text"
    ),
    pytest.param(ACCOUNTS, "column: name", "column: [name]", "`column` must be text, not a list", id="list-for-text"),
    pytest.param(ACCOUNTS, "column: name", "column: ", "accounts.yaml:5: `column` must be text", id="nothing-for-text"),
    pytest.param(ACCOUNTS, "column: name", 'column: " "', "accounts.yaml:5: `column` is empty", id="blank-for-text"),
    pytest.param(
        ACCOUNTS, "required: true", "required: yes", "accounts.yaml:5: `required` must be true or false", id="bare-yes"
    ),
    pytest.param(
        ACCOUNTS,
        "required: true",
        'required: "true"',
        "accounts.yaml:5: `required` must be true or false",
        id="quoted-true",
    ),
    pytest.param(
        ACCOUNTS,
        "required: true",
        "note: short, in one line",
        "accounts.yaml:5: 'in one line' stands alone: an unquoted comma",
        id="split-row",
    ),
    pytest.param(
        ACCOUNTS,
        "required: true",
        "requierd: true",
        "unknown key 'requierd' (did you mean 'required'?)",
        id="unknown-field-key",
    ),
    pytest.param(
        ACCOUNTS,
        "direction: receive\nf",
        "match: [[name]]\ndirection: receive\nf",
        "accounts.yaml:3: unknown key 'match'",
        id="unknown-file-key",
    ),
    pytest.param(ACCOUNTS, "sobject: Account", "sobject:\tAccount", "accounts.yaml:1: a tab", id="tab"),
    pytest.param(ACCOUNTS, "required: true}", "required: true", "YAML cannot be read here", id="brace-left-open"),
    pytest.param(
        ACCOUNTS,
        "sobject: Account\n",
        "sobject: Account\x07\n",
        "accounts.yaml:1: YAML cannot be read",
        id="control-character",
    ),
    pytest.param(
        ACCOUNTS, "table: crm", "name: x\ntable: crm", "accounts.yaml:2: unknown key 'name'", id="name-of-a-file"
    ),
    pytest.param(
        ACCOUNTS, "column: name", "column: name, line: 3", "accounts.yaml:5: unknown key 'line'", id="own-key"
    ),
    pytest.param(RULE, "sobject: Opp", "x: Opp, [a]: b, y: Opp", "won.yaml:5: a key must be text", id="list-for-key"),
    pytest.param(
        ACCOUNTS, "table: crm", "table: &a crm", "accounts.yaml:2: YAML cannot be read here: in 'table: &a", id="anchor"
    ),
    pytest.param(ACCOUNTS, "column: name", "column: !!str 12", "a value begins with !: no file here needs", id="tag"),
    pytest.param(ACCOUNTS, "fields:\n", "fields: &a [*a]\nx:\n", "a value begins with &", id="alias-of-itself"),
    pytest.param(
        ACCOUNTS,
        "column: name",
        "<<: {column: name}",
        "reads '<<' as a sign of YAML's own: write \"<<\"",
        id="merge-key",
    ),
    pytest.param(
        ACCOUNTS, "column: name", f"column: {'[' * 999}{']' * 999}", "are nested more deeply than any key", id="depth"
    ),
    pytest.param(
        ACCOUNTS, "required: true", r'note: "a\0"', "accounts.yaml:5: `note` holds the sign U+0000, which", id="nul"
    ),
    pytest.param(
        ACCOUNTS, "required: true", r'note: "\ud800"', "`note` holds the sign U+D800, which Postgres", id="half-sign"
    ),
    pytest.param(
        ACCOUNTS, "name, type", "name,\r type", "accounts.yaml:5: a line end that only YAML", id="old-line-end"
    ),
    pytest.param(ACCOUNTS, "column: name", "column: >x", "accounts.yaml:5: YAML cannot be read here", id="block-text"),
    pytest.param(TEMPLATE, "hours: 1.5", f"hours: {'9' * 5000}", "must be a number of at most 15 digits", id="digits"),
    pytest.param(SUITE, "min_value: 0", f"min_value: {'9' * 16}", "at most 15 digits", id="digits-of-a-bound"),
    pytest.param(SUITE, "min_value: 0", "min_value: 1_000", "must be a number", id="underscore-in-a-bound"),
    pytest.param(
        ACCOUNTS, "fields:\n", "fields: []\nnothing:\n", "accounts.yaml:4: `fields` is an empty list", id="no-fields"
    ),
    # look-ups
    *(
        pytest.param(ACCOUNTS, "references: crm.users", f"references: {how}", f"accounts.yaml:8: {finding}", id=how)
        for how, finding in (
            ("crm.users, default: {name: Desk}", "`default` is for references with `find_by`"),
            ("crm.users, find_by: {}", "`find_by` names no Salesforce field: give it `field: column`, or take it out"),
            ("crm.users, find_by: {Owner.Name: name}, default: {}", "`default` names no column"),
            ("crm.users, find_by: {Owner.Name: name}, default: {name: No}", "`name` must be text, but YAML reads 'No'"),
            ("crm.users, find_by: {Owner.Name: name}, required: true", "OwnerId is found when rows are loaded, after"),
            ("[crm.users], find_by: {Owner.Name: name}", "OwnerId is found by `find_by` in one table: name it without"),
            (
                "crm.users, find_by: {Owner Name: name}",
                "`Owner Name: name` is not the plain name of a Salesforce field",
            ),
            ("crm.users, find_by: {Owner.Name: Name}", "`Owner.Name: Name` is not the plain name of a column"),
            (
                "crm.accounts, find_by: {Owner.Name: name}",
                "`find_by` looks among the rows of another table, but crm.acc",
            ),
            ("crm.users, find_by: {name: name}", "name stands as Name elsewhere in the file: write it in one way"),
        )
    ),
    pytest.param(
        ACCOUNTS,
        "required: true",
        "find_by: {Owner.Name: name}",
        "accounts.yaml:5: `find_by` is for fields of type reference, but Name is text",
        id="find-by-of-a-text",
    ),
    pytest.param(
        ACCOUNTS,
        "direction: receive\nfields:\n",
        "direction: receive\nreceive: {match: [[manager_id.name]]}\nfields:\n"
        "  - {salesforce: OwnerId, column: manager_id, type: reference, direction: receive, references: crm.users, "
        "find_by: {Owner.Name: name}}\n",
        "accounts.yaml:4: 'manager_id.name': manager_id is found by `find_by` after records are matched",
        id="match-by-a-look-up",
    ),
    # what new rows get
    *(
        pytest.param(
            ACCOUNTS, "direction: receive\nf", f"direction: receive\nreceive:\n  new: {new}\nf", finding, id=new
        )
        for new, finding in (
            ("{revenue: 1}", "accounts.yaml:5: the column 'revenue' is filled from AnnualRevenue on line 9"),
            ("{loaded_at: now}", "accounts.yaml:5: the column 'loaded_at' is filled by the load itself"),
            ("{ctid: x}", "accounts.yaml:5: 'ctid' is a column that Postgres itself gives every table"),
            ("{Stage: x}", "accounts.yaml:5: `Stage: x` is not the plain name of a column"),
            ("{}", "accounts.yaml:5: `new` names no column: give it `column: value`, or take it out"),
            ("{stage: null}", "accounts.yaml:5: what a new row gets is a text, a number, true or false"),
            ("{stage: [a, b]}", "accounts.yaml:5: what a new row gets is a text, a number, true or false"),
            ("{since: 2026-01-01}", "accounts.yaml:5: what a new row gets is a text, a number, true or false"),
            ('{stage: " "}', "accounts.yaml:5: what a new row gets is a text, a number, true or false"),
            ("{stage: yes}", "accounts.yaml:5: what a new row gets is a text, a number, true or false"),
            ("[stage]", "accounts.yaml:5: `new` must be a section of `key: value`, not a list"),
        )
    ),
    pytest.param(
        ACCOUNTS,
        "direction: receive\nf",
        "direction: receive\nreceive: {announce: yes}\nf",
        "accounts.yaml:4: `announce: yes` is not one of true, after_first_import, false",
        id="announce-unknown",
    ),
    pytest.param(
        ACCOUNTS,
        "required: true",
        "write: never",
        "accounts.yaml:5: `write: never` is written `direction: none`: take `write` out",
        id="write-never",
    ),
    pytest.param(
        ACCOUNTS,
        "required: true",
        "write: onec",
        "accounts.yaml:5: `write: onec` is not one of always, once (did you mean 'once'?)",
        id="write-unknown",
    ),
    pytest.param(
        PROJECTS,
        "type: text, direction: send",
        "type: text, direction: send, write: once",
        "projects.yaml:9: `write` is for fields that are received, but Account__c is sent: take it out",
        id="write-of-a-sent-field",
    ),
    pytest.param(
        "opportunities.yaml",
        "column: stage, type: picklist, direction: receive",
        "column: stage, type: picklist, direction: receive, write: once",
        "rules/won.yaml:2: opportunities.yaml has `write: once` for Opportunity.StageName, line 6, so that no change",
        id="a-rule-that-watches-a-field-written-once",
    ),
    # one mapping
    pytest.param(ACCOUNTS, "sobject: Account\n", "", "accounts.yaml:1: `sobject` is missing", id="no-sobject"),
    pytest.param(ACCOUNTS, "type: number, ", "", "accounts.yaml:7: `type` is missing", id="no-type"),
    pytest.param(
        ACCOUNTS,
        "type: number",
        "type: numbre",
        "accounts.yaml:7: `type: numbre` is not one of text, picklist, multipicklist, number, integer, boolean, date, "
        "datetime, time, reference (did you mean 'number'?)",
        id="unknown-type",
    ),
    pytest.param(
        ACCOUNTS,
        "number, direction: receive",
        "number, direction: recieve",
        "(did you mean 'receive'?)",
        id="unknown-direction",
    ),
    pytest.param(
        ACCOUNTS,
        "column: revenue",
        "column: name",
        "accounts.yaml:7: two fields are received into the column 'name', first on line 5",
        id="two-fields-on-one-column",
    ),
    pytest.param(
        ACCOUNTS,
        "references: crm.users",
        "references: [crm.users]}\n"
        "  - {salesforce: Fax, column: owner_id_salesforce_id, type: text, direction: receive",
        "two fields are received into the column 'owner_id_salesforce_id'",
        id="a-column-that-is-made-beside-a-lookup",
    ),
    pytest.param(
        ACCOUNTS,
        "column: owner_id, type: reference, direction: receive, references: crm.users",
        f"column: {'o' * 50}, type: reference, direction: receive, references: [crm.users]",
        "_salesforce_id' is made beside it, and Postgres keeps 63 characters",
        id="no-room-for-the-column-beside-a-lookup",
    ),
    pytest.param(
        ACCOUNTS,
        "salesforce: AnnualRevenue",
        "salesforce: name",
        "two fields are received from the Salesforce field 'name'",
        id="one-field-twice",
    ),
    *(
        pytest.param(
            ACCOUNTS,
            "column: revenue",
            f"column: {column}",
            f"the column '{column}' is filled by the load itself",
            id=f"reserved-{column}",
        )
        for column in ("id", "salesforce_id", "system_modstamp", "is_deleted", "loaded_at")
    ),
    pytest.param(
        ACCOUNTS,
        "salesforce: AnnualRevenue",
        "salesforce: SystemModstamp",
        "SystemModstamp is always read",
        id="always-read",
    ),
    *(
        pytest.param(
            ACCOUNTS,
            "salesforce: AnnualRevenue",
            f"salesforce: {name}",
            "is not the plain name of a Salesforce field",
            id=f"salesforce-name-{number}",
        )
        for number, name in enumerate(
            ['"Annual Revenue"', '"1Name"', '"Owner..Email"', "\"Name FROM Account WHERE Name = 'x'\"", '"Übername"']
        )
    ),
    *(
        pytest.param(
            ACCOUNTS,
            "column: revenue",
            f"column: {name}",
            "is not the plain name of a column",
            id=f"column-name-{number}",
        )
        for number, name in enumerate(["Revenue", "annual-revenue", "1st", '"a; drop table x"', "a" * 64])
    ),
    pytest.param(
        ACCOUNTS,
        "table: crm.accounts",
        "table: accounts",
        "`table: accounts` is not the plain name of a table",
        id="table-name",
    ),
    pytest.param(
        ACCOUNTS,
        "type: number",
        "type: number, values: account_type",
        "`values` is for fields of type picklist or text",
        id="values-on-a-number",
    ),
    pytest.param(
        ACCOUNTS,
        "type: picklist",
        "type: multipicklist",
        "`values` is for fields of type picklist or text, but Type is multipicklist",
        id="values-on-several-choices",
    ),
    pytest.param(
        ACCOUNTS,
        "type: number",
        "type: number, fallback: null",
        "`fallback` is for fields with `values`",
        id="fallback-without-values",
    ),
    pytest.param(
        ACCOUNTS,
        "fallback: customer",
        "fallback: custmer",
        "accounts.yaml:6: `fallback: custmer` is not a code of values/account_type.csv (did you mean 'customer'?)",
        id="fallback-is-no-code",
    ),
    pytest.param(
        ACCOUNTS,
        "values: account_type",
        "values: acount_type",
        "there is no values/acount_type.csv (did you mean 'account_type'?)",
        id="value-map-missing",
    ),
    pytest.param(
        ACCOUNTS,
        ", references: crm.users",
        "",
        "accounts.yaml:8: OwnerId is a reference: name its parent's table",
        id="reference-without-table",
    ),
    pytest.param(
        ACCOUNTS,
        "type: number",
        "type: number, references: crm.users",
        "`references` is for fields of type reference",
        id="references-on-a-number",
    ),
    pytest.param(
        ACCOUNTS,
        "type: number",
        "type: number, otherwise: []",
        "accounts.yaml:7: `otherwise` is an empty list: name at least one",
        id="no-further-field",
    ),
    pytest.param(
        ACCOUNTS,
        "type: number",
        "type: number, otherwise: Revenue__c",
        "accounts.yaml:7: `otherwise` must be a list, not text",
        id="further-field-without-list",
    ),
    pytest.param(
        ACCOUNTS,
        "type: number",
        "type: number, otherwise: [Revenue__c, revenue__c]",
        "the column is filled from Revenue__c already",
        id="further-field-twice",
    ),
    pytest.param(
        ACCOUNTS,
        "type: number",
        "type: number, otherwise: [AnnualRevenue]",
        "the column is filled from AnnualRevenue already",
        id="further-field-is-the-first",
    ),
    pytest.param(
        ACCOUNTS,
        "type: number",
        "type: number, otherwise: [SystemModstamp]",
        "SystemModstamp is always read and never empty",
        id="further-field-always-read",
    ),
    pytest.param(
        ACCOUNTS,
        "type: number",
        "type: boolean, otherwise: [Big__c]",
        "AnnualRevenue is boolean, and a checkbox is never empty",
        id="further-field-of-a-checkbox",
    ),
    pytest.param(
        ACCOUNTS,
        "references: crm.users",
        "references: crm.users, otherwise: [Lead__c]",
        "OwnerId is a reference: give each field that refers to a parent its own column",
        id="further-field-of-a-reference",
    ),
    pytest.param(
        PROJECTS,
        "column: account_id, type: text",
        "column: account_id, otherwise: [Client__c], type: text",
        "Account__c is sent, and to one field: take it out",
        id="further-field-sent",
    ),
    # currencies
    pytest.param(
        ACCOUNTS,
        "direction: receive\nfields",
        "direction: receive\nreceive: {currency: {column: currency}}\nfields",
        "accounts.yaml:4: `default` is missing",
        id="currency-without-default",
    ),
    pytest.param(
        ACCOUNTS,
        "direction: receive\nfields",
        "direction: receive\nreceive: {currency: {column: currency, default: euro}}\nfields",
        "accounts.yaml:4: `default: euro` is not the code of a currency such as EUR",
        id="currency-no-code",
    ),
    pytest.param(
        ACCOUNTS,
        "direction: receive\nfields",
        "direction: receive\nreceive: {currency: {column: currency, defualt: EUR}}\nfields",
        "unknown key 'defualt' (did you mean 'default'?); known are column, default, known",
        id="currency-slip",
    ),
    pytest.param(
        ACCOUNTS,
        "direction: receive\nfields",
        "direction: receive\nreceive: {currency: {column: currency, default: EUR, known: []}}\nfields",
        "accounts.yaml:4: `known` is an empty list: name at least one",
        id="currency-none-known",
    ),
    pytest.param(
        ACCOUNTS,
        "direction: receive\nfields",
        "direction: receive\nreceive: {currency: {column: currency, default: EUR, known: GBP}}\nfields",
        "accounts.yaml:4: `known` must be a list, not text",
        id="currency-known-is-no-list",
    ),
    pytest.param(
        ACCOUNTS,
        "direction: receive\nfields",
        "direction: receive\nreceive: {currency: {column: currency, default: EUR, known: [GBP, USD]}}\nfields",
        "accounts.yaml:4: `known` lacks the default EUR",
        id="currency-default-not-known",
    ),
    pytest.param(
        ACCOUNTS,
        "direction: receive\nfields",
        "direction: receive\nreceive: {currency: {column: currency, default: EUR, known: [EUR, GBP, GBP]}}\nfields",
        "accounts.yaml:4: `known` has GBP twice: keep one",
        id="currency-known-twice",
    ),
    pytest.param(
        ACCOUNTS,
        "direction: receive\nfields",
        "direction: receive\nreceive: {currency: {column: revenue, default: EUR}}\nfields",
        "two fields are received into the column 'revenue', first on line 4",
        id="currency-in-the-column-of-a-field",
    ),
    pytest.param(
        ACCOUNTS,
        "direction: receive\nfields",
        "direction: receive\nreceive: {currency: {column: loaded_at, default: EUR}}\nfields",
        "the column 'loaded_at' is filled by the load itself",
        id="currency-in-an-own-column",
    ),
    pytest.param(
        ACCOUNTS,
        "direction: receive\nfields",
        "direction: receive\nreceive: {currency: {column: xmin, default: EUR}}\nfields",
        "'xmin' is a column that Postgres itself gives every table",
        id="currency-in-a-system-column",
    ),
    pytest.param(
        ACCOUNTS,
        "direction: receive\nfields:\n",
        "direction: receive\nreceive: {currency: {column: currency, default: EUR}}\nfields:\n"
        "  - {salesforce: CurrencyIsoCode, column: code, type: text, direction: receive}\n",
        "accounts.yaml:6: two fields are received from the Salesforce field 'CurrencyIsoCode', first on line 4",
        id="currency-mapped-besides",
    ),
    pytest.param(
        ACCOUNTS,
        "direction: receive\nfields",
        "direction: receive\nreceive: {others: all}\nfields",
        "accounts.yaml:4: `others: all` is not one of receive",
        id="others-slip",
    ),
    # sending
    pytest.param(
        PROJECTS,
        "send:\n  key: {salesforce: Project_Id__c, column: id}\n  read_from: delivery.projects_current\n",
        "",
        "projects.yaml:1: Status__c is sent, but `send` with its `key` is missing",
        id="no-key",
    ),
    pytest.param(
        PROJECTS,
        "column: id}",
        "colum: id}",
        "projects.yaml:5: unknown key 'colum' (did you mean 'column'?)",
        id="key-slip",
    ),
    pytest.param(
        PROJECTS,
        "values: status",
        "values: status, fallback: green",
        "Status__c is sent: a fallback would overwrite labels",
        id="sent-with-fallback",
    ),
    pytest.param(
        PROJECTS,
        "values: status",
        "values: status, fallback: null",
        "Status__c is sent: a fallback would overwrite labels",
        id="sent-with-empty-fallback",
    ),
    pytest.param(
        PROJECTS,
        "salesforce: Status__c",
        "salesforce: Opportunity__r.Status__c",
        "belongs to another record and cannot be sent",
        id="sent-to-a-parent",
    ),
    pytest.param(
        PROJECTS,
        "account_id, type: text, direction: send",
        "account_id, type: reference, direction: send, references: crm.accounts",
        "Account__c is sent: a reference column holds our own row's id",
        id="sent-reference",
    ),
    pytest.param(
        PROJECTS,
        "salesforce: Account__c",
        "salesforce: Status__c",
        "two fields are sent to the Salesforce field 'Status__c'",
        id="sent-twice",
    ),
    pytest.param(
        STATUS,
        "Late,red",
        "Late,green",
        "projects.yaml:8: Status__c is sent, but in values/status.csv several labels share the code green",
        id="sent-not-one-to-one",
    ),
    # value maps
    pytest.param(
        TYPES,
        "label,code",
        "Label;Code",
        "values/account_type.csv:1: the header is 'Label;Code', but must be 'label,code'",
        id="csv-header",
    ),
    pytest.param(
        TYPES,
        '"Other, unknown",other',
        "Customer - Direct,other",
        "account_type.csv:3: the label 'Customer - Direct' stands twice",
        id="label-twice",
    ),
    pytest.param(
        TYPES,
        '"Other, unknown",other',
        "customer - DIRECT,other",
        "account_type.csv:3: the label 'customer - DIRECT' stands twice, first on line 2",
        id="label-twice-in-other-case",
    ),
    pytest.param(TYPES, '"Other, unknown",other', ",other", "account_type.csv:3: the label is empty", id="label-empty"),
    pytest.param(TYPES, '"Other, unknown",other', "Other,", "account_type.csv:3: the code is empty", id="code-empty"),
    pytest.param(
        TYPES,
        '"Other, unknown",other',
        "Other ,other",
        "account_type.csv:3: 'Other ,other' has blanks at an end",
        id="label-with-blank",
    ),
    pytest.param(TYPES, "unknown", "un\0known", "account_type.csv:3: the line holds the sign U+0000", id="csv-nul"),
    pytest.param(
        TYPES,
        "Direct,customer\n",
        "Direct,customer\r",
        "account_type.csv:2: CSV cannot be read here: it has",
        id="csv-old-mac",
    ),
    pytest.param(
        TYPES, 'unknown",', 'unknown"s,', "account_type.csv:3: CSV cannot be read here: text follows", id="csv-quote"
    ),
    pytest.param(
        TYPES, '"Other, unknown",other', "Other, unknown,other", "account_type.csv:3: 3 cells", id="label-with-comma"
    ),
    pytest.param(
        TYPES,
        '"Other, unknown",other',
        '"Other',
        "account_type.csv:3: CSV cannot be read here",
        id="csv-quote-left-open",
    ),
    pytest.param(
        TYPES,
        'Customer - Direct,customer\n"Other, unknown",other\n',
        "",
        "account_type.csv:1: there is no label",
        id="csv-without-labels",
    ),
    # between files
    pytest.param(
        ACCOUNTS,
        "references: crm.users",
        "references: crm.user",
        "accounts.yaml:8: OwnerId refers to crm.user, a table that no mapping has (did you mean 'crm.users'?)",
        id="unknown-parent-table",
    ),
    pytest.param(
        "users.yaml",
        "type: text",
        "type: reference, references: crm.accounts",
        ", so that none can be loaded first: write `type: text` for ",
        id="X22-circle",
    ),
    pytest.param(
        "users.yaml",
        "crm.users",
        "crm.accounts",
        "the table crm.accounts is filled by accounts.yaml already",
        id="table-twice",
    ),
    # suites
    pytest.param(
        SUITE,
        "column_values_to_be_between",
        "column_values_to_be_betwen",
        "(did you mean 'column_values_to_be_between'?)",
        id="unknown-expectation",
    ),
    pytest.param(
        SUITE,
        "column: revenue",
        "column: revenu",
        "suites/accounts.yaml:1: no received field has the column 'revenu' (did you mean 'revenue'?)",
        id="unknown-column",
    ),
    pytest.param(
        SUITE,
        "column: revenue",
        "column: name",
        "column_values_to_be_between is for date, datetime, integer, number, but 'name' is text",
        id="expectation-on-wrong-type",
    ),
    pytest.param(
        SUITE,
        ", min_value: 0",
        "",
        "column_values_to_be_between needs `min_value` or `max_value`",
        id="expectation-without-bound",
    ),
    pytest.param(
        SUITE,
        "min_value: 0",
        'min_value: "0"',
        "suites/accounts.yaml:1: `min_value: 0` must be a number",
        id="bound-is-text",
    ),
    pytest.param(
        SUITE,
        "min_value: 0",
        "min_value: 0, regex: x",
        "unknown key 'regex'; known are expect, ",
        id="foreign-parameter",
    ),
    pytest.param(
        SUITE,
        "column_values_to_be_between, column: revenue, min_value: 0",
        'column_values_to_match_regex, column: name, regex: "(a"',
        "is not a regular expression",
        id="bad-regex",
    ),
    pytest.param(
        SUITE, "expect: column_values_to_be_between, ", "", "accounts.yaml:1: `expect` is missing", id="no-expectation"
    ),
    pytest.param(
        SUITE,
        "column_values_to_be_between, column: revenue, min_value: 0",
        "column_values_to_be_in_set, column: name, value_set: Acme",
        "suites/accounts.yaml:1: `value_set` must be a list, not text",
        id="set-is-text",
    ),
    pytest.param(
        SUITE,
        "column: revenue, min_value: 0",
        "column: revenue, min_value: [0]",
        "suites/accounts.yaml:1: `min_value` must be text, not a list",
        id="bound-is-list",
    ),
    pytest.param(SUITE, "- {expect", "expect: {expect", "a suite must be a list, not a section", id="suite-is-no-list"),
    # rules
    pytest.param(
        RULE,
        "default_lead: lead@example.com\n",
        "",
        "rules/won.yaml:1: `default_lead` is missing: every project needs an internal lead",
        id="no-default-lead",
    ),
    pytest.param(
        RULE,
        "lead@example.com",
        "the lead",
        "rules/won.yaml:3: `default_lead: the lead` is not an e-mail address",
        id="lead-is-no-address",
    ),
    pytest.param(
        RULE,
        "source: Opportunity",
        "source: Oportunity",
        "rules/won.yaml:1: records of Oportunity cannot become projects (did you mean 'Opportunity'?)",
        id="source-slip",
    ),
    pytest.param(
        RULE, "source: Opportunity", "source: User", "records of User cannot become projects", id="source-not-allowed"
    ),
    pytest.param(
        RULE,
        "when: {field: StageName, changes_to: [Closed Won]}\n",
        "",
        "rules/won.yaml:1: `when` is missing",
        id="no-when",
    ),
    pytest.param(
        RULE,
        "changes_to: [Closed Won]",
        "changes_to: []",
        "rules/won.yaml:2: `changes_to` is an empty list",
        id="trigger-without-values",
    ),
    pytest.param(
        RULE,
        ", changes_to: [Closed Won]",
        "",
        "rules/won.yaml:2: `when` needs either `changes_to",
        id="trigger-without-kind",
    ),
    pytest.param(
        RULE,
        "changes_to: [Closed Won]",
        "changes_to: [Closed Won], is_checked: true",
        "`when` needs either `changes_to",
        id="trigger-of-two-kinds",
    ),
    pytest.param(
        RULE, "changes_to: [Closed Won]", "is_checked: false", "`is_checked` must be true", id="trigger-unchecked"
    ),
    pytest.param(
        RULE,
        "changes_to: [Closed Won]",
        "changes_to: [Yes]",
        "an entry of `changes_to` must be text",
        id="trigger-value-bare-yes",
    ),
    pytest.param(
        RULE,
        "default: standard",
        "default: standrad",
        "there is no templates/standrad.yaml (did you mean 'standard'?)",
        id="default-template-missing",
    ),
    pytest.param(
        RULE,
        "{New Customer: standard}",
        "{New Customer: big}",
        "rules/won.yaml:6: there is no templates/big.yaml",
        id="template-missing",
    ),
    pytest.param(
        RULE,
        "{New Customer: standard}",
        "{No: standard}",
        "rules/won.yaml:6: a key must be text",
        id="template-key-bare-no",
    ),
    pytest.param(
        RULE,
        "column: name",
        "column: Name",
        "`column: Name` is not the plain name of a column",
        id="once-column",
    ),
    # templates
    pytest.param(
        TEMPLATE,
        "hours: 1.5",
        "hours: much",
        "templates/standard.yaml:4: `hours: much` must be a number",
        id="hours-are-text",
    ),
    pytest.param(TEMPLATE, "hours: 1.5", "hours: -1", "`hours: -1` must not be below zero", id="hours-below-zero"),
    pytest.param(
        TEMPLATE,
        "hours: 1.5",
        "hours: 1:30",
        "1 finding in the mapping files; correct them:\ntemplates/standard.yaml:4: `hours: 1:30` must be",
        id="hours-as-sexagesimal",
    ),
    pytest.param(
        TEMPLATE,
        "due_after_days: 3",
        "due_after_days: 2.5",
        "`due_after_days: 2.5` must be a whole number of days",
        id="half-days",
    ),
    pytest.param(
        TEMPLATE,
        ", due_after_days: 3",
        "",
        "templates/standard.yaml:4: `due_after_days` is missing",
        id="task-without-day",
    ),
    # what has no parent
    pytest.param(
        ACCOUNTS,
        "type: number, direction: receive",
        "type: number, direction: receive, without: skip",
        "accounts.yaml:7: `without` is for fields of type reference, but AnnualRevenue is number",
        id="without-on-a-number",
    ),
    pytest.param(
        ACCOUNTS,
        "references: crm.users",
        "references: crm.users, without: skip, required: true",
        "accounts.yaml:8: `without: skip` leaves out a record that has no OwnerId, which `required` rejects: keep one",
        id="without-and-required",
    ),
    pytest.param(
        ACCOUNTS,
        "references: crm.users",
        "references: crm.users, without: reject",
        "accounts.yaml:8: `without: reject` is not one of skip",
        id="without-what",
    ),
    # which row it is
    *(
        pytest.param(
            ACCOUNTS,
            "direction: receive\nf",
            f"direction: receive\nreceive:\n  match: {lists}\nf",
            finding,
            id=f"match-{lists}",
        )
        for lists, finding in [
            ("[]", "accounts.yaml:5: `match` is an empty list: name at least one"),
            ("[[]]", "accounts.yaml:5: an entry of `match` is an empty list: name at least one"),
            ("[name]", "accounts.yaml:5: an entry of `match` must be a list, not text"),
            ("[[Name]]", "accounts.yaml:5: `match: Name` is not the plain name of a column such as name"),
            ("[[nam]]", "accounts.yaml:5: no received field has the column 'nam' (did you mean 'name'?), so that no"),
            ("[[name, name]]", "accounts.yaml:5: the list names 'name' twice: keep one"),
            ("[[name, kind], [kind, name]]", "accounts.yaml:5: `match` names the columns kind, name twice: keep one"),
            (
                "[[parent_id]]",
                "accounts.yaml:5: 'parent_id' is a reference: name a column of its parent, such as parent_id",
            ),
            (
                "[[name.name]]",
                "accounts.yaml:5: 'name.name' is no column of a parent, as name is text, and no reference",
            ),
            (
                "[[owner_id.nam]]",
                "'owner_id.nam': users.yaml receives no field into the column 'nam' of crm.users (did you",
            ),
            (
                "[[parent_id.owner_id]]",
                "accounts.yaml:5: 'parent_id.owner_id' is a reference itself: name a column of crm",
            ),
        ]
    ),
    pytest.param(
        ACCOUNTS,
        "direction: receive\nfields:\n",
        "direction: receive\nreceive: {match: [[lead_id.name]]}\nfields:\n  - {salesforce: Lead__c, column: lead_id, "
        "type: reference, direction: receive, references: [crm.users]}\n",
        "accounts.yaml:4: 'lead_id.name': lead_id refers to a list of tables, or to records that may be hidden",
        id="match-by-a-parent-that-may-be-of-several-tables",
    ),
    # when it is read
    *(
        pytest.param(ACCOUNTS, "direction: receive\nf", f"direction: receive\n{line}\nf", finding, id=line)
        for line, finding in [
            ("active: no", "accounts.yaml:4: `active` must be true or false, in these letters and without quotes"),
            (
                "every: 20",
                "accounts.yaml:4: `every: 20` is no interval: write a whole number and a unit, 20 minutes or",
            ),
            ("every: 0 minutes", "accounts.yaml:4: `every: 0 minutes` is no interval"),
            ("every: 20 min", "accounts.yaml:4: `every: 20 min` is no interval"),
        ]
    ),
    pytest.param(
        PROJECTS,
        "direction: send\n",
        "direction: send\nevery: 1 hour\n",
        "projects.yaml:4: `every` does nothing here, as the file says `direction: send`: take it out",
        id="every-of-a-mapping-that-is-sent",
    ),
    # a condition that is none
    *(
        pytest.param(ACCOUNTS, "direction: receive\nf", f"direction: receive\nreceive:\n  where: {where}\nf", finding)
        for where, finding in [
            ('" "', "accounts.yaml:5: `where` is empty: give it a value, or take the key out"),
            ("where Type = null", "accounts.yaml:5: `where`: it begins with where: write the condition alone, as in"),
            ("SELECT Id FROM Account", "accounts.yaml:5: `where`: it begins with SELECT: write the condition alone"),
            ("Name = 'O'Neill'", "accounts.yaml:5: `where`: a text is not closed: write '...' around each text, and"),
            ("Type = null) OR (Type = 'x'", "accounts.yaml:5: `where`: its parentheses do not match: close each one"),
            ("(Type = null", "accounts.yaml:5: `where`: its parentheses do not match: close each one that is opened"),
            ("Type = null order  by Name", "accounts.yaml:5: `where`: order  by is no condition: take it out, all"),
            ("Type = null LIMIT 5", "accounts.yaml:5: `where`: LIMIT is no condition: take it out, all records that"),
            ("true", "accounts.yaml:5: `where` must be text, but YAML reads 'true' as true or false"),
        ]
    ),
    # words that nothing acts on, and files of 0.1.0
    pytest.param(
        PROJECTS,
        "  read_from:",
        "  guard: {share: 0.2}\n  read_from:",
        "projects.yaml:6: `send.guard` is not built yet",
        id="not-built-guard",
    ),
    pytest.param(
        ACCOUNTS,
        "number, direction: receive",
        "number, direction: receive, conflict: newest",
        "accounts.yaml:7: `conflict` is not built yet, as a field goes one way",
        id="not-built-conflict",
    ),
    pytest.param(
        ACCOUNTS,
        "number, direction: receive",
        "number, direction: both",
        "accounts.yaml:7: `direction: both` is not built yet: an import would overwrite what the team wrote. Write "
        "`direction: receive` or `direction: send`",
        id="field-of-both-directions",
    ),
    pytest.param(
        ACCOUNTS,
        "direction: receive\nf",
        "direction: both\nf",
        "accounts.yaml:3: `direction: both` is not built yet: write two files for the object",
        id="object-of-both-directions",
    ),
    pytest.param(
        ACCOUNTS,
        "number, direction: receive",
        "number, direction: send",
        "accounts.yaml:7: `direction: send` does nothing here, as the file says `direction: receive`",
        id="field-against-the-file",
    ),
    pytest.param(
        ACCOUNTS,
        "direction: receive\nf",
        "direction: receive\nsend: {key: {salesforce: Id, column: id}}\nf",
        "accounts.yaml:4: `send` does nothing here, as the file says `direction: receive`",
        id="send-in-a-received-file",
    ),
    pytest.param(
        PROJECTS,
        "direction: send\ns",
        "direction: send\nreceive: {}\ns",
        "projects.yaml:4: `receive` does nothing here, as the file says `direction: send`",
        id="receive-in-a-sent-file",
    ),
    pytest.param(
        PROJECTS,
        "send:\n  key: {salesforce: Project_Id__c, column: id}\n  read_from: delivery.projects_current\n",
        "key: {salesforce: Project_Id__c, column: id}\nread_from: delivery.projects_current\n",
        "projects.yaml:1: the file is written as in 0.1.0: what belongs to sending stands under `send` now. Write "
        "`send: {key: {salesforce: Project_Id__c, column: id}, read_from: delivery.projects_current}`",
        id="file-of-0.1.0",
    ),
    # names
    *(
        pytest.param(
            ACCOUNTS,
            "column: revenue",
            f"column: {column}",
            f"accounts.yaml:7: '{column}' is a column that Postgres itself gives every table",
            id=f"system-column-{column}",
        )
        for column in ("ctid", "xmin", "xmax", "cmin", "cmax", "tableoid")
    ),
    *(
        pytest.param(
            ACCOUNTS,
            "table: crm.accounts",
            f"table: {table}",
            f"accounts.yaml:2: `table: {table}`: the schema {table.split('.')[0]} {why}",
            id=f"schema-{table}",
        )
        for table, why in [
            ("sync.accounts", "holds Closedwon's own state"),
            ("delivery.accounts", "holds the projects, which no import fills"),
            ("pg_catalog.accounts", "belongs to Postgres"),
        ]
    ),
    pytest.param(
        ACCOUNTS,
        "table: crm.accounts",
        "table: crm.value_maps",
        "accounts.yaml:2: `table: crm.value_maps`: it holds the entries of the value maps. Choose another",
        id="table-value-maps",
    ),
    pytest.param(
        "opportunities.yaml",
        "table: crm.opportunities",
        "table: crm.excluded",
        "opportunities.yaml:2: `table: crm.excluded`: Postgres calls the new rows of an upsert `excluded`",
        id="table-excluded",
    ),
    # rules against the mappings
    pytest.param(
        RULE,
        "source: Opportunity",
        "source: Lead",
        "rules/won.yaml:1: no mapping receives Lead, so no record of it is ever looked at",
        id="rule-without-source",
    ),
    pytest.param(
        RULE,
        "field: StageName",
        "field: Stage",
        "rules/won.yaml:2: opportunities.yaml does not receive Opportunity.Stage (did you mean 'StageName'?)",
        id="rule-when-unmapped",
    ),
    pytest.param(
        RULE,
        "{field: Type,",
        "{field: Typ,",
        "rules/won.yaml:6: opportunities.yaml does not receive Opportunity.Typ (did you mean 'Type'?)",
        id="rule-template-unmapped",
    ),
    pytest.param(
        RULE,
        "sobject: Opportunity, field: Name",
        "sobject: Opportunity, field: Nam",
        "rules/won.yaml:5: opportunities.yaml does not receive Opportunity.Nam (did you mean 'Name'?)",
        id="rule-once-unmapped",
    ),
    pytest.param(
        RULE,
        "sobject: Opportunity, field: Name",
        "sobject: Account, field: Nam",
        "rules/won.yaml:5: accounts.yaml does not receive Account.Nam (did you mean 'Name'?)",
        id="rule-once-unmapped-in-parent",
    ),
    pytest.param(
        RULE,
        "sobject: Opportunity, field: Name",
        "sobject: Contact, field: Name",
        "rules/won.yaml:5: no mapping receives Contact",
        id="rule-once-parent-not-received",
    ),
    pytest.param(
        RULE,
        "sobject: Opportunity, field: Name",
        "sobject: User, field: Name",
        "rules/won.yaml:5: no field of opportunities.yaml refers to crm.users",
        id="rule-once-no-reference",
    ),
    pytest.param(
        RULE,
        "sobject: Opportunity, field: Name",
        "sobject: Account, field: AnnualRevenue",
        "rules/won.yaml:5: Account.AnnualRevenue is number in accounts.yaml, but `name` takes picklist or text",
        id="rule-once-unfit-type",
    ),
    pytest.param(
        RULE,
        "changes_to: [Closed Won]",
        "is_checked: true",
        "rules/won.yaml:2: `is_checked` is for fields of type boolean, but StageName is picklist",
        id="rule-checks-no-checkbox",
    ),
    pytest.param(
        RULE,
        "default_lead",
        "lead: Account.AnnualRevenue\ndefault_lead",
        "rules/won.yaml:3: `lead` takes fields of type picklist or text, but Account.AnnualRevenue is number",
        id="lead-is-number",
    ),
    pytest.param(
        RULE,
        "default_lead",
        "lead: Owner.Email\ndefault_lead",
        "rules/won.yaml:3: opportunities.yaml receives no reference Owner: add a line for it there, such as OwnerId",
        id="lead-without-owner",
    ),
    pytest.param(
        RULE,
        "default_lead",
        "dates_from: StageName\ndefault_lead",
        "rules/won.yaml:3: `dates_from` takes fields of type date, but StageName is picklist",
        id="dates-of-no-date",
    ),
    pytest.param(
        RULE,
        "default_lead",
        "existing: leaf\ndefault_lead",
        "rules/won.yaml:3: `existing: leaf` is not one of take, leave (did you mean 'leave'?)",
        id="existing-slip",
    ),
    pytest.param(
        RULE,
        "default_lead",
        "after: upgrades\ndefault_lead",
        "rules/won.yaml:3: `after` must be a list, not text",
        id="after-is-text",
    ),
    pytest.param(
        RULE,
        "default_lead",
        "only_if: [{field: Typ, is: [New]}]\ndefault_lead",
        "rules/won.yaml:3: opportunities.yaml does not receive Opportunity.Typ (did you mean 'Type'?)",
        id="condition-unmapped",
    ),
    pytest.param(
        RULE,
        "default_lead",
        "only_if: [{field: Acount.Type, is: [New]}]\ndefault_lead",
        "rules/won.yaml:3: opportunities.yaml receives no reference Acount (did you mean 'Account'?)",
        id="condition-without-reference",
    ),
    pytest.param(
        RULE,
        "default_lead",
        "only_if: [{field: Account.Typ, is: [New]}]\ndefault_lead",
        "rules/won.yaml:3: accounts.yaml does not receive Account.Typ (did you mean 'Type'?)",
        id="condition-unmapped-in-parent",
    ),
    pytest.param(
        RULE,
        "default_lead",
        "only_if: [{field: Account.Type, is: [Customer - Drect]}]\ndefault_lead",
        "rules/won.yaml:3: Type = 'Customer - Drect' is not one of the 2 labels of values/account_type.csv",
        id="condition-unknown-label",
    ),
    pytest.param(
        RULE,
        "default_lead",
        "only_if: [{field: Type}]\ndefault_lead",
        "rules/won.yaml:3: Type is not tested: write one of is, is_not, at_least",
        id="condition-without-test",
    ),
    pytest.param(
        RULE,
        "default_lead",
        "only_if: [{field: Type, is: [New], is_empty: false}]\ndefault_lead",
        "rules/won.yaml:3: is and is_empty stand in one condition: write a line for each",
        id="condition-of-two-tests",
    ),
    pytest.param(
        RULE,
        "default_lead",
        "only_if: [{field: Type, at_least: 10}]\ndefault_lead",
        "rules/won.yaml:3: `at_least` is for fields of type date or datetime or",
        id="condition-bound-of-no-order",
    ),
    pytest.param(
        RULE,
        "default_lead",
        "only_if: [{field: Account.AnnualRevenue, at_least: much}]\ndefault_lead",
        "rules/won.yaml:3: `at_least: much` must be a number of at most 15 digits: Account.AnnualRevenue is number",
        id="condition-bound-unfit",
    ),
    pytest.param(
        RULE,
        "default_lead",
        "only_if: [{field: Go__c, is: [yes it is]}]\ndefault_lead",
        "rules/won.yaml:3: `is` is for fields of type picklist or text, but Go__c is boolean",
        id="condition-label-of-checkbox",
    ),
    pytest.param(
        RULE,
        "default_lead",
        "only_if: [{field: Type, is_checked: true}]\ndefault_lead",
        "rules/won.yaml:3: `is_checked` is for fields of type boolean, but Type is picklist",
        id="condition-checks-no-checkbox",
    ),
    pytest.param(
        RULE,
        "default_lead",
        "only_if: [{field: Go__c, is_empty: true}]\ndefault_lead",
        "rules/won.yaml:3: `is_empty` is for fields of type date",
        id="condition-empty-checkbox",
    ),
    pytest.param(
        RULE,
        "default_lead",
        "only_if: [{field: Type, is: []}]\ndefault_lead",
        "rules/won.yaml:3: `is` is an empty list: name at least one",
        id="condition-without-labels",
    ),
    pytest.param(
        RULE,
        "default_lead",
        "only_if: [{field: Type, are: [New]}]\ndefault_lead",
        "rules/won.yaml:3: unknown key 'are'; known are field, is, is_not, at_least",
        id="condition-unknown-key",
    ),
    pytest.param(
        "opportunities.yaml",
        "column: stage, type: picklist, direction: receive",
        "column: stage, type: picklist, direction: receive, values: account_type",
        "rules/won.yaml:2: StageName = 'Closed Won' is not one of the 2 labels of values/account_type.csv",
        id="rule-unknown-label",
    ),
]


@pytest.mark.parametrize(("file", "old", "new", "finding"), FINDINGS)
def test_a_slip_is_refused_with_file_line_and_remedy(bend, file: str, old: str, new: str, finding: str) -> None:
    folder = bend(file, old, new)

    with pytest.raises(MappingFault) as refused:
        require_sound(read_catalog(folder))

    assert finding in str(refused.value)


@pytest.mark.parametrize(
    ("file", "content", "finding"),
    [
        pytest.param(ACCOUNTS, b"", "accounts.yaml:1: the file is empty", id="empty-mapping"),
        pytest.param(ACCOUNTS, b"# nothing yet\n", "accounts.yaml:1: the file is empty", id="only-a-comment"),
        pytest.param(
            ACCOUNTS, b"- a list\n", "accounts.yaml:1: a mapping file must be a section", id="mapping-is-a-list"
        ),
        pytest.param(
            ACCOUNTS, b"sobject: Account\n# caf\xe9\n", "accounts.yaml:2: byte 0xe9 is not UTF-8", id="latin-1"
        ),
        pytest.param(TYPES, b"", "values/account_type.csv:1: the file is empty", id="empty-value-map"),
        pytest.param(
            "suites/deals.yaml", b"- {}\n", "there is no deals.yaml that this suite", id="suite-without-mapping"
        ),
        *(
            pytest.param(
                file, b"sobject: Lead\n", f"{file}:1: '{name}' is the id of a task in Airflow already", id=file
            )
            for name in ("probe", "finished")
            for file in (f"{name}.yaml", f"rules/{name}.yaml")
        ),
        pytest.param("deals.yml", b"sobject: Opportunity\n", "deals.yml:1: the file is not read", id="yml"),
    ],
)
def test_a_file_that_cannot_be_meant_is_refused(bend, file: str, content: bytes, finding: str) -> None:
    folder = bend(file, content=content)

    with pytest.raises(MappingFault) as refused:
        require_sound(read_catalog(folder))

    assert finding in str(refused.value)


def test_one_message_lists_every_finding_of_every_file_in_order(bend) -> None:
    folder = bend(ACCOUNTS, "type: number", "type: numbr")
    (folder / "users.yaml").write_text("sobject: User\ntable: users\ndirection: in\nfields: []\n")
    (folder / STATUS).write_text("label,code\n,green\n")

    with pytest.raises(MappingFault) as refused:
        require_sound(read_catalog(folder))

    lines = str(refused.value).splitlines()
    assert lines[0].startswith("5 findings in ")
    assert [line.split(": ")[0] for line in lines[1:]] == [
        "accounts.yaml:7",
        "users.yaml:2",
        "users.yaml:3",
        "users.yaml:4",
        "values/status.csv:2",
    ]


def test_a_finding_is_not_followed_by_findings_that_only_follow_from_it(bend) -> None:
    folder = bend(TYPES, "label,code", "Label,Code")

    with pytest.raises(MappingFault) as refused:
        require_sound(read_catalog(folder))

    assert str(refused.value).startswith("1 finding in ")


def test_an_unreadable_mapping_does_not_make_the_references_to_it_findings(bend) -> None:
    folder = bend("users.yaml", "sobject: User", "sobject: {User")

    with pytest.raises(MappingFault) as refused:
        require_sound(read_catalog(folder))

    assert "accounts.yaml" not in str(refused.value)


def test_a_folder_without_mappings_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MappingFault, match="there is no mapping file"):
        require_sound(read_catalog(tmp_path))


def test_a_rule_that_compares_several_choices_with_one_label_is_a_finding(bend) -> None:
    folder = bend("opportunities.yaml", "type: picklist", "type: multipicklist")

    with pytest.raises(MappingFault) as refused:
        require_sound(read_catalog(folder))

    several = "is multipicklist, which holds several labels, so that it is never equal to one"
    assert f"rules/won.yaml:2: StageName {several}" in str(refused.value)
    assert f"rules/won.yaml:6: Type {several}" in str(refused.value)
