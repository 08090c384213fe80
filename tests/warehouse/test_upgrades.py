"""Upgrades: a warehouse that a release left becomes what a new one is, and keeps its data."""

from __future__ import annotations

import pkgutil
import threading
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text

from closedwon.errors import FatalError
from closedwon.mapping.reader import read_catalog, require_sound
from closedwon.warehouse import delivery, state
from closedwon.warehouse.metadata import METADATA
from closedwon.warehouse.migrations.upgrade import FOLDER, find_revision, revisions
from closedwon.warehouse.prepare import prepare_warehouse
from closedwon.warehouse.transaction import open_engine, transaction
from demo.postgres import Postgres

CATALOG = require_sound(read_catalog(Path(__file__).parents[2] / "include" / "mappings"))
RELEASES = sorted((Path(__file__).parent / "upgrades").glob("*.sql"))
OURS = "nspname IN ('crm', 'delivery', 'sync')"

SHAPE = {
    "columns": f"""
        SELECT attrelid::regclass::text, attname, format_type(atttypid, atttypmod), attnotnull, attidentity,
               attgenerated, pg_get_expr(adbin, adrelid), col_description(attrelid, attnum)
          FROM pg_attribute JOIN pg_class c ON c.oid = attrelid JOIN pg_namespace n ON n.oid = relnamespace
          LEFT JOIN pg_attrdef ON (adrelid, adnum) = (attrelid, attnum)
         WHERE {OURS} AND relkind IN ('r', 'v') AND attnum > 0 AND NOT attisdropped
    """,
    "constraints": f"""
        SELECT conrelid::regclass::text, conname, pg_get_constraintdef(k.oid)
          FROM pg_constraint k JOIN pg_class c ON c.oid = conrelid JOIN pg_namespace n ON n.oid = connamespace
         WHERE {OURS}
    """,
    "indexes": f"""
        SELECT pg_get_indexdef(indexrelid)
          FROM pg_index JOIN pg_class c ON c.oid = indexrelid JOIN pg_namespace n ON n.oid = relnamespace WHERE {OURS}
    """,
    "triggers": f"""
        SELECT pg_get_triggerdef(t.oid), pg_get_functiondef(tgfoid), obj_description(tgfoid, 'pg_proc')
          FROM pg_trigger t JOIN pg_class c ON c.oid = tgrelid JOIN pg_namespace n ON n.oid = relnamespace
         WHERE {OURS} AND NOT tgisinternal
    """,
    "comments and views": f"""
        SELECT c.oid::regclass::text, obj_description(c.oid, 'pg_class'), pg_get_viewdef(c.oid)
          FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace WHERE {OURS} AND relkind IN ('r', 'v')
    """,
}


@pytest.fixture(params=RELEASES, ids=lambda path: path.stem)
def left(request: pytest.FixtureRequest, engine: Engine) -> Engine:
    """A warehouse as the release left it, with data in it."""
    with transaction(engine) as connection:
        connection.exec_driver_sql(request.param.read_text(encoding="utf-8"))
    return engine


def prepare(engine: Engine) -> list[str]:
    with transaction(engine) as connection:
        return prepare_warehouse(connection, CATALOG)


def shape_of(engine: Engine) -> dict[str, list[Any]]:
    with transaction(engine) as connection:
        return {part: sorted(map(str, connection.execute(text(query)))) for part, query in SHAPE.items()}


def rows_of(engine: Engine, columns: dict[str, list[str]]) -> dict[str, list[Any]]:
    """The rows of these columns, by table."""
    with transaction(engine) as connection:
        return {
            name: sorted(map(str, connection.execute(text(f"SELECT {', '.join(names)} FROM {name}"))))
            for name, names in columns.items()
        }


def columns_of(engine: Engine, tables: list[str]) -> dict[str, list[str]]:
    with transaction(engine) as connection:
        return {name: list(connection.execute(text(f"SELECT * FROM {name}")).keys()) for name in tables}


