"""Processes that live and die together, and leave nothing behind.

Each service is the leader of a session of its own. Airflow puts tasks into process groups of their own, so a group does
not hold all that a service has started, but its session does.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any, Self

import psutil

GRACE_S = 12
LAST_LINES = 15

TIED_TO_PARENT = """
import ctypes, os, signal, sys
if sys.platform == "linux":
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG
    if os.getppid() != int(sys.argv[1]): sys.exit("the process that should watch over this one is gone")
os.execvp(sys.argv[2], sys.argv[2:])
"""
"""Lets Linux end a service when its supervisor is killed with -9. Said by the service itself before it becomes its
command, as Python between fork and exec (`preexec_fn`) is not safe in a process with threads."""


@dataclass(frozen=True)
class Service:
    """One process to run."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]


class ServiceFailed(RuntimeError):
    """A service ended by itself or did not become ready; the message holds the last lines of its log."""


class Services:
    """The services of a `with` block: when it ends, for whatever reason, so do they and all that they started.

    Inside the block a service that ends by itself raises `ServiceFailed` in the main thread at once, wherever that is,
    and SIGTERM and SIGHUP raise SystemExit, as Ctrl-C raises KeyboardInterrupt.
    """

    def __init__(self, logs: Path, *, grace_s: float = GRACE_S) -> None:
        self._logs = logs
        self._grace_s = grace_s
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._to_end: set[str] = set()
        self._last_acts: list[Callable[[], object]] = []
        self._handlers: dict[int, Any] = {}
        self._held: list[int] | None = None

    def __enter__(self) -> Self:
        self._logs.mkdir(parents=True, exist_ok=True)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGCHLD):
            # nohup ignores SIGHUP, and that stays so. A shell ignores SIGINT for a job in the background, but whoever
            # sends it to this process means it.
            if number != signal.SIGHUP or signal.getsignal(number) is not signal.SIG_IGN:
                self._handlers[number] = signal.signal(number, self._on_signal)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._held = []
        try:
            self._stop()
            for act in reversed(self._last_acts):
                act()
        finally:
            for number, handler in self._handlers.items():
                signal.signal(number, handler)

    def start(self, service: Service) -> None:
        """Start a service that is to run until the block ends; what it prints goes to a log of its own."""
        self._held = []  # a signal between the fork and the next line would leave an orphan
        self._processes[service.name] = self._open(service)
        held, self._held = self._held, None
        for number in held:
            self._act_on(number)

    def run(self, service: Service, *, timeout_s: float) -> None:
        """Run a service that is to end by itself.

        Raises:
            ServiceFailed: it ended with another status than 0, or not in time.
        """
        self._to_end.add(service.name)
        self.start(service)
        process = self._processes[service.name]
        self.wait_until(lambda: process.poll() is not None, name=service.name, timeout_s=timeout_s)
        if process.returncode != 0:
            raise ServiceFailed(self._obituary(service.name, process.returncode))

    def at_end(self, act: Callable[[], object]) -> None:
        """Call `act` when the block ends, after all services: for what they need until their last moment."""
        self._last_acts.append(act)

    def check(self) -> None:
        """Raise if a service that should run has ended.

        Raises:
            ServiceFailed: one of them has ended.
        """
        for name, process in self._processes.items():
            if name not in self._to_end and process.poll() is not None:
                raise ServiceFailed(self._obituary(name, process.returncode))

    def wait_until(self, is_ready: Callable[[], bool], *, name: str, timeout_s: float) -> None:
        """Wait until `is_ready`, which is asked five times a second.

        Raises:
            ServiceFailed: a service ended meanwhile, or `name` was not ready in time.
        """
        deadline = time.monotonic() + timeout_s
        while not is_ready():
            self.check()
            if time.monotonic() > deadline:
                raise ServiceFailed(f"{name} was not ready after {timeout_s:.0f} s. {self._last_lines(name)}")
            time.sleep(0.2)

    def _open(self, service: Service) -> subprocess.Popen[bytes]:
        with self._log_of(service.name).open("wb") as log:
            return subprocess.Popen(
                [sys.executable, "-I", "-S", "-c", TIED_TO_PARENT, str(os.getpid()), *service.command],
                env=dict(service.environment),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        if self._held is None:
            self._act_on(number)
        else:
            self._held.append(number)

    def _act_on(self, number: int) -> None:
        if number == signal.SIGCHLD:
            self.check()
        elif number == signal.SIGINT:
            raise KeyboardInterrupt
        else:
            raise SystemExit(128 + number)

    def _stop(self) -> None:
        """Send SIGTERM, so that each can end in order; SIGKILL to what is left after the grace or a second Ctrl-C."""
        for process in self._processes.values():
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGTERM)
        deadline = time.monotonic() + self._grace_s
        while self._survivors() and time.monotonic() < deadline and not self._is_hurried():
            time.sleep(0.1)
        while survivors := self._survivors():
            for survivor in survivors:
                with contextlib.suppress(psutil.NoSuchProcess):
                    survivor.kill()
            time.sleep(0.05)

    def _survivors(self) -> list[psutil.Process]:
        """Return the live processes of the services' sessions: they themselves and whatever they started."""
        sessions = {process.pid for process in self._processes.values()}
        for process in self._processes.values():
            process.poll()
        found = []
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.NoSuchProcess, ProcessLookupError, PermissionError):
                if os.getsid(process.pid) in sessions and process.status() != psutil.STATUS_ZOMBIE:
                    found.append(process)
        return found

    def _is_hurried(self) -> bool:
        return any(number != signal.SIGCHLD for number in self._held or ())

    def _obituary(self, name: str, status: int) -> str:
        how = f"signal {-status}" if status < 0 else f"exit status {status}"
        return f"{name} ended by itself ({how}). {self._last_lines(name)}"

    def _last_lines(self, name: str) -> str:
        log = self._log_of(name)
        lines = log.read_text(errors="replace").splitlines()[-LAST_LINES:] if log.exists() else []
        return "\n".join([f"The end of {log}:", *(lines or ["(it is empty)"])])

    def _log_of(self, name: str) -> Path:
        return self._logs / f"{name}.log"
