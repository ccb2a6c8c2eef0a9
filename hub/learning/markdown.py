"""What areas write in Markdown, as HTML that is safe to show.

HTML in it stays text, pictures are left out, and links lead to web addresses alone and vouch for nothing.
"""

from collections.abc import Sequence
from typing import Final

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict
from markupsafe import Markup


class _Markdown(MarkdownIt):
    def validateLink(self, url: str) -> bool:
        return url.startswith(("https://", "http://"))


class _Renderer(RendererHTML):
    def link_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        tokens[idx].attrSet("rel", "nofollow noopener noreferrer")
        return self.renderToken(tokens, idx, options, env)

    def heading_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        return "<h3>"  # below the page's own headings, whatever the writer began with

    def heading_close(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        return "</h3>\n"


_MARKDOWN: Final = _Markdown("commonmark", {"html": False}, renderer_cls=_Renderer).disable("image")


def rendered(text: str) -> Markup:
    return Markup(_MARKDOWN.render(text))  # noqa: S704 - what is not Markdown was escaped