@pytest.fixture
def new(postgres: Postgres) -> Iterator[Engine]:
    """A warehouse that is made today."""
    admin = open_engine(postgres.url()).execution_options(isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text("CREATE DATABASE made_today"))
    engine = open_engine(postgres.url("made_today"))
    prepare(engine)
    yield engine
    engine.dispose()
    with admin.connect() as connection:
        connection.execute(text("DROP DATABASE made_today WITH (FORCE)"))
    admin.dispose()


def test_an_upgraded_warehouse_is_what_a_new_one_is(left: Engine, new: Engine) -> None:
    prepare(left)

    upgraded, made = shape_of(left), shape_of(new)
    for part in SHAPE:
        assert upgraded[part] == made[part], part


def test_an_upgrade_keeps_the_rows(left: Engine) -> None:
    kept = ["crm.accounts", "crm.contacts", "crm.opportunities", "delivery.phases", "delivery.tasks", "sync.decision"]
    kept += ["sync.plan", "sync.quarantine", "sync.watermark"]
    query = text("SELECT id, code, name, health, created_at FROM delivery.projects ORDER BY id")
    with transaction(left) as connection:
        projects = connection.execute(query).all()
    columns = columns_of(left, kept)
    before = rows_of(left, columns)

    prepare(left)

    assert rows_of(left, columns) == before
    assert all(before.values())
    with transaction(left) as connection:
        assert connection.execute(query).all() == projects


def test_an_upgrade_keeps_the_counts_of_runs_as_those_of_imports(left: Engine) -> None:
    counts = text("SELECT run_id, mapping, read, written, unchanged, rejected, finished_at FROM sync.run ORDER BY 1, 2")
    with transaction(left) as connection:
        before = connection.execute(counts).all()

    prepare(left)

    with transaction(left) as connection:
        assert connection.execute(counts).all() == before != []
        assert connection.execute(text("SELECT DISTINCT flow FROM sync.run")).all() == [("import",)]


def test_an_upgrade_keeps_the_links_of_projects_for_the_mapping_that_sent_them(left: Engine) -> None:
    prepare(left)

    with transaction(left) as connection:
        links = connection.execute(text("SELECT mapping, table_name, row_id, salesforce_id FROM sync.link")).all()
        shown = connection.execute(text("SELECT id, salesforce_id FROM delivery.projects_current ORDER BY id")).all()
    assert links == [("projects", "delivery.projects", 1, "a00Lo0000000001IAA")]
    assert shown == [(1, "a00Lo0000000001IAA"), (2, None)]


def test_an_upgrade_gives_links_that_were_written_by_hand_the_one_form_and_leaves_what_is_none(left: Engine) -> None:
    typed = ["0065g00000AbCdE", "0065G00000ABCDEAAV", None, "none"]
    insert = "INSERT INTO delivery.projects (source_salesforce_id, name, lead_email) VALUES (:id, 'Ours', 'x@y.test')"
    with transaction(left) as connection:
        for value in typed:
            connection.execute(text(insert), {"id": value})

    prepare(left)

    query = "SELECT rtrim(source_salesforce_id) FROM delivery.projects WHERE name = 'Ours' ORDER BY id"
    with transaction(left) as connection:
        held = connection.scalars(text(query)).all()
    assert held == ["0065g00000AbCdEAAV", "0065g00000AbCdEAAV", None, "none"]


def test_an_upgrade_takes_a_write_without_end_state_for_one_that_may_have_been_sent(left: Engine) -> None:
    with transaction(left) as connection:
        connection.execute(
            text("""
            INSERT INTO sync.plan (run_id, mapping, row_id, record_key, operation, before, after, state, settled_at)
            VALUES ('late', 'projects', 7, 'P-000007', 'upsert', '{}', '{"Health__c": "Red"}', 'planned', null),
                   ('late', 'projects', 8, 'P-000008', 'upsert', '{}', '{"Health__c": "Red"}', 'skipped', now()),
                   ('late', 'projects', 9, 'P-000009', 'upsert', '{}', '{}', 'rejected', now())
            """)
        )

    prepare(left)

    with transaction(left) as connection:
        query = "SELECT row_id, sent_at IS NOT NULL FROM sync.plan WHERE run_id = 'late' ORDER BY row_id"
        assert connection.execute(text(query)).all() == [(7, True), (8, False), (9, False)]


