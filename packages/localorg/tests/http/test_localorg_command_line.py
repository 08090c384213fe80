from __future__ import annotations

import re
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests
from simple_salesforce import Salesforce

from localorg.__main__ import main
from localorg.server import running_org

README = Path(__file__).parents[2] / "README.md"


@contextmanager
def command(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], list[str]]]:
    """A running `python -m localorg`, and what it printed up to its ready line."""
    process = subprocess.Popen(
        [sys.executable, "-m", "localorg", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        lines: list[str] = []
        for line in process.stdout:
            lines.append(line.strip())
            if "localorg ready at" in line:
                break
        yield process, lines
    finally:
        process.kill()
        process.communicate()


def address(lines: list[str]) -> str:
    return lines[-1].split(" ready at ")[1].split(" ")[0]


def log_in(url: str, **more: str) -> requests.Response:
    form = {"grant_type": "client_credentials", "client_id": "closedwon", "client_secret": "local-only", **more}
    return requests.post(f"{url}/services/oauth2/token", data=form, timeout=20)


def test_it_says_where_it_is_ready_takes_other_secrets_and_ends_in_peace_on_ctrl_c(tmp_path: Path) -> None:
    with command("--state", str(tmp_path), "--data", "none", "--secret", "other") as (process, lines):
        right, wrong = log_in(address(lines), client_secret="other"), log_in(address(lines))
        process.send_signal(signal.SIGINT)
        _, complaints = process.communicate(timeout=60)
    assert (right.status_code, wrong.status_code) == (200, 400)
    assert "1 User" in lines[-1]
    assert (process.returncode, complaints) == (0, "")


def test_its_state_outlives_sigterm_and_data_are_loaded_once(tmp_path: Path) -> None:
    (tmp_path / "Account.csv").write_text("Name\nKept\n", encoding="utf-8")
    ready_lines, statuses = [], []
    for _ in range(2):
        with command("--state", str(tmp_path / "state"), "--data", str(tmp_path)) as (process, lines):
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=60)
            ready_lines.append(lines[-1])
            statuses.append(process.returncode)
    assert statuses == [0, 0]
    assert all("(1 Account," in line for line in ready_lines)


def test_data_that_cannot_be_read_stop_it_with_the_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    missing = tmp_path / "nowhere"
    monkeypatch.setattr(sys, "argv", ["localorg", "--state", str(tmp_path / "state"), "--data", str(missing)])
    assert main() == 2
    assert f"localorg cannot start: '{missing}' is not a folder" in capsys.readouterr().err


def test_a_public_key_that_is_not_there_stops_it_with_the_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    missing = tmp_path / "public.pem"
    monkeypatch.setattr(sys, "argv", ["localorg", "--state", str(tmp_path / "state"), "--public-key", str(missing)])
    assert main() == 2
    assert str(missing) in capsys.readouterr().err
    assert not (tmp_path / "state").exists()


def test_the_readme_names_every_option_and_its_example_works(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    readme = README.read_text(encoding="utf-8")
    monkeypatch.setattr(sys, "argv", ["localorg", "--help"])
    with pytest.raises(SystemExit):
        main()
    options = set(re.findall(r"--[a-z-]+", capsys.readouterr().out)) - {"--help"}
    assert {option for option in options if f"`{option}" not in readme} == set()

    (example,) = re.findall(r"```python\nimport requests\n(.*?)```", readme, re.DOTALL)
    (tmp_path / "Account.csv").write_text("Name,Industry\nCuzco,Llama Farming\n", encoding="utf-8")
    with running_org(tmp_path / "state", data=tmp_path, tls=True) as org:
        example = example.replace("https://localhost:8443", org.base_url).replace(
            ".localorg/tls/ca.pem", str(org.ca_file)
        )
        exec(f"import requests\n{example}", {})
    assert "Cuzco belongs to " in capsys.readouterr().out


def test_simple_salesforce_works_over_https_with_the_ca_of_the_org(tmp_path: Path) -> None:
    with running_org(tmp_path, tls=True) as org:
        session = requests.Session()
        session.trust_env, session.verify = False, str(org.ca_file)
        sf = Salesforce(instance_url=org.base_url, session_id=org.access_token(), session=session)
        record_id = sf.Account.create({"Name": "Over TLS"})["id"]
        told = session.post(
            f"{org.base_url}/services/oauth2/token",
            data={"grant_type": "client_credentials", "client_id": "closedwon", "client_secret": "local-only"},
            timeout=20,
        ).json()
        names = {org.base_url, told["instance_url"], told["id"].partition("/id/")[0]}
        assert sf.Account.get(record_id)["Name"] == "Over TLS"
        assert len(names) == 1
        assert org.base_url.startswith("https://localhost:")
        with pytest.raises(requests.exceptions.SSLError):
            requests.get(f"{org.base_url}/services/data", timeout=20, verify=True)


def test_private_keys_are_for_their_owner_alone_and_that_of_the_ca_is_not_kept(tmp_path: Path) -> None:
    with running_org(tmp_path, tls=True) as first:
        ca = first.ca_file.read_bytes() if first.ca_file else b""
    with running_org(tmp_path, tls=True) as second:
        again = second.ca_file.read_bytes() if second.ca_file else b""
    keys = [file for file in (tmp_path / "tls").iterdir() if b"PRIVATE KEY" in file.read_bytes()]
    assert ca == again != b""
    assert [(file.name, stat.S_IMODE(file.stat().st_mode)) for file in keys] == [("server.key", 0o600)]
