"""A local org in a process of its own, and a client that knows nothing of it but HTTP."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import requests

VERSION = "/services/data/v67.0"
POLL_S = 0.05


class OrgClient:
    """Calls one org, and watches how much memory its process takes."""

    def __init__(self, url: str, process: int) -> None:
        self._url = url
        self._process = psutil.Process(process)
        self._http = requests.Session()
        self._http.trust_env = False
        form = {"grant_type": "client_credentials", "client_id": "closedwon", "client_secret": "local-only"}
        token = self._http.post(f"{url}/services/oauth2/token", data=form, timeout=30).json()["access_token"]
        self._http.headers["Authorization"] = f"Bearer {token}"
        self.peak_mb = 0.0

    def ingest_seconds(self, upload: Path) -> float:
        """Insert the rows by a job, and return the seconds to its end; all rows must have been written."""
        start = time.perf_counter()
        job = self._job("POST", "/jobs/ingest", {"operation": "insert", "object": "Account"})
        with upload.open("rb") as body:
            url = f"{self._url}{VERSION}/jobs/ingest/{job}/batches"
            self._http.put(url, data=body, headers={"Content-Type": "text/csv"}, timeout=120).raise_for_status()
        self._job("PATCH", f"/jobs/ingest/{job}", {"state": "UploadComplete"})
        ended = self._wait_for(f"/jobs/ingest/{job}")
        seconds = time.perf_counter() - start
        if ended["state"] != "JobComplete" or ended["numberRecordsFailed"]:
            raise RuntimeError(f"The ingest job did not go well: {ended}")
        return seconds

    def query_job(self, soql: str) -> tuple[str, float]:
        """Run a query job, and return it complete with the seconds that it took."""
        start = time.perf_counter()
        job = self._job("POST", "/jobs/query", {"operation": "query", "query": soql})
        self._wait_for(f"/jobs/query/{job}")
        return job, time.perf_counter() - start

    def read_seconds(self, job: str, *, encoding: str) -> float:
        """Return the seconds to read all result pages of a job."""
        start = time.perf_counter()
        locator = ""
        while locator != "null":
            url = f"{self._url}{VERSION}/jobs/query/{job}/results"
            headers = {"Accept": "text/csv", "Accept-Encoding": encoding}
            with self._http.get(url, params={"locator": locator}, headers=headers, timeout=120, stream=True) as page:
                page.raise_for_status()
                for _ in page.iter_content(1 << 18):
                    pass
                locator = page.headers["Sforce-Locator"]
            self._look_at_memory()
        return time.perf_counter() - start

    def ids(self, number: int) -> list[str]:
        """Return the ids of some accounts."""
        params = {"q": f"SELECT Id FROM Account LIMIT {number}"}
        found = self._http.get(f"{self._url}{VERSION}/query", params=params, timeout=30).json()
        return [record["Id"] for record in found["records"]]

    def point_read_ms(self, ids: list[str]) -> list[float]:
        """Return the milliseconds of reading each record."""
        taken = []
        for record_id in ids:
            start = time.perf_counter()
            self._http.get(f"{self._url}{VERSION}/sobjects/Account/{record_id}", timeout=30).raise_for_status()
            taken.append((time.perf_counter() - start) * 1000)
        return taken

    def forget_peak(self) -> None:
        self.peak_mb = 0.0
        self._look_at_memory()

    def _job(self, method: str, path: str, body: dict[str, str]) -> str:
        answer = self._http.request(method, f"{self._url}{VERSION}{path}", json=body, timeout=30)
        answer.raise_for_status()
        return str(answer.json()["id"])

    def _wait_for(self, path: str) -> dict[str, object]:
        while True:
            told: dict[str, object] = self._http.get(f"{self._url}{VERSION}{path}", timeout=30).json()
            self._look_at_memory()
            if told["state"] in ("JobComplete", "Failed", "Aborted"):
                return told
            time.sleep(POLL_S)

    def _look_at_memory(self) -> None:
        self.peak_mb = max(self.peak_mb, self._process.memory_info().rss / 1_048_576)


@contextmanager
def served_org(state: Path, objects: Path) -> Iterator[OrgClient]:
    """Serve an org without data until the block ends."""
    command = [sys.executable, "-m", "localorg", "--state", str(state), "--objects", str(objects), "--data", "none"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        said = iter(process.stdout or ())
        ready = next(line for line in said if line.startswith("localorg ready at "))
        yield OrgClient(ready.split()[3], process.pid)
    finally:
        process.terminate()
        process.wait()
