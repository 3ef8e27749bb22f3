"""Printed forms of a report beside its standard PDF: large print, and the report in Welsh. The one engine draws them all."""

from impact.core.documents import printing
from reports.formats.content.language import ENGLISH, localised, localised_chart
from reports.formats.content.source import Source
from reports.formats.content.tree import Node, parse, write

LARGE = "report-large.css"
MOST_COLUMNS = 3  # of a table at 18 points
Composed = tuple[str, dict[str, bytes]]


def compose(source: Source) -> Composed:
    """The report as its PDF shows it, in the source's language."""
    html, assets = source.compose()
    if source.language == ENGLISH:
        return html, assets
    translated = {
        name: localised_chart(data, source.language) for name, data in assets.items() if name.endswith(".svg")
    }
    translated["report.css"] = assets["report.css"].replace(b'" of "', b'" o "')  # "3 o 84" at the foot of each page
    mark = source.say("Illustrative demonstration data")
    illustrative = printing.ILLUSTRATIVE.replace("Illustrative demonstration data", mark)
    return localised(html, source.language), {**assets, **translated, "illustrative.css": illustrative.encode()}


def compose_large(source: Source) -> Composed:
    """The same words with none smaller than 18 points: charts are told in words, and wide tables are lists."""
    html, assets = compose(source)
    tree = parse(html)
    _enlarge(tree)
    head = next(node for node in tree.walk() if node.tag == "head")
    head.children.append(Node("link", {"rel": "stylesheet", "href": f"asset:{LARGE}"}))
    assets[LARGE] = (printing.ROOT / "static" / "css" / LARGE).read_bytes()
    return write(tree), assets


def _enlarge(node: Node) -> None:
    """Replace charts, whose words would be small, and tables whose columns would be narrow."""
    for place, child in enumerate(node.children):
        if not isinstance(child, Node):
            continue
        if child.tag == "img" and child.attrs.get("alt"):
            node.children[place] = Node("p", {**_lang(child), "class": "chart-words"}, [child.attrs["alt"]])
        elif child.tag == "table" and _columns(child) > MOST_COLUMNS:
            node.children[place] = _as_list(child)
        else:
            _enlarge(child)


def _columns(table: Node) -> int:
    return max((len(_cells(row)) for row in table.walk() if row.tag == "tr"), default=0)


def _cells(row: Node) -> list[Node]:
    return [cell for cell in row.children if isinstance(cell, Node) and cell.tag in ("th", "td")]


def _as_list(table: Node) -> Node:
    """A table as its caption and, for each row, its name and a list of "heading: cell"."""
    caption, *_ = [*(node for node in table.walk() if node.tag == "caption"), None]
    rows = [_cells(row) for row in table.walk() if row.tag == "tr"]
    heads, found = rows[0], Node("div", {"class": "rows"})
    if caption:
        found.children.append(Node("p", {**caption.attrs, "class": "rows__caption"}, caption.children))
    for row in rows[1:]:
        name = Node("p", {**_lang(row[0]), "class": "rows__name"}, row[0].children)
        items = [
            Node("li", _lang(cell), [Node("strong", _lang(head), [f"{head.text}:"]), " ", *cell.children])
            for head, cell in zip(heads[1:], row[1:], strict=False)
        ]
        found.children += [name, Node("ul", {}, list(items))]
    found.children.insert(1 if caption else 0, Node("p", {"class": "rows__head"}, [heads[0].text]))
    return found


def _lang(node: Node) -> dict[str, str]:
    return {"lang": node.attrs["lang"]} if "lang" in node.attrs else {}
