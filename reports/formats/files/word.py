"""A report as a Word document: real styles, headings, lists, tables with header rows, pictures with alternative text."""

from io import BytesIO
from typing import Any

from docx import Document
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Emu, Pt, RGBColor
from docx.table import _Cell

from reports.formats.content.blocks import Block, Cell, Heading, Item, Paragraph, Picture, Run, Runs, Table, words
from reports.formats.content.source import Source, Tell, quiet
from reports.formats.files.package import repacked
from reports.formats.files.picture import png_of

TEAL, INK = RGBColor(0x0B, 0x5E, 0x5C), RGBColor(0x15, 0x20, 0x1F)
FONT = "Arial"  # on every computer, and clear
WIDTH = Cm(17)
TALL, TALL_WIDTH = 0.6, Cm(8.5)  # a picture that is taller than this share of its width is set smaller
DEEPEST_LIST = 3
TABLE_SIZE, SMALL_SIZE, FEW_COLUMNS = 11, 10, 5
LETTER, PADDING = 0.6, 11  # of a bold letter, in sizes of the type; of a cell, in points
SHORT_TABLE = 12  # rows that stay on one page
SHORT = 900  # characters: below a chapter with fewer of them, and no table or picture, the next one flows on
WIDEST_WEIGHT = 50  # characters beyond which a column gets no more room
# The order in which Word wants what is said of a table.
TABLE_ORDER = (
    *("tblStyle", "tblpPr", "tblOverlap", "bidiVisual", "tblStyleRowBandSize", "tblStyleColBandSize", "tblW", "jc"),
    *("tblCellSpacing", "tblInd", "tblBorders", "shd", "tblLayout", "tblCellMar", "tblLook", "tblCaption"),
    "tblDescription",
)
LINE, SHADE = "9FB0AC", "EEF4F3"
SIZES = {"Title": 30, "Subtitle": 15, "Heading 1": 22, "Heading 2": 16, "Heading 3": 13, "Heading 4": 12}


