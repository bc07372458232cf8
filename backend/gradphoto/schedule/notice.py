"""A notice of the academic affairs office, pasted as text, to proposed facts, slots and questions for a person.

notice_text    letters, dates, times        notice_facts     what is said once
notice_slots   the timetable, line by line  notice_days      its dates and weekdays
notice_details the words beside a time
class_names    计 1501-1504 班               notice_findings  what does not fit
"""

from gradphoto.schedule.notice_facts import read_facts
from gradphoto.schedule.notice_findings import about_facts, about_slots, missing, not_a_notice
from gradphoto.schedule.notice_slots import read_slots
from gradphoto.schedule.notice_text import reading
from gradphoto.schedule.proposal import NoticeProposal


def read_notice(text: str) -> NoticeProposal:
    """Proposes what the words say and nothing else; whatever is odd, missing or unread is a finding.

    Takes any string, in time proportional to its length. Years that the timetable leaves out come from the days of
    the shoot in the body, then from the date of issue. Hours are Asia/Shanghai. A text with neither a timetable nor
    a title of the trade proposes nothing.
    """
    page = reading(text)
    facts, fact_findings = read_facts(page)
    slots, slot_findings = read_slots(page, facts)
    if not slots and not facts.title:
        return NoticeProposal(findings=(not_a_notice(),))
    findings = (
        *missing(facts, slots),
        *fact_findings,
        *about_facts(page, facts),
        *slot_findings,
        *about_slots(facts, slots),
    )
    once = {(finding.code, finding.sentence, finding.slot): finding for finding in reversed(findings)}
    return NoticeProposal(facts, tuple(slots), tuple(reversed(once.values())))
