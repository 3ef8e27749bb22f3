"""A report as plain blocks: headings, paragraphs, list items, tables, pictures. Word, Excel, CSV and JSON are made of them.

The blocks come from the same HTML as the PDF, so a form cannot leave out what the PDF says. Pure: a tree in, blocks out.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from reports.formats.content.tree import Node

INLINE = {"strong", "b", "em", "i", "a", "span", "code", "br", "abbr", "time", "sup", "sub", "small", "s"}
SKIPPED = {"head", "style", "script", "template", "title"}
HEADINGS = {f"h{n}": n for n in range(1, 7)}
# What XML cannot hold, and so neither Word nor Excel.
_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True)
class Run:
    """Words that look alike. ``lang`` is set where it differs from the document's."""

    text: str
    bold: bool = False
    href: str = ""
    lang: str = ""


Runs = list[Run]


@dataclass(frozen=True)
class Heading:
    level: int
    runs: Runs
    key: str = ""


@dataclass(frozen=True)
class Paragraph:
    """``kind``: "" for text, or "quote", "note"."""

    runs: Runs
    kind: str = ""


@dataclass(frozen=True)
class Item:
    """An item of a list; ``number`` counts from 1 in ordered lists, 0 in others; ``goes_on``: a paragraph of the same item."""

    runs: Runs
    level: int
    number: int = 0
    goes_on: bool = False


@dataclass(frozen=True)
class Cell:
    runs: Runs
    is_heading: bool
    is_number: bool

    @property
    def text(self) -> str:
        return words(self.runs)


@dataclass(frozen=True)
class Table:
    caption: Runs
    head: list[list[Cell]]
    body: list[list[Cell]]

    @property
    def title(self) -> str:
        return words(self.caption)


@dataclass(frozen=True)
class Picture:
    """A drawing by the name of its asset, with what it shows in words."""

    asset: str
    alt: str
    caption: Runs


Block = Heading | Paragraph | Item | Table | Picture


@dataclass(frozen=True)
class _Where:
    """What the elements around a piece of text say about it."""

    bold: bool = False
    href: str = ""
    lang: str = ""
    kind: str = ""
    lists: tuple[str, ...] = ()
    number: int = 0
    pre: bool = False


@dataclass
class _Writer:
    blocks: list[Block] = field(default_factory=list)
    runs: Runs = field(default_factory=list)
    is_item_begun: bool = False
    chapter: str = ""  # its number, which stands above its title in print and before it here

    def add(self, text: str, where: _Where) -> None:
        text = _UNPRINTABLE.sub("", text)
        text = text if where.pre else re.sub(r"\s+", " ", text)
        if text:
            self.runs.append(Run(text, where.bold, where.href, where.lang))

    def end(self, where: _Where) -> None:
        """What was gathered is a paragraph, or an item of a list."""
        runs, self.runs = tidy(self.runs), []
        if not runs:
            return
        if where.lists:
            self.blocks.append(Item(runs, len(where.lists), where.number, goes_on=self.is_item_begun))
            self.is_item_begun = True
        else:
            self.blocks.append(Paragraph(runs, where.kind))


def words(runs: Sequence[Run]) -> str:
    """Runs as plain text."""
    return "".join(run.text for run in runs).strip()


def tidy(runs: Sequence[Run]) -> Runs:
    """Runs without empty space at their ends or twice between them."""
    found: Runs = []
    after = " "
    for run in runs:
        text = run.text.lstrip(" ") if after in " \n" else run.text
        text = re.sub(r" *\n *", "\n", text)
        if text.startswith("\n") and found:
            found[-1] = replace(found[-1], text=found[-1].text.rstrip(" "))
        if text:
            found.append(replace(run, text=text))
            after = text[-1]
    while found and not found[-1].text.rstrip():
        found.pop()
    if found:
        found[-1] = replace(found[-1], text=found[-1].text.rstrip())
    return found


def blocks_of(root: Node) -> list[Block]:
    """Everything that a tree says, in reading order."""
    writer, where = _Writer(), _Where()
    _children(root, writer, where)
    writer.end(where)
    return writer.blocks


def tables_of(blocks: Sequence[Block]) -> Iterator[tuple[str, Table]]:
    """Each table with the chapter that it stands in."""
    chapter = ""
    for block in blocks:
        if isinstance(block, Heading) and block.level <= 2:
            chapter = words(block.runs)
        elif isinstance(block, Table):
            yield chapter, block


def _children(node: Node, writer: _Writer, where: _Where) -> None:
    for child in node.children:
        if isinstance(child, str):
            writer.add(child, where)
        else:
            _element(child, writer, where)


