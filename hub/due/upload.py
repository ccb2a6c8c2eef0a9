"""A form with a file in it, read in memory: what is sent is for one enterprise, and no disk sees it unsealed."""

from collections.abc import Mapping
from typing import Final

from litestar.exceptions import ClientException
from msgspec import Struct
from multipart import MultipartError, MultipartSegment, PushMultipartParser, parse_options_header

from events.base import Refused

MOST_BYTES: Final = 5 * 1024 * 1024
MOST_BODY: Final = MOST_BYTES + 64 * 1024
"""With the form around it."""

MOST_PARTS: Final = 20

PDF, JPEG, PNG = "application/pdf", "image/jpeg", "image/png"


class Sent(Struct, frozen=True, kw_only=True):
    fields: Mapping[str, str]
    file: bytes


def read_form(content_type: str, body: bytes) -> Sent:
    """What a form sent. Raises 400 for what is none."""
    kind, options = parse_options_header(content_type)
    if kind != "multipart/form-data" or not options.get("boundary"):
        raise ClientException("Send the form of the page.")
    fields: dict[str, str] = {}
    file = b""
    try:
        with PushMultipartParser(options["boundary"], max_segment_count=MOST_PARTS) as parser:
            segment: MultipartSegment | None = None
            held = bytearray()
            for part in parser.parse(body):
                if isinstance(part, MultipartSegment):
                    segment, held = part, bytearray()
                elif part:
                    held += part
                elif segment is not None:
                    if segment.name == "file":
                        file = bytes(held)
                    elif segment.name:
                        fields[segment.name] = held.decode()
    except (MultipartError, ValueError) as error:
        raise ClientException("The form could not be read.") from error
    return Sent(fields=fields, file=file)


def kind_of(file: bytes) -> str:
    """What a file is by what is in it, whatever it is called. Raises `Refused` for all but PDF, JPEG and PNG."""
    if len(file) > MOST_BYTES:
        raise Refused("The file is larger than 5 MB. Take the photo again, smaller, or send a scan.", field="file")
    if file.startswith(b"%PDF-") and b"%%EOF" in file[-2048:]:
        return PDF
    # anywhere: some telephones put a film of the moment behind the picture
    if file.startswith(b"\xff\xd8\xff") and b"\xff\xd9" in file[3:]:
        return JPEG
    if file.startswith(b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR") and b"IEND" in file[-2048:]:
        return PNG
    raise Refused("This is not a whole PDF, JPEG or PNG file. Send one of these.", field="file")
