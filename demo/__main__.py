"""`python -m demo`: starts everything, runs the main job once around, and stays until Ctrl-C."""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import os
import re
import shlex
import signal
import sys
from pathlib import Path

from rich.console import Console

from demo.activity import Activity
from demo.airflow_api import AirflowApiError
from demo.airflow_environment import PROJECT
from demo.databases import DatabaseMissing
from demo.postgres import PostgresFailed
from demo.round import RoundFailed, run_round
from demo.services import ServiceFailed
from demo.state import StateInUse
from demo.supervisor import Running, Supervisor

EXPECTED = (AirflowApiError, DatabaseMissing, PermissionError, PostgresFailed, RoundFailed, ServiceFailed, StateInUse)
"""Errors whose text says all that a person needs; of any other the traceback is shown."""


def main() -> int:
    """Run the demo; return the exit status: 0 where the round ended in parity, 1 where it did not or could not run."""
    asked = _arguments()
    console = Console(width=None if sys.stdout.isatty() else 120)
    try:
        state = asked.state or _state_for(asked.data, asked.mappings)
        folders = {"data": asked.data, "mappings": asked.mappings}
        with Activity(console) as activity, Supervisor(state, **folders, activity=activity) as running:
            is_in_parity = run_round(running, activity) if asked.once else show_round(running, activity)
            if not asked.once:
                _stay(running, activity)
    except KeyboardInterrupt:
        return 130
    except EXPECTED as error:
        console.print(str(error), style="red", markup=False, highlight=False, soft_wrap=True)
        return 1
    return 0 if is_in_parity else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m demo", description=__doc__)
    parser.add_argument("--once", action="store_true", help="stop after the round; status 0 only if it ends in parity")
    parser.add_argument("--data", type=_folder, help="the records that the org begins with (a folder)")
    parser.add_argument("--mappings", type=_folder, help="the mapping files, such as include/mappings/presets/bigtime")
    parser.add_argument("--state", type=Path, help="where everything is kept between two starts (default: .demo)")
    return parser.parse_args()


def _folder(text: str) -> Path:
    folder = Path(text).expanduser()
    if not folder.is_dir():
        raise argparse.ArgumentTypeError(f"'{text}' is not a folder (seen from {Path.cwd()})")
    return folder.resolve()


def _state_for(*folders: Path | None) -> Path:
    """Return the state folder for these data and mappings: each has its own, so that no two meet in one warehouse."""
    state, given = PROJECT / ".demo", [folder for folder in folders if folder is not None]
    if not given:
        return state
    named = "_".join(folder.name for folder in given).lower()
    name = re.sub(r"[^a-z0-9]+", "_", named).strip("_")[:30]  # it becomes part of two databases' names
    return state / "data" / f"{name}_{hashlib.sha256(b':'.join(map(bytes, given))).hexdigest()[:6]}"


def show_round(running: Running, activity: Activity) -> bool:
    """Run the round, and return whether it ended in parity; of one that fails, print what failed and where to look."""
    try:
        return run_round(running, activity)
    except (AirflowApiError, RoundFailed) as error:
        page = error.page if isinstance(error, RoundFailed) else running.api_url
        for text in (
            str(error),
            f"Everything stays up, so that you can look at it: {page}",
            "The last lines of a red task's log say what was seen and what to do; the next start begins a new round.",
        ):
            activity.console.print(text, style="red", markup=False, highlight=False, soft_wrap=True)
        return False


def _stay(running: Running, activity: Activity) -> None:
    """Print where everything is, and wait for Ctrl-C, which ends the demo and is no failure."""
    with activity.resting():
        show_addresses(running, activity.console)
        with contextlib.suppress(KeyboardInterrupt):
            signal.pause()


def show_addresses(running: Running, console: Console) -> None:
    """Print where each part is and how to come in, and how to stop the demo."""
    console.print("\n[bold]Have a look[/]")
    for name, address in (
        ("Airflow", f"{running.api_url} (no login; Connections are under Admin > Connections)"),
        ("Warehouse", running.psql),
        ("Org", f"{running.org_url} (consumer key '{running.org_key}', secret '{running.org_secret}')"),
        ("Org's CA", running.org_ca_file),
        ("Commands", f". {shlex.quote(running.shell_file)}; closedwon suggest Case"),
    ):
        console.print(f" {name:<10} {address}", markup=False, highlight=False, soft_wrap=True)
    console.print(f"\nCtrl-C stops everything, and so does, from elsewhere: kill {os.getpid()}", highlight=False)
    console.print("What is there is kept for the next start.")


if __name__ == "__main__":
    sys.exit(main())
