"""The structure tree of a joined document: the trees of its pieces under one root, with one numbering.

A page says under which number the parent tree keeps its elements (StructParents), and so does a link (StructParent).
Each piece counts from 0, so the numbers of a piece that is added move up. For child processes alone.
"""

from typing import Any

import pikepdf
from pikepdf import Array, Dictionary


class Tree:
    """The structure tree of the first piece, to which those of the others are added."""

    def __init__(self, pdf: pikepdf.Pdf) -> None:
        self._pdf = pdf
        self._root = pdf.Root.StructTreeRoot
        self._document = self._root.K[0]
        self._numbers: list[Any] = list(self._root.ParentTree.Nums)
        self._elements = list(self._document.K)
        self._next = 1 + max(int(number) for number in self._numbers[::2])

    def add(self, source: pikepdf.Pdf, start: int) -> None:
        """Add a piece's tree; its pages are in the document already, from ``start`` (from 0) on."""
        root = self._pdf.copy_foreign(source.Root.StructTreeRoot)
        for page in self._pdf.pages[start:]:
            page.obj.StructParents = self._next + int(page.obj.StructParents)
            for annotation in page.obj.get("/Annots", []):
                if "/StructParent" in annotation:
                    annotation.StructParent = self._next + int(annotation.StructParent)
        found = list(root.ParentTree.Nums)
        for number, parents in zip(found[::2], found[1::2], strict=True):
            self._numbers += [self._next + int(number), parents]
        self._next += 1 + max(int(number) for number in found[::2])
        for element in list(root.K[0].K):
            element.P = self._document
            self._elements.append(element)

    def finish(self) -> None:
        """Write the joined tree."""
        self._document.K = Array(self._elements)
        self._root.ParentTree = self._pdf.make_indirect(Dictionary(Nums=Array(self._numbers)))
        self._root.ParentTreeNextKey = self._next
