"""Markdown to safe HTML, the one way in which people's text becomes markup."""

import nh3
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt

MAX_CHARACTERS = 50_000
_parser = MarkdownIt("commonmark", {"html": False, "breaks": True}).enable("table")
_TAGS = set(
    "p br strong em a ul ol li h2 h3 h4 blockquote code pre table thead tbody tr th td hr".split()  # noqa: SIM905
)


def render_markdown(text: str, *, heading_offset: int = 1) -> SafeString:
    """Turn Markdown into clean HTML. Raw HTML shows as text; longer than 50,000 characters is cut.

    Headings move down by ``heading_offset`` so that "# Title" never competes with the page's own h1.
    """
    tokens = _parser.parse((text or "")[:MAX_CHARACTERS])
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(4, int(token.tag[1]) + heading_offset)}"
    html = _parser.renderer.render(tokens, _parser.options, {})
    clean = nh3.clean(html, tags=_TAGS, attributes={"a": {"href"}}, url_schemes={"http", "https", "mailto"})
    return mark_safe(clean)  # noqa: S308  cleaned on the line above
