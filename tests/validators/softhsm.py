"""SoftHSM, a PKCS #11 device made of software. It comes from the system's packages."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pkcs11
import pytest
from pkcs11.util.ec import encode_named_curve_parameters

REQUIRED = "ATELIER_REQUIRE_SOFTHSM"
"""Set where a skip is a failure."""
TOOL = "softhsm2-util"
PIN = "3141"
_LIBRARIES = ("/usr/lib/softhsm/libsofthsm2.so", "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so", "/usr/lib64/softhsm/libsofthsm2.so")


def skip_without() -> None:
    if shutil.which(TOOL) is None or _library() is None:
        words = "NO SOFTHSM: a seal whose key is in a device is not tried. Install it (Debian: apt install softhsm2)."
        (pytest.fail if os.environ.get(REQUIRED) else pytest.skip)(words)


@contextmanager
def device(folder: Path, *, label: str = "seal") -> Iterator[str]:
    """A device with one key, as long as the context lasts. Gives its URI."""
    (folder / "tokens").mkdir()
    (folder / "softhsm2.conf").write_text(f"directories.tokendir = {folder / 'tokens'}\nobjectstore.backend = file\n", encoding="utf-8")
    (folder / "pin").write_text(f"{PIN}\n", encoding="utf-8")
    os.environ["SOFTHSM2_CONF"] = str(folder / "softhsm2.conf")
    library = _library() or ""
    try:
        options = ["--init-token", "--free", "--label", "Atelier", "--pin", PIN, "--so-pin", PIN]
        subprocess.run([TOOL, *options], check=True, capture_output=True, timeout=60)
        pkcs11.unload(library)
        with pkcs11.lib(library).get_token(token_label="Atelier").open(rw=True, user_pin=PIN) as session:
            curve = {pkcs11.Attribute.EC_PARAMS: encode_named_curve_parameters("secp256r1")}
            session.create_domain_parameters(pkcs11.KeyType.EC, curve, local=True).generate_keypair(store=True, label=label)
        yield f"pkcs11:token=Atelier;object={label}?module-path={library}&pin-source=file:{folder / 'pin'}"
    finally:
        del os.environ["SOFTHSM2_CONF"]


def log_out() -> None:
    """End what this process has begun with the device: a login is of the process, and a second one is not looked at."""
    pkcs11.lib(_library() or "").reinitialize()


def _library() -> str | None:
    return next((path for path in _LIBRARIES if Path(path).exists()), None)