def make(source: Source, tell: Tell = quiet) -> bytes:
    """The whole report as .docx; the same source gives the same bytes."""
    book = _Book(source)
    book.cover()
    book.contents()
    blocks = [*source.blocks, *source.annex]
    for place, block in enumerate(blocks):
        if isinstance(block, Heading) and block.level == 2:
            tell(10 + 80 * place // len(blocks), f"Writing “{words(block.runs)}”"[:120])
        book.add(block)
    found = BytesIO()
    book.file.save(found)
    return repacked(found.getvalue())


class _Book:
    def __init__(self, source: Source) -> None:
        self.source = source
        self.file: Any = Document()
        self.list_number: Any = None
        self.picture_number = 0
        self.chapter_length: int | None = None  # of the chapter being written, in characters; None before the first
        self._properties()
        self._styles()
        self._page()

    # --- What the file says of itself -------------------------------------------------------------
    def _properties(self) -> None:
        core, report = self.file.core_properties, self.source.report
        core.title, core.subject = self.source.title, report["subtitle"]
        core.author = core.last_modified_by = self.source.author
        core.language, core.keywords, core.category = self.source.tag, "", self.source.say("Annual report")
        core.comments = ""
        core.identifier = self.source.sha256
        core.created = core.modified = self.source.taken_at.replace(tzinfo=None, microsecond=0)
        core.revision = 1

    def _styles(self) -> None:
        styles = self.file.styles
        defaults = styles.element.find(qn("w:docDefaults")).find(qn("w:rPrDefault")).find(qn("w:rPr"))
        language = defaults.find(qn("w:lang"))
        if language is None:
            language = OxmlElement("w:lang")
            defaults.append(language)
        language.set(qn("w:val"), self.source.tag)
        for name in (
            *("Normal", "Title", "Subtitle", "Quote", "Caption", "Header", "Footer"),
            *("Heading 1", "Heading 2", "Heading 3", "Heading 4"),
        ):
            style = styles[name]
            style.font.name, style.font.italic = FONT, False
            fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
            for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):  # they would win over the name
                fonts.attrib.pop(qn(f"w:{theme}"), None)
            for script in ("hAnsi", "cs", "eastAsia"):
                fonts.set(qn(f"w:{script}"), FONT)
            if name in SIZES:
                style.font.size, style.font.bold = Pt(SIZES[name]), name != "Subtitle"
                style.font.color.rgb = INK if name == "Subtitle" else TEAL
        normal = styles["Normal"]
        normal.font.size, normal.paragraph_format.space_after = Pt(12), Pt(8)
        normal.paragraph_format.line_spacing = 1.25
        styles["Quote"].paragraph_format.left_indent = Cm(1)
        styles["Quote"].font.color.rgb = INK
        caption = styles["Caption"]
        caption.font.size, caption.font.bold, caption.font.color.rgb = Pt(12), True, INK
        caption.paragraph_format.keep_with_next = True
        caption.paragraph_format.space_before = Pt(10)

    def _page(self) -> None:
        section = self.file.sections[0]
        section.page_width, section.page_height = Cm(21), Cm(29.7)
        section.left_margin = section.right_margin = Cm(2)
        section.top_margin = section.bottom_margin = Cm(2.2)
        section.different_first_page_header_footer = True
        foot = section.footer.paragraphs[0]
        foot.add_run(f"{self.source.title}    ")
        _field(foot, "PAGE", "1")

    # --- Cover and contents -----------------------------------------------------------------------
    def cover(self) -> None:
        source, report = self.source, self.source.report
        self.file.add_paragraph("IMPACT").runs[0].font.bold = True
        self.file.add_paragraph(source.title, style="Title")
        if report["subtitle"]:
            self.file.add_paragraph(source.say(report["subtitle"]), style="Subtitle")
        for line in source.cover_lines:
            self.file.add_paragraph(source.say(line))
        if report["is_illustrative"]:
            self.file.add_paragraph(source.say("Illustrative demonstration data")).runs[0].font.bold = True

    def contents(self) -> None:
        """A table of contents that Word fills in with page numbers; until then it names the chapters."""
        heading = self.file.add_paragraph(self.source.say("Contents"), style="Subtitle")
        heading.paragraph_format.page_break_before = True
        chapters = [
            block
            for block in [*self.source.blocks, *self.source.annex]
            if isinstance(block, Heading) and block.level == 2
        ]
        first = self.file.add_paragraph()
        _field_begin(first, 'TOC \\o "1-2" \\h \\z \\u')
        for place, chapter in enumerate(chapters, start=1):
            line = first if place == 1 else self.file.add_paragraph()
            line.add_run(words(chapter.runs))
        _field_end(line if chapters else first)

    # --- The chapters -----------------------------------------------------------------------------
    def add(self, block: Block) -> None:
        if not isinstance(block, Item):
            self.list_number = None
        if self.chapter_length is not None:
            self.chapter_length += SHORT if isinstance(block, Table | Picture) else len(words(block.runs))
        if isinstance(block, Heading):
            self._heading(block)
        elif isinstance(block, Item):
            self._item(block)
        elif isinstance(block, Table):
            self._table(block)
        elif isinstance(block, Picture):
            self._picture(block)
        else:
            self._paragraph(block)

    def _heading(self, block: Heading) -> None:
        level = min(4, max(1, block.level - 1))  # the title is the only level above a chapter
        paragraph = self.file.add_heading("", level)
        if level == 1:
            is_short = self.chapter_length is not None and self.chapter_length < SHORT
            paragraph.paragraph_format.page_break_before = not is_short
            paragraph.paragraph_format.space_before = Pt(30 if is_short else 0)
            self.chapter_length = 0
        self._fill(paragraph, block.runs)

    def _paragraph(self, block: Paragraph) -> None:
        self._fill(self.file.add_paragraph(style="Quote" if block.kind == "quote" else None), block.runs)

    def _item(self, block: Item) -> None:
        depth = min(DEEPEST_LIST, block.level)
        kind = "List Continue" if block.goes_on else "List Number" if block.number else "List Bullet"
        paragraph = self.file.add_paragraph(style=kind if depth == 1 else f"{kind} {depth}")
        if block.number and not block.goes_on:
            if block.number == 1 or self.list_number is None:
                self.list_number = self._new_numbering(paragraph.style, block.number)
            numbering = paragraph._p.get_or_add_pPr().get_or_add_numPr()
            numbering.get_or_add_ilvl().val = 0
            numbering.get_or_add_numId().val = self.list_number
        self._fill(paragraph, block.runs)

    def _new_numbering(self, style: Any, start: int) -> int:
        """A list of its own that counts from ``start``, with the numbers of the style."""
        numbering = self.file.part.numbering_part.numbering_definitions._numbering
        of_style = style.element.pPr.numPr.numId.val
        abstract = next(num.abstractNumId.val for num in numbering.num_lst if num.numId == of_style)
        number = numbering.add_num(abstract)
        number.add_lvlOverride(ilvl=0).add_startOverride(start)
        return int(number.numId)

    def _table(self, block: Table) -> None:
        if block.caption:
            self._fill(self.file.add_paragraph(style="Caption"), block.caption)
        rows = [*block.head, *block.body]
        columns = max((len(row) for row in rows), default=0)
        if not columns:
            return
        table = self.file.add_table(rows=len(rows), cols=columns, style="Normal Table")
        table.alignment, table.autofit = WD_TABLE_ALIGNMENT.LEFT, False
        size = TABLE_SIZE if columns <= FEW_COLUMNS else SMALL_SIZE
        widths = _widths(rows, columns, size)
        for column, width in zip(table.columns, widths, strict=True):
            column.width = width
        _describe(table, block)
        is_kept = len(rows) <= SHORT_TABLE and sum(len(cell.text) for row in rows for cell in row) < SHORT
        for place, (row, made) in enumerate(zip(rows, table._tbl.tr_lst, strict=True)):
            properties = made.get_or_add_trPr()
            properties.append(OxmlElement("w:cantSplit"))
            if place < len(block.head):
                properties.append(OxmlElement("w:tblHeader"))
            for cell, holder, width in zip(row, made.tc_lst, widths, strict=False):
                holder.width = width
                paragraph = self._cell(cell, holder, table, Pt(size))
                paragraph.paragraph_format.keep_with_next = is_kept and place < len(rows) - 1
            if place < len(block.head):
                _shade(made)
        gap = self.file.add_paragraph().paragraph_format  # Word wants one below a table
        gap.line_spacing, gap.space_after = Pt(6), Pt(2)

    def _cell(self, cell: Cell, holder: Any, table: Any, size: Pt) -> Any:
        paragraph = _Cell(holder, table).paragraphs[0]
        paragraph.paragraph_format.space_after = Pt(3)
        paragraph.paragraph_format.space_before = Pt(3)
        if cell.is_number:
            paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
        self._fill(paragraph, cell.runs, is_bold=cell.is_heading)
        for run in paragraph.runs:
            run.font.size = size
        return paragraph

    def _picture(self, block: Picture) -> None:
        svg = self.source.assets.get(block.asset)
        if svg:
            paragraph = self.file.add_paragraph()
            png = png_of(svg.decode())
            shape = paragraph.add_run().add_picture(BytesIO(png), width=Emu(_picture_width(png)))
            self.picture_number += 1
            properties = shape._inline.docPr
            properties.set("id", str(self.picture_number))
            properties.set("name", f"Chart {self.picture_number}")
            properties.set("descr", block.alt)
            paragraph.paragraph_format.keep_with_next = bool(block.caption)
        if block.caption:
            caption = self.file.add_paragraph(style="Caption")
            caption.paragraph_format.keep_with_next = False
            caption.paragraph_format.space_before = Pt(0)
            self._fill(caption, block.caption)

    # --- Words ------------------------------------------------------------------------------------
    def _fill(self, paragraph: Any, runs: Runs, *, is_bold: bool = False) -> None:
        is_name = True  # the first line of a cell, before what stands smaller below it
        for run in runs:
            is_name = is_name and "\n" not in run.text
            made = self._link(paragraph, run) if run.href else paragraph.add_run(run.text)
            if run.bold or (is_bold and is_name):
                made.font.bold = True
            if run.lang and run.lang != self.source.tag:
                language = OxmlElement("w:lang")
                language.set(qn("w:val"), run.lang)
                made._r.get_or_add_rPr().append(language)

    def _link(self, paragraph: Any, run: Run) -> Any:
        """A link to an address, which Word opens only when the reader follows it."""
        address = self.file.part.relate_to(run.href, RELATIONSHIP_TYPE.HYPERLINK, is_external=True)
        link = OxmlElement("w:hyperlink")
        link.set(qn("r:id"), address)
        made = paragraph.add_run(run.text)
        made.font.underline, made.font.color.rgb = True, TEAL
        link.append(made._r)
        paragraph._p.append(link)
        return made


