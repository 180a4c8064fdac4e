"""TCP ports on the loopback interface."""

import errno
import socket

from deploy.embedded.errors import LaunchError

LOOPBACK = "127.0.0.1"


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on. All are held open until the last is found, so that they differ."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind((LOOPBACK, 0))
        return [int(each.getsockname()[1]) for each in sockets]
    finally:
        for each in sockets:
            each.close()


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
