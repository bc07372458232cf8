"""What a reading proposes as a short table of words, so that a test shows the whole of it at a glance."""

from dataclasses import replace
from typing import Any

from gradphoto.schedule.notice.proposal import NoticeProposal, SlotProposal, Span, clock

NOWHERE = Span(0, 0, "")


def line(slot: SlotProposal) -> str:
    """10-23 9:00-10:40 自动化学院 9班 300人 只=… 除=… 先=… 后=… @体育馆; what is not said is left out."""
    words = [f"{slot.day.month}-{slot.day.day}", f"{clock(slot.starts_at)}-{clock(slot.ends_at)}", slot.college or "?"]
    words += [f"{slot.stated_classes}班"] if slot.stated_classes is not None else []
    words += [f"{slot.stated_heads}人"] if slot.stated_heads is not None else []
    named = {"只": slot.include, "除": slot.exclude, "先": slot.first, "后": slot.last}
    words += [f"{mark}={','.join(names)}" for mark, names in named.items() if names]
    words += [f"@{slot.place}"] if slot.place else []
    return " ".join(words)


def asked(proposal: NoticeProposal) -> list[str]:
    """weekday_mismatch, heads_unknown@3: codes of the findings, with their slot, in alphabetical order."""
    return sorted(f.code + (f"@{f.slot}" if f.slot is not None else "") for f in proposal.findings)


def facts(proposal: NoticeProposal) -> dict[str, Any]:
    return {name: fact.value for name, fact in vars(proposal.facts).items() if fact}


def without_spans(proposal: NoticeProposal) -> tuple[dict[str, Any], list[SlotProposal]]:
    return facts(proposal), [replace(slot, span=NOWHERE, spans={}) for slot in proposal.slots]
