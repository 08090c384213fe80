"""Airflow's own hook around our session, in a process of its own: Airflow reads its settings once, at import."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from localorg.server import RunningOrg

PROJECT = Path(__file__).resolve().parents[2]
PROGRAM = """
import sys
from airflow.providers.salesforce.hooks.salesforce import SalesforceHook
from closedwon.salesforce.limits import read_limits
from closedwon.salesforce.session import open_session
session = open_session(login_host=sys.argv[1])
sf = SalesforceHook("salesforce", session=session).get_conn()
print(read_limits(sf)["DailyApiRequests"].maximum, sf.sf_version, session.calls)
"""


def test_the_hook_of_an_airflow_connection_talks_to_the_org_through_our_session(
    org: RunningOrg, tmp_path: Path
) -> None:
    extra = {"consumer_key": "closedwon", "consumer_secret": "local-only", "domain": "localorg", "version": "62.0"}
    environment = {
        **os.environ,
        "AIRFLOW_HOME": str(tmp_path / "airflow"),
        "AIRFLOW_CONN_SALESFORCE": json.dumps({"conn_type": "salesforce", "extra": extra}),
        "PYTHONPATH": str(PROJECT / "plugins"),
    }

    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, org.base_url], env=environment, capture_output=True, text=True, check=False
    )

    assert done.stdout.splitlines()[-1:] == ["100000 62.0 1"], done.stderr
