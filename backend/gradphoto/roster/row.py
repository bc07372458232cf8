"""One row of a roster: its cells to values, with a finding for each cell that cannot be taken as it is."""

import re
from collections import Counter
from typing import Any

from gradphoto.roster.cells import Cell, Dated, text_of
from gradphoto.roster.columns import LABELS, Header
from gradphoto.roster.findings import Findings, Level, excerpt, masked
from gradphoto.roster.id_numbers import INVISIBLE, IdType, fault, guess_type, id_type_of, normalise, sex_of
from gradphoto.roster.names import clean_name, is_damaged, nfc

LONGEST = {"college": 100, "major": 100, "class_group": 100, "photo_code": 500}
EXACT = 1e15  # Excel keeps 15 significant digits; an integral number below is what was typed, but for zeros in front
_NUMBER = re.compile(r"[A-Z0-9][A-Z0-9_\-]{0,31}")
_SCIENTIFIC = re.compile(r"[0-9](\.[0-9]+)?E\+?[0-9]+")
_CJK_SPACE = re.compile(r"(?<=[\u2e80-\u9fff\uf900-\ufaff])\s+|\s+(?=[\u2e80-\u9fff\uf900-\ufaff])")
_YES = {"是", "Y", "YES", "1", "TRUE", "√", "✓", "✔", "班长"}
_NO = {"", "否", "N", "NO", "0", "FALSE", "×", "-", "无"}
_SEX = {"男": "男", "女": "女", "男性": "男", "女性": "女", "1": "男", "2": "女", "M": "男", "F": "女", "": ""}
_FORMULA = ("=", "+", "-", "@")
TEXT_COLUMN = "把这一列设为“文本”格式，从系统重新导出；不要手工补零或改数"


