"""What a message says. All nudges of one recipient and day are in one; each is a sentence of its rule."""

from collections.abc import Sequence
from email.utils import parseaddr

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from msgspec import Struct

from events.nudges import Language, RecipientKind
from events.nudging.rule import Reminder
from events.settings import Settings
from workers.channels.channel import Mail

_PAGES = Environment(
    loader=PackageLoader("workers", "mails"),
    autoescape=select_autoescape(enabled_extensions=("html",), default=False),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    auto_reload=False,
)
_TEXT, _HTML = _PAGES.get_template("digest.txt"), _PAGES.get_template("digest.html")

MOST_IN_SUBJECT = 120

LANGUAGE: Language = "en"
"""Of all that is said here; there is no Welsh text yet."""


class By(Struct, frozen=True, kw_only=True):
    """Who writes, so that whoever reads it knows whether to open the link, and whom to ask."""

    name: str = "Trellis"
    contact: str = ""
    """An e-mail address or a page; may be empty."""

    @classmethod
    def of(cls, settings: Settings) -> "By":
        """By the name in `HUB_MAIL_FROM`, with `HUB_CONTACT` for questions."""
        return cls(name=parseaddr(settings.mail_from)[0] or "Trellis", contact=settings.contact.removeprefix("mailto:"))


TRELLIS = By()


class Line(Struct, frozen=True, kw_only=True):
    """One nudge in a message."""

    words: str
    reminder: Reminder


def digest(lines: Sequence[Line], *, to: RecipientKind, name: str, link: str, stop: str = "", by: By = TRELLIS) -> Mail:
    """The message with these lines, the soonest first. `link` is where whoever reads it sees to them.

    `stop` is where one has no more of those that one need not have, by one click (RFC 8058); empty without any.
    """
    ordered = sorted(lines, key=lambda line: (line.reminder.due, line.words))
    words = [line.words for line in ordered]
    context = {
        "name": name,
        "subject": _subject(words),
        "lines": words,
        "link": link,
        "stop": stop,
        "button": "See what is due and tell us" if to == "enterprise" else "Open your list",
        "why": _why(to),
        "by": by,
        "language": LANGUAGE,
    }
    return Mail(
        subject=context["subject"],
        text=_TEXT.render(context),
        html=_HTML.render(context),
        brief=_brief(words, link, by),
        language=LANGUAGE,
        headers=_one_click(stop) if stop else {},
    )


def _one_click(stop: str) -> dict[str, str]:
    return {"List-Unsubscribe": f"<{stop}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}


def _subject(words: Sequence[str]) -> str:
    first = " ".join(words[0].split()).removesuffix(".")
    if len(words) > 1:
        first = f"{len(words)} things to see to: {first}"
    return first if len(first) <= MOST_IN_SUBJECT else f"{first[: MOST_IN_SUBJECT - 1]}…"


def _brief(words: Sequence[str], link: str, by: By) -> str:
    more = f" And {len(words) - 1} more." if len(words) > 1 else ""
    return f"{by.name}: {' '.join(words[0].split())}{more} {link}"


def _why(to: RecipientKind) -> str:
    if to == "enterprise":
        return (
            "You get this because your enterprise takes part in the network of community enterprises. "
            "The link is for you alone and works for 60 days."
        )
    return "You get this because of the work that you do for the network of community enterprises."