def test_what_people_built_on_a_column_that_goes_is_named_and_nothing_is_touched(left: Engine) -> None:
    with transaction(left) as connection:
        connection.execute(text("CREATE VIEW public.report AS SELECT salesforce_id FROM delivery.projects"))
    before = shape_of(left)

    with pytest.raises(FatalError, match=r"view report depends on column salesforce_id of table delivery\.projects"):
        prepare(left)

    assert shape_of(left) == before


def test_a_table_of_people_that_has_the_name_of_a_new_one_is_named_and_nothing_is_touched(left: Engine) -> None:
    with transaction(left) as connection:
        connection.execute(text("CREATE TABLE crm.value_maps (label text)"))
    before = shape_of(left)

    with pytest.raises(FatalError, match=r"'relation \"value_maps\" already exists'") as refused:
        prepare(left)

    assert refused.value.remedy.startswith("Rename theirs")

    assert shape_of(left) == before


def test_a_second_time_there_is_nothing_to_do(left: Engine) -> None:
    assert prepare(left) != []
    assert prepare(left) == []


def test_two_that_upgrade_at_once_upgrade_once(left: Engine) -> None:
    made: list[list[str]] = []
    threads = [threading.Thread(target=lambda: made.append(prepare(left))) for _ in range(2)]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(map(bool, made)) == [False, True]


def test_an_upgrade_that_fails_leaves_the_warehouse_as_it_was(left: Engine) -> None:
    before = shape_of(left)
    with transaction(left) as connection:
        connection.execute(text("CREATE VIEW public.report AS SELECT id FROM delivery.projects_current"))

    with pytest.raises(FatalError, match="view report depends on"):
        prepare(left)

    assert shape_of(left) == before


def test_a_warehouse_that_a_newer_version_upgraded_is_left_alone(engine: Engine) -> None:
    prepare(engine)
    with transaction(engine) as connection:
        connection.execute(text("UPDATE sync.alembic_version SET version_num = 'v9999_of_tomorrow'"))

    with pytest.raises(FatalError, match=r"'v9999_of_tomorrow'.*Install the newer version"):
        prepare(engine)


def test_the_tables_declared_in_code_are_what_the_revisions_make(engine: Engine) -> None:
    for package in (state, delivery):
        for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
            import_module(module.name)
    prepare(engine)

    with transaction(engine) as connection:
        assert differences(connection) == [], "write a revision that makes this of the newest one"
        assert find_revision(connection) == revisions()[-1]
    bare = [str(c) for t in METADATA.sorted_tables for c in (t, *t.columns) if not c.comment]
    assert bare == []


def differences(connection: Connection) -> list[Any]:
    """What Alembic would change in schemas sync and delivery, and of crm.value_maps."""

    def is_ours(name: str | None, kind: str, parents: Any) -> bool:
        if kind == "schema":
            return name in ("sync", "delivery", "crm")
        return kind != "table" or parents["schema_name"] != "crm" or name == "value_maps"

    options = {
        "include_schemas": True,
        "version_table_schema": "sync",
        "compare_server_default": True,
        "include_name": is_ours,
    }
    return list(compare_metadata(MigrationContext.configure(connection, opts=options), METADATA))


def test_the_revisions_follow_each_other_in_the_order_of_their_numbers() -> None:
    chain = list(ScriptDirectory(str(FOLDER)).walk_revisions())

    assert [script.revision for script in reversed(chain)] == revisions()
