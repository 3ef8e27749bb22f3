"""A page as a browser reads it, for tests that look for text in it."""

import re
from typing import Any

BLOCK = (
    "address|article|aside|blockquote|body|br|button|caption|dd|details|div|dl|dt|fieldset|figcaption|figure|footer|form|h[1-6]|"
    "head|header|hr|html|label|legend|li|link|main|meta|nav|ol|option|p|section|select|summary|table|tbody|td|template|"
    "tfoot|th|thead|title|tr|ul"
)
AROUND_BLOCKS = re.compile(rf"\s*(</?(?:{BLOCK})\b[^>]*>)\s*")
KEPT = re.compile(r"(<textarea\b.*?</textarea>|<pre\b.*?</pre>|\bvalue=\"[^\"]*\")", re.DOTALL)


def html_of(response: Any) -> str:
    """The body of a response. White space of HTML counts as a browser counts it: a run of it is one space, and none where a
    block begins or ends; in a text box, a ``pre`` and a value it stays. What is not HTML is not touched."""
    text = response.content.decode()
    if not response.headers.get("Content-Type", "").startswith("text/html"):
        return text
    parts = KEPT.split(text)
    parts[::2] = [AROUND_BLOCKS.sub(r"\1", re.sub(r"\s+", " ", part)).replace(" >", ">") for part in parts[::2]]
    return "".join(parts)
