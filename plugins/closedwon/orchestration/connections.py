"""Airflow Connections, checked before they are used: what is missing or wrong is named by Connection and field."""

from __future__ import annotations

import json
import logging
import os
import re
import textwrap
from collections.abc import Iterator
from copy import copy
from pathlib import Path
from typing import Any

import psycopg2
from airflow.sdk import BaseHook, Connection
from airflow.sdk.exceptions import AirflowNotFoundException
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from psycopg2.extensions import make_dsn
from sqlalchemy import URL

from closedwon.errors import SetupFault

_WHERE = "in Airflow under Admin > Connections"
_PREFIX = "extra__salesforce__"
"""What the names of a Salesforce Connection's fields began with in older versions of Airflow."""
_PEM = re.compile(r"\s*(-----BEGIN [A-Z ]+-----)([A-Za-z0-9+/=\s]+)(-----END [A-Z ]+-----)\s*")
_PEM_LINE = 64


def use_saved_connections() -> None:
    """Have this process read Connections where Airflow's own commands do, in its database too: it is no task.

    A variable such as AIRFLOW_CONN_SALESFORCE still comes first. Airflow's warnings are for the logs of tasks, not for
    whoever waits for an answer.
    """
    os.environ["_AIRFLOW_PROCESS_CONTEXT"] = "server"
    logging.getLogger("airflow").setLevel(logging.ERROR)


def read_connection(conn_id: str) -> Connection:
    """Return a Connection by its id.

    Raises:
        SetupFault: there is none.
    """
    try:
        return BaseHook.get_connection(conn_id)
    except AirflowNotFoundException:
        raise SetupFault(
            f"The Connection `{conn_id}` does not exist, so nothing can be read or written. Make it {_WHERE}; "
            "the README says what it holds."
        ) from None


def warehouse_url(connection: Connection) -> URL:
    """Return the address of a Postgres Connection, with its extras as options of libpq.

    Extras that are for Airflow's own hook alone, such as `cursor`, are left out.

    Raises:
        SetupFault: an extra is neither.
    """
    from airflow.providers.postgres.hooks.postgres import PostgresHook

    extras = _extras(connection).items()
    options = {key: value for key, value in extras if key not in PostgresHook.ignored_extra_options}
    return URL.create(
        "postgresql",
        username=connection.login,
        password=connection.password,
        host=connection.host,
        port=connection.port,
        database=connection.schema,
        query={key: _option(connection, key, value) for key, value in options.items()},
    )


def org_connection(connection: Connection) -> Connection:
    """Return a Salesforce Connection that has what its way of logging in needs, with the private key's lines restored.

    A single-line form field, or a file of settings, takes the line ends out of a key; they carry no meaning.

    Raises:
        SetupFault: a field is missing, or the private key cannot be read.
    """
    extras = {key.removeprefix(_PREFIX): value for key, value in _extras(connection).items() if value not in (None, "")}
    missing = list(_missing(connection, extras))
    if missing:
        raise SetupFault(
            f"The Connection `{connection.conn_id}` lacks {_listed(missing)}, so the login was not tried. It needs "
            "`consumer_key`, `consumer_secret` and `domain` (client credentials; the domain is your My Domain, such as "
            f"'acme.my'), or `consumer_key`, `private_key` and `login` (JWT). Fill them in {_WHERE}."
        )
    if "private_key" in extras:
        extras["private_key"] = _restore_lines(str(extras["private_key"]))
        _check_key(connection, "private_key", extras["private_key"].encode())
    elif "private_key_file_path" in extras:
        key = _read_key_file(connection, str(extras["private_key_file_path"]))
        _check_key(connection, "private_key_file_path", key)
    checked = copy(connection)
    checked.extra = json.dumps(extras)
    return checked


def _extras(connection: Connection) -> dict[str, Any]:
    try:
        extras = json.loads(connection.extra or "{}")
    except json.JSONDecodeError as error:
        raise _refuse(connection, "its extra fields", f"are not JSON ({error})") from None
    if not isinstance(extras, dict):
        raise _refuse(connection, "its extra fields", "are not an object, as {} is one")
    connection.extra_dejson  # noqa: B018 - keeps the values out of the task's log
    return extras


def _option(connection: Connection, key: str, value: Any) -> str:
    if value is None or isinstance(value, dict | list):
        raise _refuse(connection, f"`{key}` in its extra fields", "has to be a text or a number")
    option = str(int(value) if isinstance(value, bool) else value)
    try:
        make_dsn("", **{key: option})
    except psycopg2.ProgrammingError:
        raise _refuse(connection, f"`{key}` in its extra fields", "is no connection option of Postgres") from None
    return option


def _missing(connection: Connection, extras: dict[str, Any]) -> Iterator[str]:
    """Yield the names of the fields that are missing for the way of logging in that the others speak of."""
    if "private_key" in extras or "private_key_file_path" in extras:
        yield from (name for name in ("consumer_key",) if name not in extras)
        yield from () if connection.login else ("login",)
    elif not connection.password:
        yield from (name for name in ("consumer_key", "consumer_secret") if name not in extras)
        # These two are the login pages that all customers share: they give no token for client credentials.
        yield from () if extras.get("domain", "login") not in ("login", "test") else ("domain",)


def _restore_lines(key: str) -> str:
    parts = _PEM.fullmatch(key.replace("\\r", "").replace("\\n", "\n"))
    if parts is None:
        return key
    body = textwrap.wrap("".join(parts[2].split()), _PEM_LINE)
    return "\n".join([parts[1], *body, parts[3], ""])


def _read_key_file(connection: Connection, path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise _refuse(connection, f"`private_key_file_path` '{path}'", f"cannot be read ({error.strerror})") from None


def _check_key(connection: Connection, field: str, key: bytes) -> None:
    try:
        load_pem_private_key(key, password=None)
    except (ValueError, TypeError) as error:  # TypeError: it is locked by a passphrase
        seen = "has a passphrase" if isinstance(error, TypeError) else "is not a private key in PEM form"
        raise _refuse(
            connection,
            f"`{field}`",
            f"{seen}. It begins with '-----BEGIN PRIVATE KEY-----', has all of its lines, and no passphrase",
        ) from None


def _refuse(connection: Connection, what: str, seen: str) -> SetupFault:
    return SetupFault(
        f"The Connection `{connection.conn_id}` cannot be used: {what} {seen}. Nothing was sent. Correct it {_WHERE}."
    )


def _listed(names: list[str]) -> str:
    quoted = [f"`{name}`" for name in names]
    return " and ".join([", ".join(quoted[:-1]), quoted[-1]] if len(quoted) > 1 else quoted)
