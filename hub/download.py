"""Files to keep, as answers: one way to say of what kind they are and what they are called."""

from typing import Final

from litestar import Response

from hub.look.printing import as_png
from hub.spreadsheet import XLSX

_KINDS: Final = {
    "svg": "image/svg+xml",
    "png": "image/png",
    "pdf": "application/pdf",
    "csv": "text/csv",
    "xlsx": XLSX,
}


def file(content: bytes | str, kind: str, name: str) -> Response[bytes]:
    """A file to keep. A drawing may also be looked at by itself: nothing in it can run."""
    body = content.encode() if isinstance(content, str) else content
    headers = {"Content-Disposition": f'attachment; filename="{name}.{kind}"'}
    return Response(body, media_type=_KINDS[kind], headers=headers)


def drawing(svg: str, kind: str, name: str) -> Response[bytes]:
    """A drawing to keep, as SVG or PNG."""
    return file(as_png(svg) if kind == "png" else svg, kind, name)
