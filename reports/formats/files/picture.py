"""Draw our own charts as PNG, for Word, which shows no SVG in older versions and elsewhere.

It knows the few shapes that ``impact.core.documents.charts`` and the Easy Read drawings are made of, and raises on any
other, so that a new shape cannot go missing unseen. Nothing that people sent is ever drawn here.
"""

import math
import re
from collections.abc import Iterator
from functools import lru_cache
from io import BytesIO
from typing import Any

from PIL import Image, ImageDraw, ImageFont

from impact.core.documents import printing
from reports.formats.content.tree import Node, parse

SCALE = 3  # dots for each unit: sharp on paper at the width of a page
FONT_FILES = {400: printing.FONTS[0], 700: printing.FONTS[1]}
_NUMBER = re.compile(r"-?(?:\d+\.?\d*|\.\d+)(?:e-?\d+)?")
_COMMAND = re.compile(r"([MmLlHhVvZzCcQq])([^MmLlHhVvZzCcQq]*)")
_CURVE_STEPS = 16
Point = tuple[float, float]


class UnknownShape(ValueError):
    """A chart holds a shape that cannot be drawn here yet."""


@lru_cache(maxsize=32)
def _font(weight: int, size: int) -> Any:
    name = FONT_FILES[700 if weight >= 600 else 400]
    return ImageFont.truetype(str(printing.ROOT / "static" / "vendor" / "fonts" / name), size)


def png_of(svg: str) -> bytes:
    """An SVG of ours as PNG on white. Raises UnknownShape for what it cannot draw."""
    root = parse(svg).first("svg")
    if root is None:
        raise UnknownShape("This is no SVG.")
    left, top, width, height = (float(part) for part in _NUMBER.findall(root.attrs["viewbox"]))
    image = Image.new("RGB", (round(width * SCALE), round(height * SCALE)), "#ffffff")
    _Sheet(image, -left, -top).draw(root, {})
    found = BytesIO()
    image.save(found, "PNG", optimize=False)
    return found.getvalue()


class _Sheet:
    """A picture in the making; ``left`` and ``top`` are added to every place."""

    def __init__(self, image: Image.Image, left: float, top: float) -> None:
        self.pen = ImageDraw.Draw(image)
        self.left, self.top = left, top

    def at(self, x: float, y: float) -> Point:
        return (x + self.left) * SCALE, (y + self.top) * SCALE

    def draw(self, node: Node, given: dict[str, str]) -> None:
        looks = {**given, **{k: v for k, v in node.attrs.items() if k not in ("x", "y", "d", "transform", "class")}}
        drawers = {
            "rect": self.rect,
            "circle": self.circle,
            "path": self.path,
            "line": self.line,
            "text": self.text,
            "polyline": self.polyline,
            "polygon": self.polyline,
        }
        if node.tag in ("title", "desc"):
            return
        if node.tag in ("svg", "g"):
            moved = self.moved(node.attrs.get("transform", ""))
            for child in node.children:
                if isinstance(child, Node):
                    moved.draw(child, looks)
        elif node.tag in drawers:
            drawers[node.tag](node, looks)
        else:
            raise UnknownShape(f"A chart holds <{node.tag}>, which reports/formats/files/picture.py cannot draw yet.")

    def moved(self, transform: str) -> "_Sheet":
        if not transform:
            return self
        found = re.fullmatch(r"translate\(([^)]*)\)", transform.strip())
        if not found:
            raise UnknownShape(f"A chart holds the transformation {transform}, which cannot be drawn yet.")
        numbers = [float(part) for part in _NUMBER.findall(found[1])]
        sheet = _Sheet.__new__(_Sheet)
        sheet.pen = self.pen
        sheet.left, sheet.top = self.left + numbers[0], self.top + (numbers[1] if len(numbers) > 1 else 0)
        return sheet

    def rect(self, node: Node, looks: dict[str, str]) -> None:
        x, y, width, height = (float(node.attrs.get(name, 0)) for name in ("x", "y", "width", "height"))
        if width <= 0 or height <= 0:
            return
        (x1, y1), (x2, y2) = self.at(x, y), self.at(x + width, y + height)
        radius = min(float(node.attrs.get("rx", 0)), width / 2, height / 2) * SCALE
        box = (round(x1), round(y1), max(round(x1), round(x2) - 1), max(round(y1), round(y2) - 1))
        self.pen.rounded_rectangle(box, radius, _fill(looks), _stroke(looks), _width(looks) if _stroke(looks) else 0)

    def circle(self, node: Node, looks: dict[str, str]) -> None:
        x, y, radius = (float(node.attrs.get(name, 0)) for name in ("cx", "cy", "r"))
        (x1, y1), (x2, y2) = self.at(x - radius, y - radius), self.at(x + radius, y + radius)
        stroke = _stroke(looks)
        self.pen.ellipse((x1, y1, x2, y2), _fill(looks), stroke, _width(looks) if stroke else 0)

    def line(self, node: Node, looks: dict[str, str]) -> None:
        places = [float(node.attrs.get(name, 0)) for name in ("x1", "y1", "x2", "y2")]
        self.stroke([self.at(*places[:2]), self.at(*places[2:])], looks)

    def polyline(self, node: Node, looks: dict[str, str]) -> None:
        numbers = [float(part) for part in _NUMBER.findall(node.attrs.get("points", ""))]
        points = [self.at(x, y) for x, y in zip(numbers[::2], numbers[1::2], strict=True)]
        if node.tag == "polygon":
            points.append(points[0])
        self.outline(points, looks)

    def path(self, node: Node, looks: dict[str, str]) -> None:
        for points in _runs(node.attrs.get("d", "")):
            self.outline([self.at(x, y) for x, y in points], looks)

    def outline(self, points: list[Point], looks: dict[str, str]) -> None:
        fill = _fill(looks)
        if fill and len(points) > 2:
            self.pen.polygon(points, fill)
        self.stroke(points, looks)

    def stroke(self, points: list[Point], looks: dict[str, str]) -> None:
        colour = _stroke(looks)
        if colour and len(points) > 1:
            width = _width(looks)
            self.pen.line(points, colour, width, joint="curve")
            if looks.get("stroke-linecap") == "round":
                for x, y in (points[0], points[-1]):
                    self.pen.ellipse((x - width / 2, y - width / 2, x + width / 2, y + width / 2), colour)

    def text(self, node: Node, looks: dict[str, str]) -> None:
        x, y = self.at(float(node.attrs.get("x", 0)), float(node.attrs.get("y", 0)))
        size = float(looks.get("font-size", "14").removesuffix("px"))
        weight = {"bold": 700, "normal": 400}.get(looks.get("font-weight", ""), 0) or int(
            looks.get("font-weight", "400")
        )
        anchor = {"middle": "ms", "end": "rs"}.get(looks.get("text-anchor", ""), "ls")
        self.pen.text((x, y), node.text, _fill(looks) or "#000000", _font(weight, round(size * SCALE)), anchor)


