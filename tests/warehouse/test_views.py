"""Views: made from their files, and made anew with the grants that people gave on them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from crm_rows import CATALOG
from sqlalchemy import Engine, text

from closedwon.errors import FatalError
from closedwon.warehouse.prepare import prepare_warehouse
from closedwon.warehouse.transaction import transaction
from closedwon.warehouse.views.view_file import FOLDER, read_view


def prepare(engine: Engine) -> list[str]:
    with transaction(engine) as connection:
        return prepare_warehouse(connection, CATALOG)


def do(engine: Engine, *statements: str) -> None:
    with transaction(engine) as connection:
        for statement in statements:
            connection.execute(text(statement))


def columns_of(engine: Engine, view: str) -> list[str]:
    with transaction(engine) as connection:
        return list(connection.execute(text(f"SELECT * FROM {view}")).keys())


@pytest.fixture
def old(engine: Engine) -> Engine:
    """A warehouse whose view of the projects is that of another version: fewer columns, in another order."""
    prepare(engine)
    do(
        engine,
        "DROP VIEW delivery.projects_current",
        "CREATE VIEW delivery.projects_current AS SELECT name, id FROM delivery.projects",
    )
    return engine


@pytest.fixture
def analyst(old: Engine) -> Iterator[str]:
    """A role that may read the old view, pass that on, and read one column more than everybody may."""
    do(
        old,
        "CREATE ROLE analyst",
        "GRANT SELECT ON delivery.projects_current TO analyst WITH GRANT OPTION",
        "GRANT SELECT (name) ON delivery.projects_current TO PUBLIC",
        "REVOKE INSERT ON delivery.projects_current FROM postgres",
    )
    yield "analyst"
    do(old, "DROP OWNED BY analyst", "DROP ROLE analyst")


def test_a_column_in_the_middle_of_a_view_stops_nothing(old: Engine) -> None:
    made = prepare(old)

    assert made == ["delivery.projects_current"]
    assert "health" in columns_of(old, "delivery.projects_current")
    assert prepare(old) == []


def test_a_view_that_is_made_anew_keeps_its_grants_those_of_columns_too(old: Engine, analyst: str) -> None:
    do(old, "ALTER DEFAULT PRIVILEGES IN SCHEMA delivery GRANT DELETE ON TABLES TO analyst")
    query = """
        SELECT relacl::text, (SELECT attacl::text FROM pg_attribute WHERE attrelid = c.oid AND attname = 'name')
          FROM pg_class c WHERE c.oid = 'delivery.projects_current'::regclass
    """
    with transaction(old) as connection:
        before = connection.execute(text(query)).one()

    prepare(old)

    with transaction(old) as connection:
        assert connection.execute(text(query)).one() == before
    assert "analyst=r*/postgres" in before[0] and "=r/postgres" in before[1]


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ("CREATE VIEW public.report AS SELECT name FROM delivery.projects_current", "view report depends on"),
        ("CREATE MATERIALIZED VIEW public.heap AS SELECT id FROM delivery.projects_current", "materialized view heap"),
        ("CREATE TABLE public.copies (project delivery.projects_current)", "column project of table copies"),
        (
            "CREATE RULE forward AS ON INSERT TO delivery.projects_current DO INSTEAD NOTHING",
            "rule forward",
        ),
    ],
)
def test_what_people_built_on_a_view_is_named_and_nothing_is_touched(old: Engine, statement: str, named: str) -> None:
    do(old, statement, "DROP TABLE crm.contacts")

    with pytest.raises(FatalError, match=r"DROP VIEW delivery\.projects_current CASCADE") as refused:
        prepare(old)

    assert named in str(refused.value)
    assert columns_of(old, "delivery.projects_current") == ["name", "id"]
    with transaction(old) as connection:
        assert connection.execute(text("SELECT to_regclass('crm.contacts')")).scalar() is None


def test_a_view_that_people_read_is_left_alone_when_it_is_as_it_should_be(engine: Engine) -> None:
    prepare(engine)
    with engine.connect() as reader:
        reader.execute(text("SELECT * FROM sync.status")).all()

        with transaction(engine) as connection:
            connection.execute(text("SET LOCAL lock_timeout = '1ms'"))
            assert prepare_warehouse(connection, CATALOG) == []


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.sql")), ids=lambda path: path.name)
def test_each_view_comes_from_its_file_with_a_comment_on_each_column(path, engine: Engine) -> None:
    prepare(engine)

    view, query = read_view(path), "SELECT attname, col_description(attrelid, attnum) FROM pg_attribute"
    with transaction(engine) as connection:
        comments = dict(
            connection.execute(text(f"{query} WHERE attrelid = to_regclass(:view)"), {"view": path.stem}).all()
        )
    assert comments.items() >= view.columns.items()
    assert all(comments.values())
