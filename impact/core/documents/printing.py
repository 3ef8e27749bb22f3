"""What every PDF starts from: the shared style sheet, the typeface, the mark, and a fingerprint of what shapes the page."""

import hashlib
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path

from django.conf import settings

from impact.core.basics import markdown

ROOT = Path(settings.BASE_DIR)
FONTS = ["atkinson-hyperlegible-next-400.ttf", "atkinson-hyperlegible-next-700.ttf"]
SHARED_STYLE = "print.css"
ILLUSTRATIVE = '@page { @top-right { content: "Illustrative demonstration data" } }'


def files_on_disk(*styles: str) -> dict[str, Path]:
    """The typeface, the shared style sheet and ``styles`` of static/css/, by the name under which HTML asks for them."""
    static = ROOT / "static"
    found = {name: static / "css" / name for name in (SHARED_STYLE, *styles)}
    return found | {name: static / "vendor" / "fonts" / name for name in FONTS}


def fingerprint(own: Iterable[Path]) -> str:
    """What draws a document, as a short version: it changes with WeasyPrint, with ``own`` and with what all share."""
    here = Path(__file__).parent
    modules = {here / "charts.py", here / "pdf.py", *(here / "chapters").glob("*.py"), Path(markdown.__file__)}
    shaping = sorted({*own, *files_on_disk().values(), *modules})
    digest = hashlib.sha256()
    for path in shaping:
        digest.update(path.read_bytes())
    return f"{version('weasyprint')}-{digest.hexdigest()[:12]}"
