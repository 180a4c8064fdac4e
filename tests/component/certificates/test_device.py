"""A seal whose key never leaves a device: made, used by the rendering processes, judged by others, refused where it does not fit."""

import asyncio
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from deploy.command_line.keys import app
from services.certificates.document.check import Seal, check
from services.certificates.document.keys import KeysUnusableError, read_public, read_signing
from services.certificates.document.pool import RenderingPool
from services.certificates.document.signer import Device, SealUnavailableError
from tests.component.certificates.story import Service, Story
from tests.component.certificates.wordings import order
from tests.validators import pdfsig, softhsm

URL = "https://atelier.example"


@pytest.fixture(scope="module")
def device(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    softhsm.skip_without()
    with softhsm.device(tmp_path_factory.mktemp("device")) as uri:
        yield uri


def run(command: str, directory: Path, uri: str) -> tuple[int, str]:
    options = ["--organisation", "Council of Europe", "--public-url", URL, "--device", uri]
    result = CliRunner().invoke(app, [command, "--directory", str(directory), *options])
    return result.exit_code, result.output


async def test_a_device_seals_and_others_accept_it(device: str, fonts: Path, tmp_path: Path) -> None:
    keys = tmp_path / "keys"
    assert run("create", keys, device)[0] == 0
    assert not (keys / "seal-1.key").exists()
    renderer = RenderingPool(processes=2, font_directory=fonts, keys_directory=keys)
    try:
        made = await asyncio.gather(*(renderer.produce(order(name)) for name in ("Ana Kovač", "Гоар Ђаковић")))
    finally:
        renderer.close()
    paths = [tmp_path / f"{number}.pdf" for number in range(len(made))]
    for path, one in zip(paths, made, strict=True):
        path.write_bytes(one.pdf)
        found = await asyncio.to_thread(check, one.pdf, read_public(keys))
        assert found.seal is Seal.INTACT
    pdfsig.skip_without()
    verdicts = pdfsig.judge(paths, root=keys / "root.crt", revoked=keys / "root.crl")
    assert [verdict.passed for verdict in verdicts.values()] == [True, True]


def test_a_key_that_is_not_the_certificate_s_seals_nothing(device: str, keys: Path, tmp_path: Path) -> None:
    copied = shutil.copytree(keys, tmp_path / "copied")
    (copied / "seal-1.key").unlink()
    (copied / "seal-1.uri").write_text(device, encoding="utf-8")
    signing = read_signing(copied)
    for _ in range(2):
        with pytest.raises(SealUnavailableError, match="not the one of the seal's certificate"):
            signing.seal(b"anything")


def test_a_worker_starts_while_the_device_is_away(device: str, tmp_path: Path) -> None:
    keys = tmp_path / "keys"
    assert run("create", keys, device)[0] == 0
    (keys / "seal-1.uri").write_text(device.replace("token=Atelier", "token=Elsewhere"), encoding="utf-8")
    signing = read_signing(keys)
    with pytest.raises(SealUnavailableError, match="NoSuchToken"):
        signing.seal(b"anything")


def test_one_process_may_use_it_twice(device: str) -> None:
    one, other = Device(device), Device(device)
    assert one(b"first")
    assert other(b"second")
    assert one.find_public_key() == other.find_public_key()
    assert one(b"third")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("token=Atelier", "token=Elsewhere"), "NoSuchToken"),
        (("object=seal", "object=other"), "NoSuchKey"),
        (("pin-source=file:", "pin-source=file:/nowhere"), "No such file"),
        (("libsofthsm2.so", "nothing.so"), "nothing.so"),
    ],
)
def test_a_device_that_does_not_sign_says_why(device: str, change: tuple[str, str], said: str) -> None:
    with pytest.raises(SealUnavailableError, match=said):
        Device(device.replace(*change))(b"anything")


def test_a_wrong_pin_is_said_and_not_shown(device: str, tmp_path: Path) -> None:
    softhsm.log_out()
    (tmp_path / "pin").write_text("2718", encoding="utf-8")
    uri, _, _ = device.partition("&pin-source")
    there = Device(f"{uri}&pin-source=file:{tmp_path / 'pin'}")
    with pytest.raises(SealUnavailableError, match="PinIncorrect") as refused:
        there(b"anything")
    assert "2718" not in str(refused.value) + repr(there)
    with pytest.raises(SealUnavailableError, match="not tried again before it changes"):
        there(b"anything")
    (tmp_path / "pin").write_text(softhsm.PIN, encoding="utf-8")
    assert there(b"anything")


def test_a_device_that_was_away_is_opened_again(device: str) -> None:
    there = Device(device)
    assert there(b"once")
    there.uri = device.replace("token=Atelier", "token=Elsewhere")
    there.close()
    with pytest.raises(SealUnavailableError):
        there(b"away")
    there.uri = device
    assert there(b"again")


async def test_a_renderer_starts_while_the_device_is_away(device: str, fonts: Path, tmp_path: Path) -> None:
    keys = tmp_path / "keys"
    assert run("create", keys, device)[0] == 0
    (keys / "seal-1.uri").write_text(device.replace("token=Atelier", "token=Elsewhere"), encoding="utf-8")
    renderer = RenderingPool(processes=1, font_directory=fonts, keys_directory=keys)
    try:
        for _ in range(2):
            with pytest.raises(SealUnavailableError, match="NoSuchToken"):
                await renderer.produce(order("Ana Kovač"))
    finally:
        renderer.close()


@pytest.mark.parametrize("uri", ["", "file:/etc/passwd", "pkcs11:token=a?module-path=/b", "pkcs11:object=a;token=b"])
def test_what_is_no_uri_is_refused_and_makes_nothing(keys: Path, tmp_path: Path, uri: str) -> None:
    if uri:
        status, said = run("create", tmp_path / "new", uri)
        assert status == 1
        assert "no PKCS #11 URI" in said
        assert not (tmp_path / "new").exists()
    copied = shutil.copytree(keys, tmp_path / "copied")
    (copied / "seal-1.uri").write_text(uri, encoding="utf-8")
    with pytest.raises(KeysUnusableError, match=r"seal-1\.uri is no PKCS #11 URI"):
        read_signing(copied)


async def test_while_the_device_is_away_certificates_wait(service: Service, story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    story.person(1, "Ana Kovač", attended=("day-1", "day-2"))
    story.completed()
    await service.read_all(story)
    await service.apply_rule()

    async def away(_: object) -> None:
        raise SealUnavailableError("DeviceRemoved")

    with monkeypatch.context() as patched:
        patched.setattr(service.renderer, "produce", away)
        for _ in range(5):
            with pytest.raises(SealUnavailableError):
                await service.jobs["issue_certificates"].run()
    [waiting] = await service.certificates()
    assert (waiting["state"], waiting["attempts"], waiting["lease"], waiting["error"]) == ("eligible", 0, None, None)
    await service.work()
    [issued] = await service.certificates()
    assert issued["state"] == "issued"