class RowReader:
    """Reads row by row; `finish` adds what only the whole column can tell."""

    def __init__(self, header: Header, findings: Findings) -> None:
        self._header = header
        self._findings = findings
        self._failed = False
        self._row = 0
        self._guessed = 0
        self._numeric: list[tuple[int, str]] = []
        self._lengths: Counter[int] = Counter()

    def read(self, row: int, cells: list[Cell]) -> dict[str, Any] | None:
        """The values of a RosterRow (without `row`); None if any cell has an error."""
        self._row, self._failed = row, False
        of = {name: cells[at] if at < len(cells) else None for name, at in self._header.at.items()}
        number = self._student_number(of.get("number"))
        name, damaged = self._name(of.get("name"))
        id_type, id_number = self._id(of.get("id_type"), of.get("id_number"))
        values = {
            "number": number,
            "name": name,
            "name_damaged": damaged,
            "sex": self._sex(of.get("sex"), id_number),
            "id_type": id_type,
            "id_number": id_number,
            "college": self._text("college", of.get("college"), required=True),
            "major": self._text("major", of.get("major"), required=False),
            "class_group": self._text("class_group", of.get("class_group"), required=True),
            "is_monitor": self._monitor(of.get("is_monitor")),
            "photo_code": self._text("photo_code", of.get("photo_code"), required=False),
        }
        return None if self._failed else values

    def finish(self) -> None:
        usual = self._lengths.most_common(1)[0][0] if self._lengths else 0
        for row, number in self._numeric:
            if len(number) < usual:
                self._row = row
                reason = f"学号是数字格式且只有 {len(number)} 位（多数为 {usual} 位），开头的 0 可能已丢失"
                self._say("warning", "number_short", "number", reason, TEXT_COLUMN, number)
        at, column = self._header.row, self._header.column
        if self._numeric:
            reason = f"学号列有 {len(self._numeric)} 行是数字格式；若学号以 0 开头，0 已丢失"
            self._findings.add("warning", "number_numeric", reason, TEXT_COLUMN, at, column("number"))
        if self._guessed:
            reason = f"{self._guessed} 行没有写证件类型，已按号码样式判断"
            self._findings.add("warning", "id_type_guessed", reason, "核对证件类型", at, column("id_type"))

    def _say(self, level: Level, code: str, name: str, reason: str, remedy: str, value: str) -> None:
        self._failed = self._failed or level == "error"
        self._findings.add(level, code, reason, remedy, self._row, self._header.column(name), value)

    def _student_number(self, cell: Cell) -> str:
        shown = excerpt(text_of(cell))
        if isinstance(cell, Dated | bool):
            self._say("error", "number_not_text", "number", "学号单元格不是文本", TEXT_COLUMN, shown)
            return ""
        if isinstance(cell, float | int):
            if cell != int(cell) or not 0 <= cell < EXACT:
                self._say("error", "number_precision", "number", "学号是数字格式，精度已丢失", TEXT_COLUMN, shown)
                return ""
            self._numeric.append((self._row, str(int(cell))))
            self._lengths[len(str(int(cell)))] += 1
            return str(int(cell))
        number = normalise(cell or "")
        if not number:
            self._say("error", "number_empty", "number", "学号为空", "补上学号", "")
        elif _SCIENTIFIC.fullmatch(number):
            self._say("error", "number_precision", "number", "学号已变成科学计数，精度已丢失", TEXT_COLUMN, shown)
        elif not _NUMBER.fullmatch(number):
            reason = "学号应为 1 到 32 位字母、数字"
            self._say("error", "number_characters", "number", reason, "核对是否串列或含有多余文字", shown)
        else:
            self._lengths[len(number)] += 1
        return number

    def _name(self, cell: Cell) -> tuple[str, bool]:
        text = text_of(cell)
        if isinstance(cell, Dated | bool | float | int):
            self._say("error", "name_not_text", "name", "姓名单元格不是文字", "核对是否串列", excerpt(text))
            return "", False
        name, notes = clean_name(text)
        for note in notes:
            level: Level = "error" if note.level == "error" else "warning"
            self._say(level, note.code, "name", note.reason, note.remedy, excerpt(text))
        return name, is_damaged(name)

    def _id(self, type_cell: Cell, cell: Cell) -> tuple[IdType, str]:
        """The type column rules; where it is silent the number's own form does."""
        text = text_of(cell)
        if isinstance(cell, Dated | bool | float | int) or _SCIENTIFIC.fullmatch(normalise(text)):
            reason = "证件号码是数字格式，精度已丢失"
            self._say("error", "id_precision", "id_number", reason, TEXT_COLUMN, masked(text))
            return IdType.resident_id, ""
        number = normalise(text)
        type_text = text_of(type_cell).strip()
        id_type = id_type_of(type_text) if type_text else guess_type(number)
        if type_text and id_type is None:
            known = "、".join(kind.label for kind in IdType)
            reason = "不认识的证件类型"
            self._say("error", "id_type_unknown", "id_type", reason, f"改为其中之一：{known}", excerpt(type_text))
            return IdType.resident_id, number
        if not type_text and number:
            self._guessed += 1
        wrong = fault(id_type or IdType.resident_id, number)
        if wrong:
            self._say("error", wrong.code, "id_number", wrong.reason, wrong.remedy, masked(text))
        return id_type or IdType.resident_id, number

    def _sex(self, cell: Cell, id_number: str) -> str:
        text = normalise(text_of(cell))
        sex = _SEX.get(text)
        if sex is None:
            self._say("warning", "sex_unknown", "sex", "不认识的性别，已留空", "填“男”或“女”", excerpt(text))
            return ""
        if sex and sex_of(id_number) not in ("", sex):
            self._say("warning", "sex_differs", "sex", "性别与证件号码第 17 位不一致", "对照证件核对", sex)
        return sex

    def _monitor(self, cell: Cell) -> bool:
        text = normalise(text_of(cell))
        if text not in _YES and text not in _NO:
            reason = "“是否班长”只能填“是”或留空，已按“否”处理"
            self._say("warning", "monitor_unknown", "is_monitor", reason, "填“是”或留空", excerpt(text))
        return text in _YES

    def _text(self, name: str, cell: Cell, required: bool) -> str:
        text = _CJK_SPACE.sub("", " ".join(INVISIBLE.sub("", nfc(text_of(cell))).split()))
        label = LABELS[name]
        if not text and required:
            remedy = f"补上{label}；若是合并单元格，请取消合并并填满每一行"
            self._say("error", f"{name}_empty", name, f"{label}为空", remedy, "")
        elif len(text) > LONGEST[name]:
            reason = f"{label}有 {len(text)} 个字符，最多 {LONGEST[name]} 个"
            self._say("error", f"{name}_long", name, reason, "核对是否串列", excerpt(text))
        elif name != "photo_code" and text.startswith(_FORMULA):
            self._say("error", f"{name}_formula", name, f"以“{text[0]}”开头，像是公式", "改为正确的文字", excerpt(text))
        return text
