"""Messages of wrong queries, as people have quoted them from real orgs, apart from the names."""

from __future__ import annotations

import pytest
from soql_samples import refusal

from localorg.org import Org

FILTERED_BY_NUMBER = """
ProductCode from Product2 where ProductCode = 3999
                                ^
ERROR at Row:1:Column:44
value of filter criterion for field 'ProductCode' must be of type string and should be enclosed in quotes"""

NOT_GROUPED = """
LastModifiedDate>TODAY GROUP BY LastModifiedDate
                                ^
ERROR at Row:1:Column:69
field 'LastModifiedDate' can not be grouped in a query call"""

FIELDS = """
SELECT FIELDS(ALL) FROM Account LIMIT 201
       ^
ERROR at Row:1:Column:8
The SOQL FIELDS function must have a LIMIT of at most 200"""

MIXED = """
'0014000000p6XlS' AND LastName LIKE 'test' OR email LIKE 'test'
                                          ^
ERROR at Row:3:Column:61
unexpected token: 'OR'"""

UNCLOSED = """
FROM Account WHERE Name = 'O\\'Brien
                                  ^
ERROR at Row:1:Column:45
line 1:45 mismatched character '<EOF>' expecting '''"""

BIND = """
SELECT Id FROM Account WHERE Id IN accountIds
                                   ^
ERROR at Row:1:Column:36
Bind variables only allowed in Apex code"""


@pytest.mark.parametrize(
    ("soql", "code", "message"),
    [
        ("select Id, ProductCode from Product2 where ProductCode = 3999", "INVALID_FIELD", FILTERED_BY_NUMBER),
        (
            "SELECT COUNT(Id) FROM Contact WHERE LastModifiedDate>TODAY GROUP BY LastModifiedDate",
            "INVALID_FIELD",
            NOT_GROUPED,
        ),
        ("SELECT FIELDS(ALL) FROM Account LIMIT 201", "MALFORMED_QUERY", FIELDS),
        (
            "SELECT Id, Email, Name\nFROM Contact\n"
            "WHERE AccountId = '0014000000p6XlS' AND LastName LIKE 'test' OR email LIKE 'test'",
            "MALFORMED_QUERY",
            MIXED,
        ),
        ("SELECT Id FROM Account WHERE Name = 'O\\'Brien", "MALFORMED_QUERY", UNCLOSED),
        ("SELECT Id FROM Account WHERE Id IN accountIds", "MALFORMED_QUERY", BIND),
        ("SELECT LastName, COUNT(Id) FROM Contact", "MALFORMED_QUERY", "Field must be grouped or aggregated: LastName"),
    ],
)
def test_a_message_is_as_it_was_quoted(org: Org, soql: str, code: str, message: str) -> None:
    error = refusal(org, soql)

    assert (error.code, error.message) == (code, message)


def test_a_field_that_is_grouped_by_is_not_counted(org: Org) -> None:
    message = refusal(org, "SELECT COUNT(Id) FROM Opportunity GROUP BY AccountId, Id").message

    assert message.endswith("ERROR at Row:1:Column:14\nGrouped field should not be aggregated: Id")


def test_the_message_names_row_and_column_of_the_end_where_something_is_missing(org: Org) -> None:
    message = refusal(org, "SELECT Id\r\nFROM Account\r\nWHERE").message

    assert message == "\nWHERE\n    ^\nERROR at Row:3:Column:5\nunexpected token: '<EOF>'"


def test_a_long_word_is_cut(org: Org) -> None:
    message = refusal(org, f"SELECT Id FROM Account WHERE Foo = '{'x' * 3_000}'").message

    assert message.split("\n")[1].startswith("SELECT Id FROM Account WHERE Foo = 'xxx")
    assert len(message) < 500
