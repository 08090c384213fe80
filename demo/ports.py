"""Ports on this machine: the ones people know, or free ones where those are taken."""

from __future__ import annotations

import socket
from collections.abc import Mapping

LOOPBACK = "127.0.0.1"


def choose_ports(asked: Mapping[str, int]) -> dict[str, int]:
    """Return a port for each name: the one asked for if nobody listens there, else a free one; no two are equal."""
    held: dict[str, socket.socket] = {}
    try:
        for name, port in asked.items():
            held[name] = _bind(port) or _bind_free()
        return {name: int(holder.getsockname()[1]) for name, holder in held.items()}
    finally:
        for holder in held.values():
            holder.close()


def _bind_free() -> socket.socket:
    holder = _bind(0)
    if holder is None:
        raise OSError(f"No port is free on {LOOPBACK}.")
    return holder


def _bind(port: int) -> socket.socket | None:
    """Return a socket that holds the port, or None if it is taken; a connection that is closing does not take it."""
    holder = socket.socket()
    holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        holder.bind((LOOPBACK, port))
        holder.listen(1)
    except OSError:
        holder.close()
        return None
    return holder
