"""TCP ports on the loopback interface."""

import contextlib
import errno
import random
import socket
from pathlib import Path

from deploy.embedded.errors import LaunchError

LOOPBACK = "127.0.0.1"
FIRST = 10_000
OUTGOING = Path("/proc/sys/net/ipv4/ip_local_port_range")
ATTEMPTS = 1000


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on, and that no outgoing connection is given.

    A server that is away for a while finds its port free when it comes back: clients that try to reach it meanwhile cannot be given
    the very port that they ask for, nor can anybody else's connection.
    """
    candidates = range(FIRST, max(FIRST + 1, _first_outgoing()))
    with contextlib.ExitStack() as held:  # all are held until the last is found, so that they differ
        return [_hold_one(held, candidates) for _ in range(count)]


def _hold_one(held: contextlib.ExitStack, candidates: range) -> int:
    each = held.enter_context(socket.socket())
    for _ in range(ATTEMPTS):
        with contextlib.suppress(OSError):
            each.bind((LOOPBACK, random.choice(candidates)))  # noqa: S311  # keeps processes apart, guards nothing
            return int(each.getsockname()[1])
    each.bind((LOOPBACK, 0))  # a machine that leaves no room below its outgoing connections
    return int(each.getsockname()[1])


def _first_outgoing() -> int:
    """Where the range begins from which the system takes ports for outgoing connections; where that is not told, where it usually does."""
    try:
        return int(OUTGOING.read_text().split()[0])
    except (OSError, ValueError, IndexError):
        return 32_768


def require_free_port(port: int, *, setting: str) -> None:
    """Refuse a port that another program uses. `setting` is what the person can change, such as PORT=8001."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError as error:
            if error.errno == errno.EACCES:
                raise LaunchError(f"Port {port} needs privileges.", way_out=f"choose one above 1023: {setting}") from None
            raise LaunchError(
                f"Port {port} is taken by another program.",
                way_out=f"stop that program, or choose another port: {setting}",
            ) from None
