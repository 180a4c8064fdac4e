"""Which certificates are not valid any more, for programs: one bit each (W3C: Bitstring Status List 1.0)."""

import gzip
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from services.certificates.document.credential import did_of, status_list_url
from services.certificates.document.multibase import base64url
from services.certificates.document.proof import CREDENTIALS, moment
from services.certificates.domain.certificate import STATUS_LIST_SIZE


def describe_status_list(number: int, invalid: Iterable[int], *, public_url: str, at: datetime) -> dict[str, Any]:
    """The credential of one list, without its proof.

    Args:
        number: from 0.
        invalid: status indexes of this list's certificates that are revoked or superseded.
        public_url: where the service is found.
        at: from when on it is so; carries a zone.
    """
    bits = bytearray(STATUS_LIST_SIZE // 8)
    for index in invalid:
        place = index - number * STATUS_LIST_SIZE
        bits[place // 8] |= 0b1000_0000 >> place % 8  # the first place is the leftmost bit
    address = status_list_url(public_url, number)
    return {
        "@context": [CREDENTIALS],
        "id": address,
        "type": ["VerifiableCredential", "BitstringStatusListCredential"],
        "issuer": did_of(public_url),
        "validFrom": moment(at),
        "credentialSubject": {
            "id": f"{address}#list",
            "type": "BitstringStatusList",
            "statusPurpose": "revocation",
            "encodedList": "u" + base64url(gzip.compress(bytes(bits), mtime=0)),
        },
    }
