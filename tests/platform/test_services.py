from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from demo.services import Service, ServiceFailed, Services

Make = Callable[..., Service]

ENDLESS = "import signal; signal.pause()"
SAYS_PID_THEN_STAYS = (
    "import os, pathlib, signal, sys; pathlib.Path(sys.argv[1]).write_text(str(os.getpid())); signal.pause()"
)
DEAF_WITH_CHILD_IN_OWN_GROUP = """
import pathlib, signal, subprocess, sys
signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"], process_group=0)
pathlib.Path(sys.argv[1]).write_text(str(child.pid))
signal.pause()
"""
SUPERVISOR = """
import os, pathlib, signal, sys
from demo.services import Service, Services
with Services(pathlib.Path(sys.argv[1])) as services:
    services.start(Service("part", [sys.executable, "-c", sys.argv[3], sys.argv[2]], dict(os.environ)))
    pid = pathlib.Path(sys.argv[2])
    services.wait_until(lambda: pid.exists() and pid.read_text() != "", name="part", timeout_s=30)
    print("ready", flush=True)
    signal.pause()
"""


def wait_for(services: Services, file: Path) -> int:
    services.wait_until(lambda: file.exists() and file.read_text() != "", name="the file", timeout_s=30)
    return int(file.read_text())


def supervised_elsewhere(project: Path, folder: Path) -> tuple[subprocess.Popen[str], psutil.Process]:
    """A process that supervises one service, and that service."""
    command = [sys.executable, "-c", SUPERVISOR, str(folder / "logs"), str(folder / "pid"), SAYS_PID_THEN_STAYS]
    supervisor = subprocess.Popen(command, cwd=project, stdout=subprocess.PIPE, text=True)
    assert supervisor.stdout is not None
    assert supervisor.stdout.readline() == "ready\n"
    return supervisor, psutil.Process(int((folder / "pid").read_text()))


def test_services_end_with_the_block(tmp_path: Path, python_service: Make) -> None:
    with Services(tmp_path) as services:
        services.start(python_service("one", SAYS_PID_THEN_STAYS, tmp_path / "one"))
        services.start(python_service("two", SAYS_PID_THEN_STAYS, tmp_path / "two"))
        pids = [wait_for(services, tmp_path / name) for name in ("one", "two")]

    assert not any(psutil.pid_exists(pid) for pid in pids)


def test_what_a_service_has_started_ends_even_in_a_group_of_its_own_and_under_a_deaf_parent(
    tmp_path: Path, python_service: Make
) -> None:
    with Services(tmp_path, grace_s=0.2) as services:
        services.start(python_service("deaf", DEAF_WITH_CHILD_IN_OWN_GROUP, tmp_path / "child"))
        child = psutil.Process(wait_for(services, tmp_path / "child"))

    assert not child.is_running() or child.status() == psutil.STATUS_ZOMBIE


def test_a_service_that_ends_by_itself_is_named_at_once_with_the_end_of_its_log(
    tmp_path: Path, python_service: Make
) -> None:
    named = pytest.raises(ServiceFailed, match=r"org ended by itself \(exit status 3\)(?s:.*)the port is taken")

    with named, Services(tmp_path) as services:
        services.start(python_service("airflow", ENDLESS))
        services.start(python_service("org", "import sys; print('the port is taken'); sys.exit(3)"))
        threading.Event().wait(60)


def test_a_service_that_is_not_ready_in_time_is_named(tmp_path: Path, python_service: Make) -> None:
    with Services(tmp_path) as services:
        services.start(python_service("slow", ENDLESS))
        with pytest.raises(ServiceFailed, match=r"slow was not ready after 0 s"):
            services.wait_until(lambda: False, name="slow", timeout_s=0)


def test_a_job_may_end_and_only_its_failure_is_an_error(tmp_path: Path, python_service: Make) -> None:
    with Services(tmp_path) as services:
        services.run(python_service("good", "print('done')"), timeout_s=30)
        services.check()
        with pytest.raises(ServiceFailed, match=r"bad ended by itself \(exit status 1\)(?s:.*)no such table"):
            services.run(python_service("bad", "raise SystemExit('no such table')"), timeout_s=30)


def test_what_services_need_to_the_last_ends_after_them(tmp_path: Path, python_service: Make) -> None:
    alive_at_the_end: list[bool] = []
    with Services(tmp_path) as services:
        services.start(python_service("one", SAYS_PID_THEN_STAYS, tmp_path / "one"))
        pid = wait_for(services, tmp_path / "one")
        services.at_end(lambda: alive_at_the_end.append(psutil.pid_exists(pid)))

    assert alive_at_the_end == [False]


@pytest.mark.parametrize(("number", "status"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_a_signal_to_the_supervisor_ends_its_services_first(
    project: Path, tmp_path: Path, number: signal.Signals, status: int
) -> None:
    before = signal.signal(number, signal.SIG_DFL)  # under nohup one is ignored, and the supervisor leaves it so
    try:
        supervisor, service = supervised_elsewhere(project, tmp_path)
    finally:
        signal.signal(number, before)

    supervisor.send_signal(number)

    assert supervisor.wait(30) == status
    assert not service.is_running()


@pytest.mark.parametrize("at_start", [signal.default_int_handler, signal.SIG_IGN], ids=["foreground", "background"])
def test_ctrl_c_ends_the_services_first_also_where_it_was_ignored_at_the_start(
    project: Path, tmp_path: Path, at_start: Any
) -> None:
    before = signal.signal(signal.SIGINT, at_start)
    try:
        supervisor, service = supervised_elsewhere(project, tmp_path)
    finally:
        signal.signal(signal.SIGINT, before)

    supervisor.send_signal(signal.SIGINT)

    assert supervisor.wait(30) != 0
    assert not service.is_running()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process that its parent is gone")
def test_services_end_though_their_supervisor_was_killed(project: Path, tmp_path: Path) -> None:
    supervisor, service = supervised_elsewhere(project, tmp_path)

    supervisor.kill()
    supervisor.wait(30)

    _, alive = psutil.wait_procs([service], timeout=30)
    assert alive == []


def test_signals_mean_after_the_block_what_they_meant_before(tmp_path: Path) -> None:
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGCHLD)
    before = [signal.getsignal(number) for number in numbers]

    with Services(tmp_path):
        pass

    assert [signal.getsignal(number) for number in numbers] == before


def test_a_service_is_the_leader_of_a_session_of_its_own(tmp_path: Path, python_service: Make) -> None:
    with Services(tmp_path) as services:
        services.start(python_service("one", SAYS_PID_THEN_STAYS, tmp_path / "one"))
        pid = wait_for(services, tmp_path / "one")

        assert os.getsid(pid) == pid != os.getsid(0)
