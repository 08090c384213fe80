"""Runs scripts under Node for tests, with the packages of tests/node, which are installed once for all workers."""

from __future__ import annotations

import fcntl
import json
import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest

PACKAGES = Path(__file__).parent / "node"
CACHE = Path(__file__).parents[1] / ".pytest_cache" / "node"
SCRIPT_TIMEOUT_S, INSTALL_TIMEOUT_S = 120, 240
NO_NETWORK = re.compile(r"ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|network", re.IGNORECASE)


def run_script(script: Path, *arguments: str, environment: Mapping[str, str] | None = None) -> Any:
    """What the script printed, which is JSON; skips the test where there is no Node, or no way to its packages.

    Raises:
        AssertionError: the script failed; the message is what it said.
    """
    modules = _install_packages()
    done = subprocess.run(
        ["node", str(script), *arguments],
        env={**os.environ, "NODE_PATH": str(modules), "NO_PROXY": "*", **(environment or {})},
        capture_output=True,
        text=True,
        timeout=SCRIPT_TIMEOUT_S,
        check=False,
    )
    assert done.returncode == 0, f"{script.name} failed:\n{done.stderr}"
    return json.loads(done.stdout)


@cache
def _install_packages() -> Path:
    """The folder of the packages, as the lock file has them."""
    for program in ("node", "npm"):
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed")
    CACHE.mkdir(parents=True, exist_ok=True)
    installed = CACHE / "installed.json"
    with (CACHE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        wanted = (PACKAGES / "package-lock.json").read_bytes()
        if not installed.exists() or installed.read_bytes() != wanted:
            for name in ("package.json", "package-lock.json", ".npmrc"):
                shutil.copy(PACKAGES / name, CACHE / name)
            _run_npm()
            installed.write_bytes(wanted)
    return CACHE / "node_modules"


def _run_npm() -> None:
    done = subprocess.run(
        ["npm", "ci", "--ignore-scripts", "--fetch-retries=1"],
        cwd=CACHE,
        capture_output=True,
        text=True,
        timeout=INSTALL_TIMEOUT_S,
        check=False,
    )
    if done.returncode != 0 and NO_NETWORK.search(done.stderr):
        pytest.skip("npm cannot reach its registry")
    assert done.returncode == 0, f"npm ci failed:\n{done.stderr}"