def _fill(looks: dict[str, str]) -> str | None:
    fill = looks.get("fill", "#000000")
    return None if fill in ("none", "transparent") else fill


def _stroke(looks: dict[str, str]) -> str | None:
    stroke = looks.get("stroke", "none")
    return None if stroke in ("none", "transparent") else stroke


def _width(looks: dict[str, str]) -> int:
    return max(1, round(float(looks.get("stroke-width", "1")) * SCALE))


def _runs(d: str) -> Iterator[list[Point]]:
    """Each stretch of a path as points; curves in short straight steps."""
    points: list[Point] = []
    x = y = 0.0
    start: Point = (0.0, 0.0)
    if rest := _COMMAND.sub("", d).strip():
        raise UnknownShape(f"A path holds {rest[:20]}, which cannot be drawn yet.")
    for command, given in _COMMAND.findall(d):
        numbers = [float(part) for part in _NUMBER.findall(given)]
        kind, is_from_here = command.upper(), command.islower()
        if kind == "M":
            if points:
                yield points
            x, y = (x + numbers[0], y + numbers[1]) if is_from_here else (numbers[0], numbers[1])
            points, start, numbers, kind = [(x, y)], (x, y), numbers[2:], "L"
        if kind == "Z":
            points.append(start)
            x, y = start
        size = {"L": 2, "H": 1, "V": 1, "C": 6, "Q": 4}.get(kind, 0)
        for place in range(0, len(numbers), size or 1):
            part = numbers[place : place + size]
            dx, dy = (x, y) if is_from_here else (0.0, 0.0)
            if kind == "L":
                x, y = part[0] + dx, part[1] + dy
                points.append((x, y))
            elif kind in ("H", "V"):
                x, y = (part[0] + dx, y) if kind == "H" else (x, part[0] + dy)
                points.append((x, y))
            else:
                controls = [(px + dx, py + dy) for px, py in zip(part[::2], part[1::2], strict=True)]
                points += _curve([(x, y), *controls])
                x, y = controls[-1]
    if points:
        yield points


def _curve(controls: list[Point]) -> Iterator[Point]:
    """A Bézier curve's points but for its first."""
    degree = len(controls) - 1
    for step in range(1, _CURVE_STEPS + 1):
        t = step / _CURVE_STEPS
        shares = [math.comb(degree, n) * (1 - t) ** (degree - n) * t**n for n in range(degree + 1)]
        yield (
            sum(share * point[0] for share, point in zip(shares, controls, strict=True)),
            sum(share * point[1] for share, point in zip(shares, controls, strict=True)),
        )