def _describe(table: Any, block: Table) -> None:
    """Say to screen readers what a table holds and that its first row and column are headings."""
    properties = table._tbl.tblPr
    borders = OxmlElement("w:tblBorders")
    for side in ("top", "bottom", "insideH"):
        line = OxmlElement(f"w:{side}")
        for name, value in (("val", "single"), ("sz", "4"), ("space", "0"), ("color", LINE)):
            line.set(qn(f"w:{name}"), value)
        borders.append(line)
    properties.append(borders)
    look = properties.find(qn("w:tblLook"))
    if look is None:
        look = OxmlElement("w:tblLook")
        properties.append(look)
    is_row_headed = bool(block.body) and all(row and row[0].is_heading for row in block.body)
    for name, is_so in (
        *(("firstRow", bool(block.head)), ("lastRow", False), ("firstColumn", is_row_headed)),
        *(("lastColumn", False), ("noHBand", True), ("noVBand", True)),
    ):
        look.set(qn(f"w:{name}"), "1" if is_so else "0")
    look.set(qn("w:val"), f"{0x0600 | (0x20 if block.head else 0) | (0x80 if is_row_headed else 0):04X}")
    if block.title:
        for tag in ("w:tblCaption", "w:tblDescription"):
            said = OxmlElement(tag)
            said.set(qn("w:val"), block.title)
            properties.append(said)
    properties[:] = sorted(properties, key=lambda part: TABLE_ORDER.index(part.tag.rpartition("}")[2]))


