"""The containers' health check: is the process in here ready? Exit status 0 or 1. Standard library only."""

import os
import sys
import urllib.error
import urllib.request

PATIENCE = 3
"""Seconds; shorter than the check's own time limit."""

try:
    port = int(os.environ["ATELIER_PORT"])
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/health/ready", timeout=PATIENCE) as answer:
        sys.exit(0 if answer.status == 200 else 1)  # noqa: PLR2004 - HTTP's OK
except (urllib.error.URLError, TimeoutError) as error:
    sys.exit(f"not ready: {error}")
