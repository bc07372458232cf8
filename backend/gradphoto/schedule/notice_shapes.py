"""The wire shapes of a notice that was read: facts, slots, findings, each with the words it came from."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field

from gradphoto.schedule.notice.proposal import Fact, Finding, NoticeFacts, SlotProposal, Span
from gradphoto.schedule.notice_service import KeptNotice, ReadText, Ruled


class SpanOut(BaseModel):
    start: int = Field(description="offset in the notice, in characters")
    end: int
    text: str


class FactOut(BaseModel):
    name: str = Field(examples=["fee_fen"])
    value: str | int | datetime
    span: SpanOut


class ChoiceOut(BaseModel):
    choice: str = Field(examples=["inclusive"])
    sentence: str = Field(description="what is then taken")


class FindingOut(BaseModel):
    code: str = Field(examples=["weekday_mismatch"])
    level: str = Field(description="warning 请注意 | question 请确认")
    sentence: str
    ruling: str | None = Field(description="what is taken now; null = there is no reading")
    span: SpanOut | None
    slot: int | None = Field(description="index in `slots`")
    key: str = Field(description="the same whenever the same words are read", examples=["weekday_mismatch-1f3a5b7c"])
    choices: list[ChoiceOut] = Field(description="the ways to rule, the default first; `noted` alone = one reading")
    taken: str = Field(description="the choice in force")


class NoticeSlot(BaseModel):
    starts_at: datetime
    ends_at: datetime
    college_name: str = Field(description="empty where the notice names classes only")
    stated_classes: int | None
    stated_heads: int | None
    include: list[str]
    exclude: list[str]
    first: list[str] = Field(description="先拍")
    last: list[str] = Field(description="后拍")
    place: str | None = Field(description="where the line itself names one, with its camera")
    span: SpanOut
    spans: dict[str, SpanOut] = Field(description="the words of each field by its name, and of `day`")


class NoticeOut(BaseModel):
    text: str = Field(description="what the spans count in; of a file or of HTML, its plain text")
    facts: list[FactOut]
    slots: list[NoticeSlot]
    findings: list[FindingOut]


class RulingOut(BaseModel):
    choice: str
    note: str
    by_name: str = Field(description="empty where a system ruled")
    at: datetime


class RuledFinding(FindingOut):
    ruled: RulingOut | None = Field(description="null = nobody has decided; the default counts")


class CampaignNotice(BaseModel):
    text: str
    facts: list[FactOut]
    slots: list[NoticeSlot]
    findings: list[RuledFinding] = Field(
        description="of the notice and, once there is a roster, of laying it over that"
    )


def notice_out(read: ReadText) -> NoticeOut:
    return NoticeOut(
        text=read.text,
        facts=_facts(read.proposal.facts),
        slots=[_slot(one) for one in read.proposal.slots],
        findings=[finding_out(one) for one in read.proposal.findings],
    )


def campaign_notice(kept: KeptNotice) -> CampaignNotice:
    return CampaignNotice(
        text=kept.text,
        facts=_facts(kept.proposal.facts),
        slots=[_slot(one) for one in kept.proposal.slots],
        findings=[RuledFinding(**_finding(one), ruled=_ruled(kept.rulings.get(one.key))) for one in kept.findings],
    )


def finding_out(finding: Finding) -> FindingOut:
    return FindingOut(**_finding(finding))


def _finding(finding: Finding) -> dict[str, Any]:
    choices = [ChoiceOut(choice=one.choice, sentence=one.sentence) for one in finding.choices]
    return vars(finding) | {"span": _span(finding.span) if finding.span else None, "choices": choices}


def _ruled(ruled: Ruled | None) -> RulingOut | None:
    return RulingOut(**vars(ruled)) if ruled else None


def _slot(slot: SlotProposal) -> NoticeSlot:
    spans = {"college_name" if name == "college" else name: _span(span) for name, span in slot.spans.items()}
    return NoticeSlot(**vars(slot) | {"college_name": slot.college, "span": _span(slot.span), "spans": spans})


def _span(span: Span) -> SpanOut:
    return SpanOut(start=span.start, end=span.end, text=span.text)


def _facts(facts: NoticeFacts) -> list[FactOut]:
    found = [(name, fact) for name, fact in vars(facts).items() if isinstance(fact, Fact)]
    return [FactOut(name=name, value=_plain(fact.value), span=_span(fact.span)) for name, fact in found]


def _plain(value: Any) -> str | int | datetime:
    return value if isinstance(value, str | int | datetime) else str(value)
