"""The same credential in an envelope for software that knows JOSE alone.

W3C: Securing Verifiable Credentials using JOSE and COSE; Open Badges 3.0, section 8.2.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from services.certificates.document.multibase import base64url

AS_JWK = "-jwk"
"""What is put after the name of a key where the issuer's document has it as a JSON Web Key."""


def jwk(key: Ed25519PublicKey) -> dict[str, str]:
    """As RFC 8037 has it."""
    return {"kty": "OKP", "crv": "Ed25519", "x": base64url(key.public_bytes_raw())}


def envelop(credential: Mapping[str, Any], key: Ed25519PrivateKey, *, method: str) -> str:
    """The credential as a VC-JWT, signed with Ed25519 (RFC 8037). `method` is the public key's address, `did:…#…`."""
    claims = {
        "iss": credential["issuer"]["id"],
        "jti": credential["id"],
        "nbf": int(datetime.fromisoformat(credential["validFrom"]).timestamp()),
    }
    header = {"alg": "EdDSA", "typ": "vc+jwt", "kid": f"{method}{AS_JWK}"}
    signed = ".".join(
        base64url(json.dumps(part, ensure_ascii=False, separators=(",", ":")).encode()) for part in (header, {**credential, **claims})
    )
    return f"{signed}.{base64url(key.sign(signed.encode('ascii')))}"
