"""Templates to pages: one strict environment for all of the hub's HTML."""

from hashlib import sha256
from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from hub.look import graphics, words

STATIC: Final = Path(__file__).parent / "static"
"""Files served under `/static/`."""

CONTENT_SECURITY_POLICY: Final = (
    "default-src 'none'; style-src 'self'; font-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""What a page may load: its own stylesheet, fonts and images, and nothing else."""

NO_STORE: Final = {"Cache-Control": "no-store"}
"""Headers of a page for one person: nothing of it stays behind in a browser, or between it and here."""

_hashes: dict[str, str] = {}


def asset(name: str) -> str:
    """The address of a file in `static/`, changing whenever its content does."""
    if name not in _hashes:
        _hashes[name] = sha256((STATIC / name).read_bytes()).hexdigest()[:10]
    return f"/static/{name}?v={_hashes[name]}"


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent.parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.filters |= {
        "at": words.at,
        "number": words.number,
        "signed": words.signed,
        "in_words": words.in_words,
        "month": words.month,
    }
    environment.globals |= {
        "asset": asset,
        "bar": graphics.bar,
        "count": words.count,
        "curve": graphics.curve,
        "hexagons": graphics.hexagons,
        "sparkline": graphics.sparkline,
    }
    return environment


_ENVIRONMENT: Final = _environment()


def render(template: str, **context: object) -> bytes:
    """A page as UTF-8. `template` is a path below hub/, such as "national/pages/national.html".

    Every page takes `notice` (a sentence shown above it, as for invented data) and `who` (the principal who asks). A
    name the template uses and `context` lacks raises `jinja2.UndefinedError`.
    """
    return _ENVIRONMENT.get_template(template).render(context).encode()


_ERRORS: Final = {
    400: ("That could not be read", "Go back, check what you entered and try again."),
    403: ("This is not open to you", "If it should be, ask the person who runs this hub for access."),
    404: (
        "Page not found",
        "If you typed the address, check it. If you followed a link, what it named may never have been recorded.",
    ),
    405: ("That cannot be done here", "Go back to the page you came from and use its buttons."),
    409: ("Somebody else was faster", "Go back, load the page again and see what changed."),
    410: ("This was erased", "What was recorded about this person can never be read again, by anybody."),
    413: ("That is too big", "Split what you are sending into smaller parts and send them one by one."),
    422: ("That cannot be done", "Nothing was changed. Go back, check what you entered and try again."),
    429: ("Too many requests", "Wait a minute, then try again."),
    500: (
        "Something went wrong here",
        "The fault is ours and has been written to the log. Try again in a minute. If it happens again, tell the "
        "person who runs this hub what you were doing and when.",
    ),
    503: (
        "Trellis cannot answer right now",
        "Nothing recorded is lost. If it goes on like this, tell the person who runs this hub.",
    ),
}


def error_page(status: int, sentence: str = "", *, notice: str = "") -> bytes:
    """The page for a failed request: what happened (`sentence`, when something exact is known) and what to do next."""
    heading, next_step = _ERRORS.get(status) or _ERRORS[500 if status >= 500 else 400]
    return render(
        "look/pages/error.html", status=status, heading=heading, sentence=sentence, next_step=next_step, notice=notice
    )
