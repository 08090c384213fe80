"""The folder that one demo keeps its state in: one demo at a time, and secrets that are made once."""

from __future__ import annotations

import base64
import fcntl
import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path


class StateInUse(RuntimeError):
    """Another process runs a demo in this state folder."""


@dataclass(frozen=True)
class Secrets:
    """What nobody but this machine's demo needs to know."""

    jwt: str = field(default_factory=lambda: secrets.token_urlsafe(64), repr=False)
    fernet: str = field(default_factory=lambda: base64.urlsafe_b64encode(os.urandom(32)).decode(), repr=False)
    postgres: str = field(default_factory=lambda: secrets.token_urlsafe(24), repr=False)


@contextmanager
def hold_state(state: Path) -> Iterator[None]:
    """Keep `state` for this process until the block ends, or the process, however it ends.

    Raises:
        StateInUse: another process has it; the message says which.
    """
    state.mkdir(parents=True, exist_ok=True)
    with (state / "lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise StateInUse(
                f"Process {lock.read().strip() or '(unknown)'} already runs a demo in {state}; two would fight over its"
                " databases. Stop that one, or give this one a folder of its own with --state."
            ) from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


def keep_secrets(state: Path) -> Secrets:
    """Return the secrets of this state folder; made at first use, readable by their owner alone."""
    file = state / "secrets.json"
    if file.exists():
        return Secrets(**json.loads(file.read_text()))
    made = Secrets()
    write_private(file, json.dumps(asdict(made)))
    return made


def write_private(file: Path, text: str) -> None:
    """Write `text` into a file that nobody but its owner could read at any moment."""
    unfinished = file.with_name(f"{file.name}.unfinished")
    unfinished.unlink(missing_ok=True)
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as opened:
        opened.write(text)
    unfinished.replace(file)
