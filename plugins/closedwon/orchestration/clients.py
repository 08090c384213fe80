"""Clients that tasks pass to the flows, built from Airflow Connections and the environment."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from airflow.sdk import ObjectStoragePath, get_current_context
from simple_salesforce import Salesforce
from sqlalchemy import Engine

from closedwon.errors import MappingFault
from closedwon.flows.steps.batches import Batches
from closedwon.mapping import reader
from closedwon.mapping.model import Catalog, FileKind, Mapping, Rule
from closedwon.orchestration.connections import org_connection, read_connection, warehouse_url
from closedwon.salesforce.session import OrgSession, open_session, org_errors
from closedwon.warehouse.prepare import prepare_warehouse
from closedwon.warehouse.state.api_usage import read_last_usage, record_usage
from closedwon.warehouse.state.failure import heal_earlier_runs
from closedwon.warehouse.state.org import connect_org
from closedwon.warehouse.transaction import open_engine, transaction

if TYPE_CHECKING:
    from airflow.providers.salesforce.hooks.salesforce import SalesforceHook

SALESFORCE_CONNECTION = "salesforce"
WAREHOUSE_CONNECTION = "warehouse"

SALESFORCE_POOL = "salesforce"
"""Pool that limits how many tasks call the org at once: Salesforce allows 25 long requests, 5 in a Developer org."""

PROJECT = Path(__file__).resolve().parents[3]


def mappings_folder() -> Path:
    """Return the folder of mapping files: CLOSEDWON_MAPPINGS, or `include/mappings`."""
    return Path(os.environ.get("CLOSEDWON_MAPPINGS") or PROJECT / "include" / "mappings")


def read_catalog() -> Catalog:
    """Return the catalog of mapping files, broken files included.

    Raises:
        MappingFault: the folder cannot be read.
    """
    folder = mappings_folder()
    try:
        return reader.read_catalog(folder)
    except OSError as error:
        raise MappingFault(
            f"The mapping files in {folder} cannot be read: '{error}'. Nothing runs without them. Give the folder to "
            "the user that Airflow runs as, or correct CLOSEDWON_MAPPINGS."
        ) from None


def read_mapping(name: str) -> Mapping:
    """Return one mapping, read from its current file.

    Raises:
        MappingFault: the file, or one that it needs, has been broken or removed since the DAG was parsed.
    """
    catalog = read_catalog()
    found = next((mapping for mapping in catalog.mappings if mapping.name == name), None)
    if found and found.waits_for:
        needed = (one for one in catalog.broken if one.kind == "mapping" and one.name in found.waits_for)
        files = " and ".join(one.file for one in needed)
        raise MappingFault(
            f"{found.file} refers to a table of {files}, which is broken: nothing of it is read until then."
        )
    return found or _refuse(catalog, "mapping", name)


def read_rule(name: str) -> Rule:
    """Return one rule, read from its current file.

    Raises:
        MappingFault: the file has been broken or removed since the DAG was parsed.
    """
    catalog = read_catalog()
    found = next((rule for rule in catalog.rules if rule.name == name), None)
    return found or _refuse(catalog, "rule", name)


def batches_of(run_id: str, mapping_name: str) -> Batches:
    """Return the batch folder of one mapping in one run, below CLOSEDWON_BATCHES, an object storage URL.

    Raises:
        SetupFault: the URL names a Connection that does not exist.
    """
    root = ObjectStoragePath(os.environ.get("CLOSEDWON_BATCHES") or f"file://{PROJECT / '.airflow' / 'batches'}")
    if root.conn_id:
        read_connection(root.conn_id)  # else Airflow would go on with whatever credentials this machine has
    return Batches(root / re.sub(r"[^A-Za-z0-9_.-]", "_", run_id) / mapping_name)


def flow_of(dag_id: str) -> str:
    """Return the flow of a DAG, by which tables of schema `sync` tell import, projects and export apart."""
    return dag_id.removeprefix("salesforce_")


@contextmanager
def open_warehouse() -> Iterator[Engine]:
    """Yield an engine on the warehouse of the Connection `warehouse`; dispose of it at the end.

    Raises:
        SetupFault: the Connection is missing, or one of its extra fields cannot be used.
    """
    engine = open_engine(warehouse_url(read_connection(WAREHOUSE_CONNECTION)))
    try:
        yield engine
    finally:
        engine.dispose()


@contextmanager
def open_prepared_warehouse(catalog: Catalog) -> Iterator[Engine]:
    """Yield an engine on the warehouse, after creating what the mapping files need; for the first task of a DAG."""
    task = get_current_context()["ti"]
    with open_warehouse() as engine:
        with transaction(engine) as connection:
            prepare_warehouse(connection, catalog)
            heal_earlier_runs(connection, flow_of(task.dag_id), task.run_id, task.task_id)
        yield engine


@contextmanager
def open_org(engine: Engine, *, run_id: str, task_id: str) -> Iterator[Salesforce]:
    """Yield a client of the org of the Connection `salesforce`; record the task's API calls at the end.

    The client knows from other tasks how many calls are left, so that none is spent on finding out that none is.
    The Connection's host, if given, receives the token requests, which otherwise go to `<domain>.salesforce.com`.

    Raises:
        SetupFault: the Connection is missing, lacks a field, holds a private key that cannot be read, or leads to
            another org than the warehouse belongs to.
    """
    hook, session = _prepare_login(SALESFORCE_CONNECTION)
    with transaction(engine) as open_transaction:
        session.used, session.maximum = read_last_usage(open_transaction) or (None, None)
    with org_errors("log in"):
        sf = hook.get_conn()
    if session.organization_id is not None:
        with transaction(engine) as open_transaction:
            connect_org(open_transaction, session.organization_id, f"https://{sf.sf_instance}")
    try:
        yield sf
    finally:
        with transaction(engine) as open_transaction:
            record_usage(open_transaction, run_id, task_id, session.calls, session.used, session.maximum)


def log_in(conn_id: str) -> Salesforce:
    """Return a client of the org of a Connection, for a command that uses no warehouse.

    Raises:
        SetupFault: as `open_org`.
    """
    hook, _ = _prepare_login(conn_id)
    with org_errors("log in"):
        return hook.get_conn()


def _prepare_login(conn_id: str) -> tuple[SalesforceHook, OrgSession]:
    """Return the hook that logs in, and the session that its client will use."""
    from airflow.providers.salesforce.hooks.salesforce import SalesforceHook

    connection = org_connection(read_connection(conn_id))
    session = open_session(login_host=connection.host or None, ca_file=connection.extra_dejson.get("ca_file"))
    hook = SalesforceHook(conn_id, session=session)
    # It would read the Connection once more, as it is stored.
    hook.get_connection = lambda _: connection  # type: ignore[method-assign, assignment]
    return hook, session


def _refuse(catalog: Catalog, kind: FileKind, name: str) -> NoReturn:
    broken = [one.message for one in catalog.broken if (one.kind, one.name) == (kind, name)]
    if broken:
        raise MappingFault("\n".join(broken))
    raise MappingFault(
        f"The file of the {kind} '{name}' was removed or renamed after this run began: there is nothing to work with.",
        remedy="Put the file back and clear the task, or leave it: the next run goes by the files as they are then.",
    )
