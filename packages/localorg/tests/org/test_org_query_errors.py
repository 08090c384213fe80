from __future__ import annotations

import pytest

from localorg.errors import OrgError
from localorg.org import Org


def refusal(org: Org, soql: str) -> OrgError:
    with pytest.raises(OrgError) as caught:
        org.query(soql)
    return caught.value


def test_the_error_for_an_unknown_object_is_as_recorded(org: Org) -> None:
    error = refusal(org, "select count() from XYZZY")

    assert (error.status, error.code) == (400, "INVALID_TYPE")
    assert error.message == (
        "\nselect count() from XYZZY\n                    ^\nERROR at Row:1:Column:21\n"
        "sObject type 'XYZZY' is not supported. If you are attempting to use a custom object, be sure to append the "
        "'__c' after the entity name. Please reference your WSDL or the describe call for the appropriate names."
    )


def test_an_unknown_field_is_shown_with_its_neighbours(org: Org) -> None:
    columns = (
        "Id,Name,Website,Phone,BillingCity,NumberOfEmployees,TPI_Product__c,Industry,BillingStreet,Description,Type"
    )
    error = refusal(org, f"SELECT {columns} FROM Account")
    _, excerpt, caret, position, message = error.message.split("\n")

    assert error.code == "INVALID_FIELD"
    assert excerpt == "BillingCity,NumberOfEmployees,TPI_Product__c,Industry,BillingStreet"
    assert excerpt[caret.index("^") :].startswith("TPI_Product__c")
    assert position == "ERROR at Row:1:Column:60"
    assert message.startswith(
        "No such column 'TPI_Product__c' on entity 'Account'. If you are attempting to use a custom"
    )


def test_the_message_names_the_row_of_a_fault(org: Org) -> None:
    assert "ERROR at Row:3:Column:7\n" in refusal(org, "SELECT Id\nFROM Account\nWHERE Foo = 1").message


@pytest.mark.parametrize(
    ("soql", "code", "words"),
    [
        ("SELECT Id FROM Account WHERE", "MALFORMED_QUERY", "unexpected token: '<EOF>'"),
        ("SELECT Id, FROM Account", "MALFORMED_QUERY", "unexpected token: 'FROM'"),
        ('SELECT Id FROM Account WHERE Name = "x"', "MALFORMED_QUERY", "no viable alternative at character '\"'"),
        ("SELECT Id FROM Account WHERE Name = 'a' AND Name = 'b' OR Id = null", "MALFORMED_QUERY", "token: 'OR'"),
        ("SELECT Id FROM Account WHERE Name = :name", "MALFORMED_QUERY", "Bind variables only allowed in Apex code"),
        ("SELECT Id FROM Account WHERE CreatedDate = SOMEDAY", "MALFORMED_QUERY", "unexpected token: 'SOMEDAY'"),
        ("SELECT Id FROM Account WHERE Name = 'a\\x'", "MALFORMED_QUERY", "invalid character escape"),
        ("SELECT Id FROM Account WHERE CreatedDate > 2020-13-45", "MALFORMED_QUERY", "a date that does not exist"),
        ("SELECT Id FROM Account WHERE CreatedDate > NEXT_N_YEARS:99999", "MALFORMED_QUERY", "is out of range"),
        ("SELECT Id FROM Account WHERE Name = '\\ud83d'", "MALFORMED_QUERY", "half a surrogate pair"),
        ("SELECT Id FROM Account HAVING Name = 'x'", "MALFORMED_QUERY", "for aggregate queries only"),
        ("SELECT Id FROM Account WHERE Id IN (SELECT AccountId FROM Contact LIMIT 1)", "MALFORMED_QUERY", "Semi join"),
        (
            "SELECT Id FROM Account WHERE " + "(NOT " * 900 + "Id = null" + ")" * 900,
            "QUERY_TOO_COMPLICATED",
            "too complicated",
        ),
        ("SELECT Id FROM Account WHERE " + " OR ".join(["Id = null"] * 2000), "QUERY_TOO_COMPLICATED", "complicated"),
        ("SELECT Name, COUNT(Id) FROM Account", "MALFORMED_QUERY", "Field must be grouped or aggregated: Name"),
        ("SELECT Id i FROM Account", "MALFORMED_QUERY", "only aggregate expressions use field aliasing"),
        ("SELECT Id, Id FROM Account", "INVALID_FIELD", "duplicate field selected: Id"),
        ("SELECT Foo.Name FROM Account", "INVALID_FIELD", "Didn't understand relationship 'Foo' in field path"),
        ("SELECT Owner.Foo FROM Account", "INVALID_FIELD", "No such column 'Foo' on entity 'User'"),
        ("SELECT (SELECT Id FROM Foos) FROM Account", "INVALID_TYPE", "Didn't understand relationship 'Foos' in FROM"),
        ("SELECT IsDeleted FROM User", "INVALID_FIELD", "No such column 'IsDeleted' on entity 'User'"),
        ("SELECT Id FROM Account WHERE Description = 'x'", "INVALID_FIELD", "'Description' can not be filtered"),
        ("SELECT Id FROM Account ORDER BY Description", "INVALID_FIELD", "'Description' can not be sorted"),
        ("SELECT SUM(Name) FROM Account", "INVALID_FIELD", "'Name' can not be aggregated"),
        ("SELECT Id FROM Account WHERE AnnualRevenue = '5'", "INVALID_FIELD", "currency and should not be enclosed"),
        ("SELECT Id FROM Account WHERE Name = 5", "INVALID_FIELD", "must be of type string and should be enclosed"),
        ("SELECT Id FROM Account WHERE CreatedDate > 2020-01-01", "INVALID_FIELD", "must be of type dateTime"),
        ("SELECT Id FROM Opportunity WHERE CloseDate = TRUE", "INVALID_FIELD", "must be of type date"),
        ("SELECT Id FROM Account WHERE Id = 'abc'", "INVALID_QUERY_FILTER_OPERATOR", "invalid ID field: abc"),
        ("SELECT Id FROM Account WHERE Id LIKE '001%'", "INVALID_QUERY_FILTER_OPERATOR", "invalid operator on id"),
        ("SELECT Id FROM Account OFFSET 2001", "NUMBER_OUTSIDE_VALID_RANGE", "Maximum SOQL offset allowed is 2000"),
    ],
)
def test_a_query_that_is_wrong_is_refused_with_the_reason(org: Org, soql: str, code: str, words: str) -> None:
    error = refusal(org, soql)

    assert (error.status, error.code) == (400, code)
    assert words in error.message
