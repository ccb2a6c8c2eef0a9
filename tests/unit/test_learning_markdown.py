"""Markdown of others: it is shown as they meant it, and does nothing else."""

import re

import pytest
from network import mutated

from hub.learning import markdown
from hub.learning.markdown import rendered

HOSTILE = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](&#106;avascript:alert(1))",
    "[x](data:text/html,hi)",
    "[x](//elsewhere.example)",
    "[x](/sign-out)",
    "<javascript:alert(1)>",
    "[x][1]\n\n[1]: vbscript:x",
    "![x](https://elsewhere.example/pixel.png)",
    '[x](https://a.example "onmouseover=alert(1)")',
    '[x](https://a.example/"onmouseover="alert(1))',
    "```<script>\nalert(1)\n```",
    "<!-- x --><style>*{}</style><svg onload=alert(1)>",
)


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_in_it_runs_loads_or_leads_back_here(text: str) -> None:
    found = str(rendered(text))
    allowed = {"p", "a", "em", "strong", "code", "pre", "ul", "ol", "li", "blockquote", "h3", "br", "hr"}
    assert {name.lower() for name in re.findall(r"</?([a-zA-Z]+)", found)} <= allowed
    for tag in re.findall(r"<a [^>]*>", found):
        assert re.fullmatch(r'<a href="https?://[^"]*"( title="[^"]*")? rel="nofollow noopener noreferrer">', tag), tag


def test_what_writers_use_is_shown() -> None:
    found = str(rendered("# First\n\nWe *asked* [here](https://a.example).\n\n- one\n- two"))
    assert "<h3>First</h3>" in found
    assert "<em>asked</em>" in found
    assert "<li>one</li>" in found
    assert '<a href="https://a.example" rel="nofollow noopener noreferrer">here</a>' in found


def test_without_the_rule_links_would_lead_anywhere() -> None:
    """The mutant: any address that the library lets through."""
    open_to_all = mutated(markdown, 'return url.startswith(("https://", "http://"))', "return True")
    assert 'href="javascript:' in str(open_to_all.rendered("[x](javascript:alert(1))"))


def test_without_the_option_html_would_be_html() -> None:
    """The mutant: HTML as it was typed."""
    as_typed = mutated(markdown, '{"html": False}', '{"html": True}')
    assert "<script>" in str(as_typed.rendered("<script>alert(1)</script>"))
