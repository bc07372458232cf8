"""Puts every class group of the roster into one slot, in turn and order, and says where notice and roster differ."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Protocol
from uuid import UUID

from gradphoto.schedule.models import Turn
from gradphoto.schedule.notice.class_names import ALIASES, alias_key, plain_name, split_name
from gradphoto.schedule.notice.college_names import SAME_OR_NOT, match_colleges
from gradphoto.schedule.notice.proposal import Choice, Finding, Level, when
from gradphoto.schedule.notice.rulings import NO_RULINGS, Findings, Rulings
from gradphoto.schedule.planning.timing import capacity, seconds_each


class SlotWish(Protocol):
    """What a slot asks for; `proposal.SlotProposal` is one. `college` and names are the notice's words."""

    @property
    def starts_at(self) -> datetime: ...
    @property
    def ends_at(self) -> datetime: ...
    @property
    def college(self) -> str: ...
    @property
    def stated_classes(self) -> int | None: ...
    @property
    def stated_heads(self) -> int | None: ...
    @property
    def include(self) -> tuple[str, ...]: ...
    @property
    def exclude(self) -> tuple[str, ...]: ...
    @property
    def first(self) -> tuple[str, ...]: ...
    @property
    def last(self) -> tuple[str, ...]: ...


@dataclass(frozen=True)
class ClassGroupHeads:
    """A class group of the roster with its college's name and number of students."""

    id: UUID
    name: str
    college: str
    heads: int


Taken = dict[UUID, int]  # class group -> index of its slot
LookUp = Callable[[str, str, int], ClassGroupHeads | None]  # class name, college as told, slot


@dataclass(frozen=True)
class Placed:
    """`slot` is the index in the slots given; `position` counts from 0 inside it."""

    slot: int
    class_group_id: UUID
    turn: Turn
    position: int


@dataclass(frozen=True)
class Placement:
    """`placed` by slot and position, `unplaced` in roster order: together every class group exactly once."""

    placed: tuple[Placed, ...]
    unplaced: tuple[UUID, ...]
    findings: tuple[Finding, ...]


def place(
    slots: Sequence[SlotWish],
    class_groups: Sequence[ClassGroupHeads],
    pace_people: int,
    pace_minutes: int,
    aliases: Mapping[str, str] = ALIASES,
    rulings: Rulings = NO_RULINGS,
) -> Placement:
    """Each class group into at most one slot of its own college; `class_groups` in the order of the roster.

    The college is the roster's, never concluded from a class name. A slot that names classes (only, first, last) gets
    those; what is left goes to the college's slots that do not say `only`, filling each to its stated number of
    classes. A slot without a college takes the classes it names, whosever they are. Inside a slot: first, the others,
    last; each by prefix in roster order, then by number. Two names are one class, and two colleges one college, by
    the ruling of a person, else by the tables.
    """
    findings = Findings(rulings)
    told = [slot.college for slot in slots if slot.college]
    colleges = match_colleges(told, [group.college for group in class_groups], findings, all(s.college for s in slots))
    taken: dict[UUID, int] = {}
    turns: dict[UUID, Turn] = {}
    for college in dict.fromkeys(colleges.values()):
        own = {index: slot for index, slot in enumerate(slots) if colleges.get(slot.college) == college}
        groups = [group for group in class_groups if group.college == college]
        look_up = partial(_look_up, groups, class_groups, aliases, findings)
        taken |= _named(own, look_up, turns, findings)
        _share_out(own, look_up, groups, taken, findings)
    nobodys = {index: slot for index, slot in enumerate(slots) if not slot.college}
    free = [group for group in class_groups if group.id not in taken]
    taken |= _named(nobodys, partial(_look_up, free, free, aliases, findings), turns, findings)
    if nobodys:
        _tell_left(class_groups, taken, colleges, findings)
    order = _roster_order(class_groups)
    members: dict[int, list[ClassGroupHeads]] = {index: [] for index in range(len(slots))}
    for group in class_groups:
        if group.id in taken:
            members[taken[group.id]].append(group)
    placed = []
    for index, groups in members.items():
        groups.sort(key=lambda group: (list(Turn).index(turns.get(group.id, Turn.normal)), order[group.id]))
        placed += [Placed(index, g.id, turns.get(g.id, Turn.normal), position) for position, g in enumerate(groups)]
    _compare(slots, members, colleges, pace_people, pace_minutes, findings)
    return Placement(tuple(placed), tuple(g.id for g in class_groups if g.id not in taken), findings.all())


