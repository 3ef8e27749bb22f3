"""A report's HTML as a small tree that other forms read. Pure: text in, nodes out.

It reads only what our own templates and cleaned Markdown write, so it is no browser: tags are matched as they stand.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from html import escape
from html.parser import HTMLParser

VOID = {"br", "hr", "img", "link", "meta", "input", "wbr", "col"}
OPTIONAL_END = {"li", "p", "dt", "dd", "option"}


@dataclass
class Node:
    """One element, with what stands in it."""

    tag: str
    attrs: dict[str, str] = field(default_factory=dict)
    children: list["Node | str"] = field(default_factory=list)

    @property
    def classes(self) -> set[str]:
        return set(self.attrs.get("class", "").split())

    def walk(self) -> Iterator["Node"]:
        """This element and all within it, in reading order."""
        yield self
        for child in self.children:
            if isinstance(child, Node):
                yield from child.walk()

    def first(self, tag: str) -> "Node | None":
        """The first element called ``tag`` in here."""
        return next((node for node in self.walk() if node.tag == tag), None)

    @property
    def text(self) -> str:
        """All words in it, with single spaces."""
        return " ".join(_strings(self))


def _strings(node: Node) -> Iterator[str]:
    words = "".join(_raw(node)).split()
    yield from words


def _raw(node: Node) -> Iterator[str]:
    for child in node.children:
        if isinstance(child, str):
            yield child
        elif child.tag == "br":
            yield " "
        else:
            is_inline = child.tag in {"strong", "b", "em", "i", "a", "span", "code", "abbr", "time"}
            yield "" if is_inline else " "
            yield from _raw(child)
            yield "" if is_inline else " "


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Node("root")
        self.open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        node = Node(tag, {name: value or "" for name, value in attrs})
        self.open[-1].children.append(node)
        if tag not in VOID:
            self.open.append(node)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open[-1].children.append(Node(tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        for place in range(len(self.open) - 1, 0, -1):
            if self.open[place].tag == tag:
                del self.open[place:]
                return

    def handle_data(self, data: str) -> None:
        self.open[-1].children.append(data)


def parse(html: str) -> Node:
    """The tree of a page or a part of one."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.root


def write(node: Node) -> str:
    """A tree as HTML again."""
    inner = "".join(escape(child, quote=False) if isinstance(child, str) else write(child) for child in node.children)
    if node.tag == "root":
        is_page = any(isinstance(child, Node) and child.tag == "html" for child in node.children)
        return f"<!DOCTYPE html>\n{inner}" if is_page else inner
    attrs = "".join(f' {name}="{escape(value)}"' for name, value in node.attrs.items())
    if node.tag in VOID:
        return f"<{node.tag}{attrs}>"
    if node.tag in {"style", "script"}:
        inner = "".join(child for child in node.children if isinstance(child, str))
    return f"<{node.tag}{attrs}>{inner}</{node.tag}>"
