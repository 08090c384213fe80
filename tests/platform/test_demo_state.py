from __future__ import annotations

import os
import socket
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from demo.ports import choose_ports
from demo.state import StateInUse, hold_state, keep_secrets


def test_a_second_demo_in_one_folder_is_refused_with_the_process_that_holds_it(tmp_path: Path) -> None:
    refused = pytest.raises(StateInUse, match=rf"Process {os.getpid()} already runs a demo")

    with hold_state(tmp_path), refused, hold_state(tmp_path):
        pass


def test_the_hold_ends_with_its_process_however_it_ends(project: Path, tmp_path: Path) -> None:
    code = "import os, pathlib, sys\nfrom demo.state import hold_state\n"
    code += "with hold_state(pathlib.Path(sys.argv[1])): os.kill(os.getpid(), 9)"
    ended = subprocess.run([sys.executable, "-c", code, str(tmp_path)], cwd=project, check=False)

    with hold_state(tmp_path):
        assert ended.returncode == -9


def test_secrets_are_made_once_and_for_their_owner_alone(tmp_path: Path) -> None:
    made = keep_secrets(tmp_path)

    assert keep_secrets(tmp_path) == made
    assert stat.S_IMODE((tmp_path / "secrets.json").stat().st_mode) == 0o600


def test_secrets_do_not_show_in_a_traceback(tmp_path: Path) -> None:
    made = keep_secrets(tmp_path)

    assert made.jwt not in repr(made)
    assert made.postgres not in repr(made)


def test_a_taken_port_is_replaced_and_a_free_one_kept() -> None:
    with socket.socket() as listener, socket.socket() as probe:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        probe.bind(("127.0.0.1", 0))
        taken, free = listener.getsockname()[1], probe.getsockname()[1]
        probe.close()

        ports = choose_ports({"airflow": taken, "org": free})

    assert ports["org"] == free
    assert ports["airflow"] not in (taken, free)


def test_two_parts_never_share_a_port() -> None:
    ports = choose_ports(dict.fromkeys("abcdef", 0))

    assert len(set(ports.values())) == 6


def test_a_folder_of_data_that_is_not_there_is_named_before_anything_starts(project: Path) -> None:
    command = [sys.executable, "-m", "demo", "--once", "--data", "no such folder"]
    ended = subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)

    assert ended.returncode == 2
    assert "'no such folder' is not a folder" in ended.stderr