def _roster_order(class_groups: Sequence[ClassGroupHeads]) -> dict[UUID, tuple[int, str, int, int]]:
    """Prefixes in the order a college has them, then letter and number: 计1501, 计1502, 计1510, 通信1501."""
    seen: dict[tuple[str, str], int] = {}
    order = {}
    for index, group in enumerate(class_groups):
        prefix, letter, number = split_name(group.name)
        order[group.id] = (seen.setdefault((group.college, prefix), len(seen)), letter, number, index)
    return order


def _named(own: Mapping[int, SlotWish], look_up: LookUp, turns: dict[UUID, Turn], findings: Findings) -> Taken:
    """The class groups that slots call by name, each to the first slot that does; fills in their turns."""
    taken: Taken = {}
    for index, slot in own.items():
        for turn, names in ((Turn.normal, slot.include), (Turn.first, slot.first), (Turn.last, slot.last)):
            for group in filter(None, (look_up(name, slot.college, index) for name in names)):
                if taken.setdefault(group.id, index) != index:
                    sentence = f"“{group.name}”在{slot.college}的两个场次里都被点名。"
                    choices = (Choice("earlier", "只排进前一场。"), Choice("later", "只排进后一场。"))
                    about = f"{group.college}{group.name}"
                    if (
                        findings.ask("class_in_two_slots", sentence, choices, None, index, about, Level.warning)
                        == "later"
                    ):
                        taken[group.id] = index
                elif turn is not Turn.normal and turns.setdefault(group.id, turn) is not turn:
                    sentence = f"“{group.name}”既写了先拍又写了后拍。"
                    choices = (Choice("first", "按先拍安排。"), Choice("last", "按后拍安排。"))
                    about = f"{group.college}{group.name}"
                    taken_turn = findings.ask(
                        "class_first_and_last", sentence, choices, None, index, about, Level.warning
                    )
                    turns[group.id] = Turn(taken_turn)
    return taken


def _tell_left(
    class_groups: Sequence[ClassGroupHeads], taken: Taken, colleges: Mapping[str, str], findings: Findings
) -> None:
    """Whom a timetable by class forgets; those of a college with slots of its own were told there."""
    for group in class_groups:
        if group.id not in taken and group.college not in colleges.values():
            sentence = f"名册里{group.college}的“{group.name}”（{group.heads} 人）没有排进任何场次。"
            _tell(findings, "class_without_slot", sentence, "请为它指定场次。", None, f"{group.college}{group.name}")


def _share_out(
    own: Mapping[int, SlotWish],
    look_up: LookUp,
    groups: list[ClassGroupHeads],
    taken: Taken,
    findings: Findings,
) -> None:
    """The college's other class groups to its slots that take all but the excluded, earlier slots first."""
    open_slots = {index: slot for index, slot in own.items() if not slot.include}
    excluded = {
        index: {group.id for name in slot.exclude if (group := look_up(name, slot.college, index))}
        for index, slot in open_slots.items()
    }
    filled = Counter(taken.values())
    for group in groups:
        if group.id in taken:
            continue
        choices = [index for index in open_slots if group.id not in excluded[index]]
        if not choices:
            sentence = f"名册里{group.college}的“{group.name}”（{group.heads} 人）没有排进任何场次。"
            _tell(findings, "class_without_slot", sentence, "请为它指定场次。", None, f"{group.college}{group.name}")
            continue
        wanted = (i for i in choices if filled[i] < (open_slots[i].stated_classes or len(groups)))
        taken[group.id] = next(wanted, choices[-1])
        filled[taken[group.id]] += 1
    if len(open_slots) > 1:
        first, slot = next(iter(open_slots.items()))
        sentence = f"{slot.college}有 {len(open_slots)} 个场次没有写明只拍哪些班。"
        ruling = "按名册顺序先排满前一场，请核对。"
        findings.told("split_not_stated", Level.question, sentence, ruling, None, first, slot.college)


