"""Names: a column of a mapping cannot meet one of ours, whatever it is called."""

from __future__ import annotations

import pytest
from crm_rows import TUESDAY, contact_id, to_field, to_frame
from sqlalchemy import Engine

from closedwon.mapping.model import Catalog, Field, Key, Mapping, Send
from closedwon.warehouse.load.load_rows import load_rows
from closedwon.warehouse.prepare import prepare_warehouse
from closedwon.warehouse.state.plan import read_rows
from closedwon.warehouse.transaction import transaction

AWKWARD = (
    *("new_id", "place", "rank", "row", "row_id", "record_id", "record_key", "staging", "held", "coming", "parent"),
    *("order", "user", "select", "excluded", "loaded", "id_", "class", "value", "x" * 63),
)


def people(table: str, *fields: Field) -> Mapping:
    """Contacts with a column of each awkward name, and references to each other."""
    awkward = tuple(to_field(f"F{n}__c", name, "text") for n, name in enumerate(AWKWARD))
    return Mapping(
        name="people",
        file="people.yaml",
        sobject="Contact",
        table=table,
        direction="receive",
        fields=(*awkward, *fields),
    )


@pytest.mark.parametrize(
    ("table", "reference"),
    [("staging", "boss"), ("held", "parent_id"), ("orphans", "child"), ("child", "y" * 63)],
)
def test_rows_with_awkward_names_are_loaded_updated_and_set_apart(engine: Engine, table: str, reference: str) -> None:
    boss = to_field("ReportsToId", reference, "reference", references=f"crm.{table}")
    other = to_field("OtherId", ("y" * 62) + "z", "reference", references=f"crm.{table}")
    mapping = people(f"crm.{table}", boss, other)
    texts = dict.fromkeys(AWKWARD, "as it was")
    first = [
        texts | {"salesforce_id": contact_id(1), reference: contact_id(2)},
        texts | {"salesforce_id": contact_id(2)},
        texts | {"salesforce_id": contact_id(3), reference: contact_id(9)},
    ]
    second = {**dict.fromkeys(AWKWARD, "as it is"), "salesforce_id": contact_id(1), reference: contact_id(2)}
    newer = second | {"system_modstamp": TUESDAY}

    with transaction(engine) as connection:
        prepare_warehouse(connection, Catalog((mapping,), (), {}))
        made = load_rows(connection, mapping, [to_frame(mapping, *first)], is_latest=True)
        changed = load_rows(connection, mapping, [to_frame(mapping, second, newer)], is_latest=True)
        held = connection.exec_driver_sql(f"SELECT * FROM {mapping.table} ORDER BY salesforce_id").mappings().all()

    assert (made.counts.written, made.counts.rejected, changed.counts.written) == (2, 1, 1)
    assert list(made.rejects["waits_for_id"]) == [contact_id(9)]
    assert [{row[name] for name in AWKWARD} for row in held] == [{"as it is"}, {"as it was"}]
    assert held[0][reference] == held[1]["id"]


def test_sent_columns_may_be_called_as_what_finds_their_record(engine: Engine) -> None:
    names = ("row_id", "record_key", "record_id", "salesforce_id")
    fields = tuple(Field(f"F{n}__c", name, "text", "send") for n, name in enumerate(names))
    key = Key(salesforce="Code__c", column="code")
    mapping = Mapping("sent", "sent.yaml", "Thing__c", "public.sent", "send", fields, send=Send(key=key))

    with transaction(engine) as connection:
        prepare_warehouse(connection, Catalog((), (), {}))
        connection.exec_driver_sql(f"CREATE TABLE public.sent (id bigint, code text, {' text, '.join(names)} text)")
        connection.exec_driver_sql("INSERT INTO public.sent VALUES (7, 'A', 'w', 'x', 'y', 'z')")
        rows, values = read_rows(connection, mapping, key)

    assert rows.to_dict("records") == [{"row_id": 7, "record_key": "A", "record_id": None}]
    assert values.to_dict("records") == [dict(zip(names, "wxyz", strict=True))]
