"""Reads a Word document or a web page inside `core.confined`: one text, a tab between cells, a line for each row.

Cells that were merged downwards are filled down, since each row must say its day and college; those merged to the
right stay empty. `documents.py` is the only caller.
"""

import io
import re
from collections.abc import Iterator
from typing import Any

import docx
import lxml.etree
import lxml.html

from gradphoto.core.confined import Refused, guard_zip

MOST_CHARACTERS, MOST_CELLS, MOST_SPAN = 400_000, 100_000, 1_000
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
# A change that was deleted, the code of a field, and what older programs show instead of a text box.
_NOT_SHOWN = {f"{_W}del", f"{_W}delText", f"{_W}instrText", f"{_W}moveFrom"}
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_SIGNS = {f"{_W}tab": " ", f"{_W}br": "\n", f"{_W}cr": "\n", f"{_W}noBreakHyphen": "-"}
_BLOCKS = {
    "p",
    "div",
    "li",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "tr",
    "table",
    "section",
    "article",
    "header",
    "footer",
}
_BLOCKS |= {"ul", "ol", "dl", "dt", "dd", "pre", "center"}
_HIDDEN = {"script", "style", "head", "title", "xml", "template", "noscript", "select", "object", "svg"}
_HIDING = re.compile(r"display\s*:\s*none|mso-hide\s*:\s*all|mso-element\s*:\s*field-", re.I)

_PARSER = lxml.html.HTMLParser(
    remove_comments=True, remove_pis=True, no_network=True, huge_tree=False, encoding="utf-8"
)


def read(data: bytes, kind: str) -> dict[str, str]:
    lines = _docx(data) if kind == "docx" else _html(data.decode())
    text, left = [], MOST_CHARACTERS
    for line in lines:
        left -= len(line) + 1
        if left < 0:
            raise Refused("too_long")
        text.append(line)
    return {"text": "\n".join(text)}


# --- Word ------------------------------------------------------------------------------------------------------------


def _docx(data: bytes) -> Iterator[str]:
    guard_zip(data, "word/document.xml")
    # What this raises on a broken file ends this process, and `confined` says "broken".
    body = docx.Document(io.BytesIO(data)).element.body
    yield from _blocks(body)


def _blocks(parent: Any) -> Iterator[str]:
    for child in parent:
        if child.tag == f"{_W}p":
            yield from _paragraph(child).split("\n")
        elif child.tag == f"{_W}tbl":
            yield from _rows([_docx_row(row) for row in _below(child, f"{_W}tr")])
        elif child.tag in (f"{_W}sdt", f"{_W}sdtContent", f"{_W}ins", f"{_W}customXml"):
            yield from _blocks(child)


def _below(parent: Any, tag: str) -> Iterator[Any]:
    """Rows of a table, cells of a row; they may stand inside content controls."""
    for child in parent:
        if child.tag == tag:
            yield child
        elif child.tag in (f"{_W}sdt", f"{_W}sdtContent", f"{_W}ins", f"{_W}customXml"):
            yield from _below(child, tag)


def _paragraph(element: Any) -> str:
    """What is shown of it: deleted changes are not, inserted ones are."""
    if element.tag in _NOT_SHOWN or element.tag == _FALLBACK:
        return ""
    if element.tag == f"{_W}t":
        return element.text or ""
    inner = "".join(_paragraph(child) for child in element)
    return _SIGNS.get(element.tag, "") + inner


def _docx_row(row: Any) -> list[tuple[str | None, int, int]]:
    """(text, columns, rows) of each cell; None = filled from above."""
    cells: list[tuple[str | None, int, int]] = []
    before = row.find(f"{_W}trPr/{_W}gridBefore")
    if before is not None:
        cells.append(("", _number(before.get(f"{_W}val")), 1))
    for cell in _below(row, f"{_W}tc"):
        span = cell.find(f"{_W}tcPr/{_W}gridSpan")
        merged = cell.find(f"{_W}tcPr/{_W}vMerge")
        above = merged is not None and merged.get(f"{_W}val") in (None, "continue")
        text = None if above else _flat(" ".join(_blocks(cell)))
        cells.append((text, _number(span.get(f"{_W}val")) if span is not None else 1, 1))
    return cells


# --- web pages, and the clipboard of Word ---------------------------------------------------------------------------


def _html(text: str) -> Iterator[str]:
    # <![if !supportLists]> of Word is neither a comment nor a tag to the parser.
    text = re.sub(r"<!\[[^>]{0,200}>|<\?xml[^>]{0,500}>", "", text)
    try:
        page = lxml.html.document_fromstring(text.encode(), parser=_PARSER)
    except (lxml.etree.LxmlError, ValueError, AssertionError):
        raise Refused("broken") from None
    for line in "".join(_page(page)).split("\n"):
        yield line.rstrip(" ")


def _page(element: Any) -> Iterator[str]:
    """Depth first without recursion over a page that may nest thousands of levels."""
    stack: list[Any] = [element]
    while stack:
        item = stack.pop()
        if isinstance(item, str):
            yield item
            continue
        tag = item.tag if isinstance(item.tag, str) else ""
        if not tag or tag in _HIDDEN or _HIDING.search(item.get("style") or ""):
            continue
        if tag == "br":
            yield "\n"
        elif tag == "table" and item.find(".//table") is None:
            yield "\n" + "\n".join(_rows([_html_row(row) for row in item.iter("tr")])) + "\n"
        else:
            edge = ["\n"] if tag in _BLOCKS else ["\t"] if tag in ("td", "th") else []
            stack += edge
            for child in reversed(item):
                stack += [*([_flat(child.tail, True)] if child.tail else []), child]
            stack += [*([_flat(item.text, True)] if item.text else []), *edge[: tag in _BLOCKS]]


def _html_row(row: Any) -> list[tuple[str | None, int, int]]:
    cells: list[tuple[str | None, int, int]] = []
    for cell in row:
        if cell.tag in ("td", "th"):
            text = _flat("".join(_page(cell)))
            cells.append((text, _number(cell.get("colspan")), _number(cell.get("rowspan"))))
    return cells


# --- both ------------------------------------------------------------------------------------------------------------


def _rows(rows: list[list[tuple[str | None, int, int]]]) -> Iterator[str]:
    """A line a row, columns in their places. `below` is what a merged cell still says to the rows under it."""
    below: dict[int, tuple[str, int]] = {}
    above: list[str] = []
    count = 0
    for row in rows:
        line: list[str] = []
        for text, columns, deep in [*row, (None, 0, 0)]:
            while len(line) in below and columns:
                line.append(_take(below, len(line)))
            if not columns:
                break
            if text is None:
                text = above[len(line)] if len(line) < len(above) else ""
            if deep > 1:
                below |= {len(line): (text, deep - 1)} | {len(line) + i: ("", deep - 1) for i in range(1, columns)}
            line += [text, *[""] * (columns - 1)]
        while len(line) in below:
            line.append(_take(below, len(line)))
        count += len(line)
        if count > MOST_CELLS:
            raise Refused("bomb")
        above = line
        yield "\t".join(line).rstrip()


def _take(below: dict[int, tuple[str, int]], column: int) -> str:
    text, left = below.pop(column)
    if left > 1:
        below[column] = text, left - 1
    return text


def _number(written: str | None) -> int:
    return min(max(int(written), 1), MOST_SPAN) if written and written.isascii() and written.isdigit() else 1


def _flat(text: str, keep_edges: bool = False) -> str:
    """White space as a page shows it, in one line."""
    text = re.sub(r"[\s\xa0]+", " ", text)
    return text if keep_edges else text.strip()