def _element(node: Node, writer: _Writer, where: _Where) -> None:
    tag = node.tag
    where = replace(where, lang=node.attrs.get("lang", where.lang))
    if tag in SKIPPED:
        return
    if tag in INLINE:
        _inline(node, writer, where)
        return
    writer.end(where)
    if "chapter__number" in node.classes:
        writer.chapter = node.text
    elif tag in HEADINGS:
        _children(node, writer, replace(where, lists=()))
        runs, writer.runs = tidy(writer.runs), []
        if runs and writer.chapter:
            runs, writer.chapter = [Run(f"{writer.chapter}. "), *runs], ""
        if runs:
            writer.blocks.append(Heading(HEADINGS[tag], runs, node.attrs.get("id", "")))
    elif tag in ("ul", "ol"):
        _list(node, writer, where)
    elif tag == "table":
        writer.blocks.append(_table(node, where.lang))
    elif tag == "figure":
        _figure(node, writer, where)
    elif tag == "img":
        writer.blocks.append(Picture(node.attrs.get("src", "").removeprefix("asset:"), node.attrs.get("alt", ""), []))
    else:
        kind = "quote" if tag == "blockquote" else "note" if "note" in node.classes else where.kind
        inside = replace(where, kind=kind, pre=where.pre or tag == "pre")
        _children(node, writer, inside)
        writer.end(inside)


def _inline(node: Node, writer: _Writer, where: _Where) -> None:
    if node.tag == "br":
        writer.runs.append(Run("\n", where.bold, where.href, where.lang))
        return
    href = node.attrs.get("href", "")
    if node.tag == "a" and href.split(":")[0] in ("http", "https", "mailto"):
        where = replace(where, href=href)
    if node.tag in ("strong", "b", "em", "i"):
        where = replace(where, bold=True)
    _children(node, writer, where)
    if "contents__number" in node.classes:
        writer.add(" ", where)


def _list(node: Node, writer: _Writer, where: _Where) -> None:
    number = int(node.attrs["start"]) - 1 if node.attrs.get("start", "").isdecimal() else 0
    for item in (child for child in node.children if isinstance(child, Node)):
        number += 1
        inside = replace(where, lists=(*where.lists, node.tag), number=number if node.tag == "ol" else 0)
        writer.is_item_begun = False
        _children(item, writer, replace(inside, lang=item.attrs.get("lang", where.lang)))
        writer.end(inside)


def _table(node: Node, lang: str) -> Table:
    caption = node.first("caption")
    head: list[list[Cell]] = []
    body: list[list[Cell]] = []
    is_head = {id(row) for part in node.walk() if part.tag == "thead" for row in part.walk() if row.tag == "tr"}
    for row in (found for found in node.walk() if found.tag == "tr"):
        cells = [_cell(cell, lang) for cell in row.children if isinstance(cell, Node) and cell.tag in ("th", "td")]
        (head if id(row) in is_head else body).append(cells)
    return Table(_runs_of(caption, lang) if caption else [], head, body)


def _cell(node: Node, lang: str) -> Cell:
    return Cell(_runs_of(node, lang), node.tag == "th", "num" in node.classes)


def _runs_of(node: Node, lang: str) -> Runs:
    """All words of an element as runs, whatever stands in it."""
    writer = _Writer()
    _flat(node, writer, _Where(lang=node.attrs.get("lang", lang)))
    return tidy(writer.runs)


def _flat(node: Node, writer: _Writer, where: _Where) -> None:
    for child in node.children:
        if isinstance(child, str):
            writer.add(child, where)
        elif child.tag in INLINE:
            inside = replace(where, lang=child.attrs.get("lang", where.lang))
            if child.tag == "br":
                writer.runs.append(Run("\n"))
            else:
                bold = where.bold or child.tag in ("strong", "b", "em", "i")
                _flat(child, writer, replace(inside, bold=bold))
        else:
            writer.runs.append(Run("\n"))
            _flat(child, writer, replace(where, lang=child.attrs.get("lang", where.lang)))


def _figure(node: Node, writer: _Writer, where: _Where) -> None:
    caption = node.first("figcaption")
    image = node.first("img")
    if image is None:
        _children(node, writer, where)
        writer.end(where)
        return
    asset = image.attrs.get("src", "").removeprefix("asset:")
    runs = _runs_of(caption, where.lang) if caption else []
    writer.blocks.append(Picture(asset, image.attrs.get("alt", ""), runs))
    others = [
        child
        for child in node.children
        if not isinstance(child, str) and child is not image and child is not caption and child.tag != "img"
    ]
    for child in others:
        _element(child, writer, where)
