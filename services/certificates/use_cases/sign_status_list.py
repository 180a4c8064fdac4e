"""Sign the list of certificates that are not valid any more, where one of them was revoked or superseded."""

import json
from datetime import datetime

from services.certificates.document.keys import SigningKeys
from services.certificates.document.proof import prove
from services.certificates.document.status_list import describe_status_list
from services.certificates.storage import status_lists
from shared.runtime.database import Connection


async def sign_status_list(connection: Connection, keys: SigningKeys, *, public_url: str, at: datetime) -> bool:
    """Sign one list anew. Returns whether any had to be.

    Args:
        connection: with an open transaction.
        keys: sign it.
        public_url: where lists are offered.
        at: real time, since others compare it with theirs.
    """
    number = await status_lists.take_changed(connection)
    if number is None:
        return False
    listed = describe_status_list(number, await status_lists.read_invalid(connection, number), public_url=public_url, at=at)
    signed = prove(listed, keys.credential, method=f"{listed['issuer']}#{keys.credential_name}", created=at)
    await status_lists.save(connection, number, json.dumps(signed))
    return True
