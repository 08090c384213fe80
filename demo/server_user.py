"""The system user that Postgres runs as when root starts it, and the places that this user can reach.

Postgres refuses to run as root. The user that root lends the server to must be able to enter every folder above the
data and above the programs; a checkout under root's private home is out of its reach. Opening that home to everybody
would be a bad trade for a demo, so what the server needs then lives below `OUTSIDE`.
"""

from __future__ import annotations

import hashlib
import os
import pwd
import shutil
import stat
import subprocess
from collections.abc import Sequence
from functools import cache
from pathlib import Path

NAME = "embedded_postgres"
OUTSIDE = Path("/var/lib/closedwon")

_READ = stat.S_IRGRP | stat.S_IROTH
_ENTER = stat.S_IXGRP | stat.S_IXOTH


@cache
def server_ids() -> tuple[int, int] | None:
    """Return user and group id for the server; None where this process, not being root, can run it itself.

    Raises:
        RuntimeError: the user does not exist and this system has no program to add it.
    """
    if os.geteuid() != 0:
        return None
    try:
        entry = pwd.getpwnam(NAME)
    except KeyError:
        _add_user()
        entry = pwd.getpwnam(NAME)
    return entry.pw_uid, entry.pw_gid


def run_as_server_user(*command: str | Path, keep_output: bool = True) -> subprocess.CompletedProcess[str]:
    """Run `command` from "/" as the server's user, and return how it ended, with its output as `stdout` if kept."""
    ids = server_ids()
    return subprocess.run(
        [str(part) for part in command],
        user=ids[0] if ids else None,
        group=ids[1] if ids else None,
        extra_groups=[] if ids else None,
        cwd="/",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE if keep_output else subprocess.DEVNULL,
        stderr=subprocess.STDOUT,
        start_new_session=True,  # Ctrl-C at the terminal is for us; we then end the server in order
        text=True,
        check=False,
    )


def lend(path: Path) -> None:
    """Give `path` to the server's user, where that is another one."""
    ids = server_ids()
    if ids:
        os.chown(path, *ids)


def require_own(path: Path) -> None:
    """Refuse data that another user's run has made.

    Raises:
        PermissionError: `path` exists and belongs to neither the server's user nor this process's.
    """
    mine = (server_ids() or (os.geteuid(), None))[0]
    if path.exists() and path.stat().st_uid != mine:
        owner = path.stat().st_uid
        raise PermissionError(
            f"The database files in {path} belong to user id {owner}, and this server would run as user id {mine};"
            " Postgres refuses that. Run this as the user that ran it before, or remove them with 'make clean'."
        )


def reachable_data(wanted: Path) -> Path:
    """Return `wanted` itself when the server's user can get there, else a folder of root's below `OUTSIDE`.

    The other folder depends on `wanted` alone, so that the same checkout finds its data again; a symbolic link at
    `wanted` leads to it, for people and for `make clean`.
    """
    wanted.parent.mkdir(parents=True, exist_ok=True)
    place = wanted if _can_enter(wanted.parent) else _outside(wanted)
    if wanted.is_symlink():
        wanted.unlink()
    if place != wanted:
        wanted.symlink_to(place, target_is_directory=True)
    return place


def reachable_copy(folders: Sequence[Path], name: str, *, beside: Path) -> Path:
    """Return the folder that holds `folders` side by side: their own, or `name` beside the data, with copies of them.

    They are copied when the server's user cannot read all of them. They keep their places towards each other, as the
    programs of a wheel find their libraries by the way from one to the other. The copies can be read by everybody,
    whatever umask they were installed under, and changed by root alone.
    """
    if all(_can_read(folder) for folder in folders):
        return folders[0].parent
    copy = beside.parent / name
    if not copy.exists():
        unfinished = copy.with_name(f"{name}.unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        for folder in folders:
            shutil.copytree(folder, unfinished / folder.name, symlinks=True)
        for path in (unfinished, *unfinished.rglob("*")):
            _open_to_all(path)
        unfinished.rename(copy)
    return copy


def _outside(wanted: Path) -> Path:
    """Return the folder below `OUTSIDE` that stands for `wanted`; only root can have made what lies there."""
    place = OUTSIDE / _short(wanted.parent.resolve() / wanted.name) / "postgres"
    place.parent.mkdir(parents=True, exist_ok=True)
    for folder in (OUTSIDE, place.parent):
        folder.chmod(0o711)
    return place


def _can_enter(folder: Path) -> bool:
    return server_ids() is None or run_as_server_user("/bin/sh", "-c", 'cd -- "$0"', folder).returncode == 0


def _can_read(folder: Path) -> bool:
    """Return whether the server's user can read all that is in `folder`; an install under umask 077 prevents it."""
    if server_ids() is None:
        return True
    return _can_enter(folder) and all(_is_open_to_all(path) for path in folder.rglob("*"))


def _is_open_to_all(path: Path) -> bool:
    needed = _READ | _ENTER if path.is_dir() else _READ
    return path.is_symlink() or path.stat().st_mode & needed == needed


def _open_to_all(path: Path) -> None:
    if not path.is_symlink():
        mode = path.stat().st_mode
        path.chmod(mode | _READ | (_ENTER if mode & stat.S_IXUSR else 0))


def _short(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:12]


def _add_user() -> None:
    commands = (
        ("useradd", "--system", "--shell", "/usr/sbin/nologin", NAME),
        ("adduser", "-S", "-D", "-H", NAME),  # BusyBox, as on Alpine
    )
    said = []
    for command in commands:
        if program := shutil.which(command[0]):
            ended = subprocess.run([program, *command[1:]], capture_output=True, text=True, check=False)
            if ended.returncode == 0:
                return
            said.append(f"{command[0]}: {ended.stderr.strip()}")
    raise RuntimeError(
        f"Postgres refuses to run as root, and the user '{NAME}' to run it as could not be added"
        f" ({'; '.join(said) or 'this system has neither useradd nor adduser'})."
        " Run this as an ordinary user, or give the address of a Postgres of yours in DATABASE_URL."
    )
