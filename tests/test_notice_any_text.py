"""No text whatever makes the reader of notices fail, and what it quotes is what was written."""

import re
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from hypothesis import example, given, settings
from hypothesis import strategies as st

from gradphoto.schedule.notice.reader import read_notice

NOTICE = Path(__file__).parents[1] / "backend/gradphoto/demo_data/notice-2018-135.txt"
SHANGHAI = ZoneInfo("Asia/Shanghai")
WORDS = re.findall(r"[0-9]+|[\u4e00-\u9fff]+|\s|.", NOTICE.read_text(encoding="utf-8"))
PIECES = [*WORDS, "－", "：", "２０", "2月30日", "24:00", "\x85", "学院", "除"]


@settings(deadline=None)
@given(st.one_of(st.text(max_size=300), st.lists(st.sampled_from(PIECES), max_size=200).map("".join)))
@example("关于2019届采集通知\n0月0日 99:99-00:00 学院")
@example("٣月٣日²³:00-1")
def test_no_text_crashes_the_reader_and_spans_hold(text: str) -> None:
    proposal = read_notice(text)
    found = [*proposal.findings, *proposal.slots, *filter(None, vars(proposal.facts).values())]
    for span in (item.span for item in found if item.span):
        assert text[span.start : span.end] == span.text
    for slot in proposal.slots:
        assert slot.starts_at < slot.ends_at and slot.college
    for finding in proposal.findings:
        assert finding.slot is None or finding.slot < len(proposal.slots)
        assert finding.sentence.endswith("。")


@given(st.integers(7, 20), st.integers(0, 59), st.integers(1, 59), st.sampled_from(["-", "－", "—", "～", "至", "到"]))
def test_any_time_in_24_hours(hour: int, minute: int, length: int, dash: str) -> None:
    end = hour * 60 + minute + length
    line = f"2018年10月23日 {hour}:{minute:02}{dash}{end // 60}:{end % 60:02} 自动化学院"
    (slot,) = read_notice(line).slots
    assert slot.starts_at == datetime(2018, 10, 23, hour, minute, tzinfo=SHANGHAI)
    assert slot.minutes == length
