from __future__ import annotations

import uuid

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import ProgrammingError

from closedwon.errors import AccessDenied, CredentialsRefused, SetupFault, WarehouseUnavailable
from closedwon.warehouse.transaction import open_engine, transaction


def run(engine: Engine, *statements: str) -> None:
    with transaction(engine) as connection:
        for statement in statements:
            connection.execute(text(statement))


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+psycopg2"])
def test_every_usual_form_of_the_address_is_understood(database_url, scheme):
    engine = open_engine(database_url.replace("postgresql", scheme, 1))

    with transaction(engine) as connection:
        assert connection.execute(text("SELECT current_setting('application_name')")).scalar_one() == "closedwon"
    engine.dispose()


def test_what_the_address_says_wins_over_our_defaults(database_url):
    engine = open_engine(f"{database_url}?application_name=theirs")

    with transaction(engine) as connection:
        assert connection.execute(text("SELECT current_setting('application_name')")).scalar_one() == "theirs"
    engine.dispose()


def test_a_transaction_waits_for_no_lock_for_ever(engine):
    with transaction(engine) as connection:
        assert connection.execute(text("SHOW lock_timeout")).scalar_one() == "30s"
        assert connection.execute(text("SHOW idle_in_transaction_session_timeout")).scalar_one() == "15min"


def test_an_exception_in_the_block_undoes_everything_in_it(engine):
    run(engine, "CREATE TABLE t (a int)")

    with pytest.raises(RuntimeError, match="halfway"), transaction(engine) as connection:
        connection.execute(text("INSERT INTO t VALUES (1)"))
        raise RuntimeError("halfway")

    with transaction(engine) as connection:
        assert connection.execute(text("SELECT count(*) FROM t")).scalar_one() == 0


def test_a_server_that_is_not_there_is_unavailable_and_the_message_names_it_without_the_password():
    engine = open_engine("postgresql://closedwon:s3cret@127.0.0.1:1/warehouse")

    with pytest.raises(WarehouseUnavailable, match="Connection refused") as gone, transaction(engine):
        pass

    assert "closedwon:***@127.0.0.1" in str(gone.value)
    assert "s3cret" not in str(gone.value)


@pytest.mark.parametrize(("part", "wrong"), [("postgres@", "nobody@"), ("/test_", "/no_such_test_")])
def test_a_user_or_database_that_postgres_does_not_know_is_refused(database_url, part, wrong):
    engine = open_engine(database_url.replace(part, wrong))

    with pytest.raises(CredentialsRefused, match="does not exist"), transaction(engine):
        pass


@pytest.mark.parametrize("option", ["sslmode=sometimes", "keepalives_idle=abc", "sslmode=require"])
def test_an_option_that_cannot_work_is_no_reason_to_try_again(database_url, option):
    engine = open_engine(f"{database_url}?{option}")

    with pytest.raises(SetupFault, match="Correct the extra fields of the warehouse's Connection"), transaction(engine):
        pass


def test_a_missing_grant_is_denied_and_names_the_user_who_lacks_it(engine, database_url):
    role = f"reader_{uuid.uuid4().hex[:8]}"
    run(engine, "CREATE TABLE t (a int)", f"CREATE ROLE {role} LOGIN")
    theirs = open_engine(database_url.replace("postgres@", f"{role}@"))

    with pytest.raises(AccessDenied, match=f"permission denied for table t.*{role}"):
        run(theirs, "SELECT * FROM t")

    theirs.dispose()
    run(engine, f"DROP ROLE {role}")


def test_a_lock_that_others_hold_too_long_is_worth_a_repeat(engine):
    run(engine, "CREATE TABLE t (a int)")

    with transaction(engine) as holder:
        holder.execute(text("LOCK TABLE t"))
        with pytest.raises(WarehouseUnavailable, match="lock timeout"):
            run(engine, "SET LOCAL lock_timeout = '1ms'", "SELECT * FROM t")


@pytest.mark.parametrize("statement", ["SELECT 1", "COMMIT"])
def test_a_connection_that_the_server_ends_is_worth_a_repeat_and_the_next_one_works(engine, statement):
    with pytest.raises(WarehouseUnavailable, match="terminat"), transaction(engine) as connection:
        victim = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
        run(engine, f"SELECT pg_terminate_backend({victim}, 10000)")
        connection.execute(text(statement))

    run(engine, "SELECT 1")


def test_a_fault_of_the_program_is_seen_as_it_is(engine):
    with pytest.raises(ProgrammingError, match="no_such_table"):
        run(engine, "SELECT * FROM no_such_table")
