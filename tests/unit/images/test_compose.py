"""What is read out of `docker compose`, and what a stop is judged by."""

import pytest

from deploy.demo.compose_system import stopped_badly
from deploy.images.compose import WITHOUT_DOCKER, Container, read_containers, way_out_of

LINES = """\
{"Service":"postgres","State":"exited","ExitCode":0,"Health":""}
{"Service":"front-door","State":"running","ExitCode":0,"Health":"healthy"}
"""


def test_containers_are_read_as_lines_or_as_a_list() -> None:
    expected = [Container("front-door", "running", 0), Container("postgres", "exited", 0)]
    assert read_containers(LINES) == expected
    assert read_containers("[" + ",".join(LINES.splitlines()) + "]") == expected
    assert read_containers("\n") == []


@pytest.mark.parametrize(
    ("container", "told"),
    [
        (Container("registration-web", "exited", 0), []),
        (Container("registration-web", "exited", 137), ["registration-web (exited, 137)"]),
        (Container("notifications-worker", "exited", 143), ["notifications-worker (exited, 143)"]),
        (Container("mailbox", "running", 0), ["mailbox (running, 0)"]),
        (Container("kafka", "exited", 143), []),
    ],
    ids=["drained", "cut off", "ended by the signal", "still there", "not ours"],
)
def test_a_stop_is_in_order_only_if_our_processes_end_well(container: Container, told: list[str]) -> None:
    assert stopped_badly([container, Container("prepare", "exited", 0)]) == told


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?", WITHOUT_DOCKER),
        ("docker: 'compose' is not a docker command.", WITHOUT_DOCKER),
        ("permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock", "group `docker`"),
        ("failed to solve: write /x: no space left on device", "disk space"),
        ("pull access denied for postgres, repository does not exist", "container registry"),
        ("anything else", "read the lines below"),
    ],
)
def test_what_docker_complains_about_comes_with_a_way_out(said: str, expected: str) -> None:
    assert expected in way_out_of(said)
