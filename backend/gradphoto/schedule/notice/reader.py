"""A notice of the academic affairs office to proposed facts, slots and questions for a person.

text     letters, dates, times        facts     what is said once
hours    from when to when, 节次      place     where, and at which camera
days     dates and weekdays           details   the words beside a time
slots    a timetable in lines         columns   a table and its heading
pieces   one time to its slots        tables    a timetable in columns
rulings  what a person decided        findings  what does not fit
counts   sums and what is not counted           class_names  计 1501-1504 班
"""

from collections.abc import Sequence
from dataclasses import replace

from gradphoto.schedule.notice.columns import tables_in
from gradphoto.schedule.notice.facts import read_facts
from gradphoto.schedule.notice.findings import about_facts, about_slots, missing, not_a_notice
from gradphoto.schedule.notice.hours import read_periods
from gradphoto.schedule.notice.pieces import Piece, add_slots
from gradphoto.schedule.notice.proposal import Fact, NoticeFacts, NoticeProposal, SlotProposal
from gradphoto.schedule.notice.rulings import NO_RULINGS, Findings, Rulings
from gradphoto.schedule.notice.slots import line_pieces, without
from gradphoto.schedule.notice.tables import Totals, table_pieces
from gradphoto.schedule.notice.text import Reading, reading


def read_notice(text: str, rulings: Rulings = NO_RULINGS) -> NoticeProposal:
    """Proposes what the words say and nothing else; whatever is odd, missing or unread is a finding.

    Takes any string, in time proportional to its length. Years that the timetable leaves out come from the days of
    the shoot in the body, then from the date of issue. Hours are Asia/Shanghai. Where there are two readings, the
    ruling of a person decides, and the finding stays. A text with neither a timetable nor a title of the trade
    proposes nothing.
    """
    page, findings = reading(text), Findings(rulings)
    facts = read_facts(page, findings)
    pieces, facts = _timetable(page, facts, findings)
    slots: list[SlotProposal] = []
    for piece in pieces:
        add_slots(page, piece, slots, findings)
    if not slots and not facts.title:
        nothing = Findings(rulings)
        not_a_notice(nothing)
        return NoticeProposal(findings=nothing.all())
    facts = _with_place(about_facts(page, facts, findings), slots)
    settled = about_slots(facts, slots, findings)
    missing(facts, settled, findings)
    return NoticeProposal(facts, settled, findings.all())


def _timetable(page: Reading, facts: NoticeFacts, findings: Findings) -> tuple[list[Piece], NoticeFacts]:
    """Pieces in the order of the notice, those of tables with a heading by columns, the others by lines."""
    periods, pieces, tables = read_periods(page), [], list(tables_in(page))
    for table in tables:
        found, totals = table_pieces(page, table, facts, periods, findings)
        pieces += found
        facts = _with_totals(facts, totals)
    rest = without(page, [(table.start, table.end) for table in tables])
    pieces += line_pieces(rest, facts, periods, findings)
    return sorted(pieces, key=lambda piece: piece.span.start), facts


def _with_totals(facts: NoticeFacts, totals: Totals) -> NoticeFacts:
    """What a row 合计 says counts where the text states no totals."""
    if facts.stated_classes is None and facts.stated_heads is None:
        return replace(facts, stated_classes=totals.classes, stated_heads=totals.heads)
    return facts


def _with_place(facts: NoticeFacts, slots: Sequence[SlotProposal]) -> NoticeFacts:
    """A notice that names the place in its table alone."""
    first = next((slot for slot in slots if slot.place), None)
    if facts.venue is None and first is not None and first.place:
        return replace(facts, venue=Fact(first.place, first.spans["place"]))
    return facts
