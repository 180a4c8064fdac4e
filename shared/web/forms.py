"""What a browser sends when a form's button is pressed."""

from urllib.parse import parse_qsl

from fastapi import HTTPException, Request

MOST_BYTES = 131_072
"""More than the longest form of ours filled to its limits in a script of four bytes a letter, percent-encoded."""
_MOST_FIELDS = 1000


async def read_fields(request: Request, *, most_bytes: int = MOST_BYTES) -> dict[str, str]:
    """The fields of a urlencoded form, by name; the first of several of one name.

    Raises:
        HTTPException: 413 where it is longer than `most_bytes`, 415 where it is not a form, 400 where it has too many fields.
    """
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > most_bytes:
            raise HTTPException(413)
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if body and kind != "application/x-www-form-urlencoded":
        raise HTTPException(415)
    fields: dict[str, str] = {}
    try:
        # Bytes that are no UTF-8 become the replacement character, which checks of text refuse: the page comes back and names the field
        pairs = parse_qsl(
            body.decode("utf-8", "replace"), keep_blank_values=True, encoding="utf-8", errors="replace", max_num_fields=_MOST_FIELDS
        )
    except ValueError:
        raise HTTPException(400) from None
    for name, value in pairs:
        fields.setdefault(name, value)
    return fields
