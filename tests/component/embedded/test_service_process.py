"""A process of the system, and one more of its kind."""

import os
import sys
from pathlib import Path

import httpx

from deploy.embedded.ports import free_ports
from deploy.embedded.service_process import ServiceProcess

PROGRAM = """
import http.server, os
class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(os.environ["WHO"].encode())
http.server.HTTPServer(("127.0.0.1", int(os.environ["ATELIER_PORT"])), Answer).serve_forever()
"""


async def test_one_more_of_a_kind_answers_on_a_port_of_its_own(tmp_path: Path) -> None:
    first_port, second_port = free_ports(2)
    first = ServiceProcess(
        "first",
        [sys.executable, "-c", PROGRAM],
        url=f"http://127.0.0.1:{first_port}",
        environment={**os.environ, "ATELIER_PORT": str(first_port), "WHO": "the first"},
        log=tmp_path / "logs" / "first.log",
        data_directory=tmp_path,
    )
    second = first.another("second", port=second_port, environment={"WHO": "the second"})
    assert second.log == tmp_path / "logs" / "second.log"
    try:
        await first.start()
        await second.start()
        async with httpx.AsyncClient(trust_env=False) as client:
            answers = [(await client.get(process.url)).text for process in (first, second)]
        assert answers == ["the first", "the second"]
        await second.kill()
        assert (first.running, second.running) == (True, False)
    finally:
        await second.stop()
        await first.stop()
