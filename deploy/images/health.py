"""The containers' health check: is the process in here ready? Exit status 0 or 1.

It runs every few seconds in every container, so it loads nothing that it can do without: `python -I -S /health.py`.
"""

import os
import socket
import sys

PATIENCE = 3.0
"""Seconds; shorter than the check's own time limit."""

try:
    with socket.create_connection(("127.0.0.1", int(os.environ["ATELIER_PORT"])), PATIENCE) as connection:
        connection.sendall(b"GET /health/ready HTTP/1.0\r\nHost: localhost\r\n\r\n")
        status = connection.makefile("rb").readline()
except OSError as error:
    sys.exit(f"not ready: {error}")
sys.exit(0 if b" 200 " in status else f"not ready: {status.decode(errors='replace').strip()}")