def _look_up(
    groups: Sequence[ClassGroupHeads],
    everybody: Sequence[ClassGroupHeads],
    aliases: Mapping[str, str],
    findings: Findings,
    name: str,
    college: str,
    slot: int,
) -> ClassGroupHeads | None:
    """The class group with that name among `groups`, those of one college; by alias only if exactly one fits."""
    for group in groups:
        if plain_name(group.name) == plain_name(name):
            return group
    alike = [group for group in groups if alias_key(group.name, aliases) == alias_key(name, aliases)]
    if len(alike) == 1:
        sentence = f"通知里的“{name}”当作{alike[0].college}的“{alike[0].name}”。"
        about = f"{alike[0].college}{name}={alike[0].name}"
        same = findings.ask("class_by_alias", sentence, SAME_OR_NOT, None, slot, about) == "same"
        return alike[0] if same else None
    elsewhere = [group.college for group in everybody if plain_name(group.name) == plain_name(name)]
    if elsewhere:
        sentence = f"通知把“{name}”写在{college}，名册里它属于{elsewhere[0]}。"
        ruling = "以名册的学院为准，不排进这一场。"
        _tell(findings, "class_of_other_college", sentence, ruling, slot, f"{college}{name}")
    else:
        sentence = f"通知里{college}的“{name}”不在名册里。"
        _tell(findings, "class_not_in_roster", sentence, "先不理会，请核对班级名称。", slot, f"{college}{name}")
    return None


def _compare(
    slots: Sequence[SlotWish],
    members: Mapping[int, list[ClassGroupHeads]],
    colleges: Mapping[str, str],
    people: int,
    minutes: int,
    findings: Findings,
) -> None:
    """Stated classes and heads against the roster's, and the roster's heads against what fits into the slot."""
    for index, slot in enumerate(slots):
        if slot.college and slot.college not in colleges:
            continue
        classes, heads = len(members[index]), sum(group.heads for group in members[index])
        label = f"{slot.college or '、'.join(slot.include[:2])} {when(slot.starts_at, slot.ends_at)}"
        if slot.stated_classes not in (None, classes):
            sentence = f"{label}：通知写 {slot.stated_classes} 个班，名册排进 {classes} 个班。"
            _tell(findings, "classes_differ", sentence, "以名册为准。", index, label)
        if slot.stated_heads not in (None, heads):
            sentence = f"{label}：通知写 {slot.stated_heads} 人，名册有 {heads} 人。"
            _tell(findings, "heads_differ", sentence, "以名册为准。", index, label)
        length = int((slot.ends_at - slot.starts_at).total_seconds()) // 60
        fits = capacity(length, people, minutes)
        if heads > fits:
            late = (heads * seconds_each(people, minutes) / 60) - length
            sentence = (
                f"{label}：名册有 {heads} 人，{length} 分钟按 {minutes} 分钟 {people} 人能拍 {fits} 人，"
                f"多 {heads - fits} 人，约要拖后 {late:.0f} 分钟。"
            )
            _tell(findings, "over_capacity", sentence, "不改时间，后面的班级会顺延。", index, label)


def _tell(findings: Findings, code: str, sentence: str, ruling: str, slot: int | None, about: str) -> None:
    findings.told(code, Level.warning, sentence, ruling, None, slot, about)
