"""Fills in forms as somebody with a browser does: what is chosen is one of the choices, what is shown already stays."""

from collections.abc import Mapping
from html.parser import HTMLParser
from typing import Any

from hub.forms.form import Form
from hub.schema.examples import example

Said = dict[str, str | list[str]]


class Page(HTMLParser):
    """The form of a page: what its fields hold, and what there is to choose from in them."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: set[str] = set()
        self.links: list[str] = []
        self.held: dict[str, str] = {}
        self.options: dict[str, list[str]] = {}
        self.hidden: set[str] = set()
        self._within = False
        self._select = self._textarea = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        had = {name: text or "" for name, text in attrs}
        if "id" in had:
            self.ids.add(had["id"])
        if tag == "a" and had.get("href", "").startswith("#"):
            self.links.append(had["href"][1:])
        if tag == "form":
            self._within = "data-draft" in had
        if not self._within:
            return
        name = had.get("name", "")
        match tag:
            case "input" if had.get("type") in ("radio", "checkbox"):
                self.options.setdefault(name, []).append(had["value"])
            case "button" if name:
                self.options.setdefault(name, []).append(had["value"])
            case "input":
                self.held[name] = had.get("value", "")
                self.hidden |= {name} if had.get("type") == "hidden" else set()
            case "select":
                self._select = name
                self.options.setdefault(name, [])
            case "option" if self._select and had.get("value"):
                self.options[self._select].append(had["value"])
            case "textarea":
                self._textarea = name
                self.held[name] = ""
            case _:
                pass

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._within = False
        if tag == "select":
            self._select = ""
        if tag == "textarea":
            self._textarea = ""

    def handle_data(self, data: str) -> None:
        if self._textarea:
            self.held[self._textarea] += data


def filled_in(text: str, form: Form, **said: str | list[str]) -> Said:
    """What a browser sends: `said` where something is, else what is shown, else what the API's example says."""
    page, examples = Page(text), dict(flat(example(form.input)))
    found: Said = {}
    for name in [*page.held, *page.options]:
        options, usual = page.options.get(name), examples.get(name, "")
        if name in said:
            found[name] = said[name]
        elif name in page.hidden:
            found[name] = page.held[name]
        elif options is None:
            found[name] = page.held[name] or (", ".join(usual) if isinstance(usual, list) else usual)
        elif options == ["yes"]:
            found[name] = "yes"
        elif isinstance(usual, list):
            found[name] = [each for each in usual if each in options] or options[:1]
        else:
            found[name] = usual if usual in options else next(iter(options), "")
    return found


def flat(said: Mapping[str, Any], within: str = "") -> list[tuple[str, str | list[str]]]:
    """What an input says by the names of a form's fields: `owner.name`."""
    found: list[tuple[str, str | list[str]]] = []
    for name, each in said.items():
        if isinstance(each, Mapping):
            found += flat(each, f"{within}{name}.")
        else:
            found.append((within + name, [str(item) for item in each] if isinstance(each, list) else str(each)))
    return found
