"""What a message says. All nudges of one recipient and day are in one; each is a sentence of its rule."""

from collections.abc import Sequence
from email.utils import parseaddr

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from msgspec import Struct

from events.nudges import Language, RecipientKind
from events.nudging.rule import Reminder
from events.settings import Settings
from workers.channels.channel import Mail
from workers.languages import Words, words_in

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
    rule: str = ""


def digest(
    lines: Sequence[Line],
    *,
    to: RecipientKind,
    name: str,
    link: str,
    stop: str = "",
    by: By = TRELLIS,
    language: Language = "en",
) -> Mail:
    """The message with these lines, the soonest first. `link` is where whoever reads it sees to them.

    In this language where it has words for all of them, else in English.

    `stop` is where one has no more of those that one need not have, by one click (RFC 8058); empty without any.
    """
    ordered = sorted(lines, key=lambda line: (line.reminder.due, line.words))
    words, fixed = _in_language(ordered, language)
    subject = _subject(words, fixed)
    context = {
        "fixed": fixed,
        "hello": fixed.hello.format(name=name),
        "subject": subject,
        "lines": words,
        "link": link,
        "stop": stop,
        "button": fixed.button if to == "enterprise" else fixed.button_staff,
        "why": fixed.why if to == "enterprise" else fixed.why_staff,
        "by": by,
    }
    return Mail(
        subject=subject,
        text=_TEXT.render(context),
        html=_HTML.render(context),
        brief=_brief(words, link, by, fixed),
        language=fixed.language,
        headers=_one_click(stop) if stop else {},
    )


def _one_click(stop: str) -> dict[str, str]:
    return {"List-Unsubscribe": f"<{stop}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}


def _in_language(lines: Sequence[Line], language: Language) -> tuple[list[str], Words]:
    """The sentences, and the words around them."""
    fixed = words_in(language)
    said = [fixed.sentence(line.rule, line.reminder) for line in lines]
    found = [each for each in said if each is not None]
    return (found, fixed) if len(found) == len(lines) else ([line.words for line in lines], words_in("en"))


def _subject(words: Sequence[str], fixed: Words) -> str:
    first = " ".join(words[0].split()).removesuffix(".")
    if len(words) > 1:
        first = fixed.several.format(count=len(words), first=first)
    return first if len(first) <= MOST_IN_SUBJECT else f"{first[: MOST_IN_SUBJECT - 1]}…"


def _brief(words: Sequence[str], link: str, by: By, fixed: Words) -> str:
    more = f" {fixed.more.format(count=len(words) - 1)}" if len(words) > 1 else ""
    return f"{by.name}: {' '.join(words[0].split())}{more} {link}"