def _picture_width(png: bytes) -> int:
    """How wide a picture is set: maps in tiles are as tall as wide, and would fill a page."""
    width, height = (int.from_bytes(png[start : start + 4], "big") for start in (16, 20))
    return int(TALL_WIDTH if height > TALL * width else WIDTH)


def _widths(rows: list[list[Cell]], columns: int, size: int) -> list[Emu]:
    """Room for each column: first for its longest word, so that none breaks inside it, then by how much stands in it."""
    least, wanted = [0.0] * columns, [0.0] * columns
    for row in rows:
        for place, cell in enumerate(row):
            longest = max((len(word) for word in cell.text.split()), default=0)
            least[place] = max(least[place], longest * size * LETTER + PADDING)
            wanted[place] = max(wanted[place], min(WIDEST_WEIGHT, len(cell.text) * 0.6) * size * LETTER)
    rest = Emu(WIDTH).pt - sum(least)
    if rest < 0:  # the longest words do not fit beside each other
        return [Emu(int(WIDTH * width / sum(least))) for width in least]
    more = [max(PADDING, want - width) for want, width in zip(wanted, least, strict=True)]
    return [Emu(Pt(width + rest * share / sum(more))) for width, share in zip(least, more, strict=True)]


def _shade(row: Any) -> None:
    """A quiet ground for a row of headings."""
    for holder in row.tc_lst:
        shade = OxmlElement("w:shd")
        for name, value in (("val", "clear"), ("color", "auto"), ("fill", SHADE)):
            shade.set(qn(f"w:{name}"), value)
        holder.get_or_add_tcPr().append(shade)


def _field(paragraph: Any, code: str, shown: str) -> None:
    _field_begin(paragraph, code)
    paragraph.add_run(shown)
    _field_end(paragraph)


def _field_begin(paragraph: Any, code: str) -> None:
    for kind in ("begin", "code", "separate"):
        run = paragraph.add_run()
        if kind == "code":
            text = OxmlElement("w:instrText")
            text.set(qn("xml:space"), "preserve")
            text.text = code
            run._r.append(text)
        else:
            mark = OxmlElement("w:fldChar")
            mark.set(qn("w:fldCharType"), kind)
            run._r.append(mark)


def _field_end(paragraph: Any) -> None:
    mark = OxmlElement("w:fldChar")
    mark.set(qn("w:fldCharType"), "end")
    paragraph.add_run()._r.append(mark)
