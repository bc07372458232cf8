"""Which college of the roster a notice means: 计通学院 is 计算机与通信工程学院, if nothing else could be."""

import re
from collections import Counter
from collections.abc import Sequence

from gradphoto.schedule.notice.class_names import plain_name
from gradphoto.schedule.notice.proposal import Choice, Level
from gradphoto.schedule.notice.rulings import Findings

SAME_OR_NOT = (Choice("same", "按此对应，请确认。"), Choice("other", "不是同一个，不按此对应。"))


def match_colleges(
    told: Sequence[str], known: Sequence[str], findings: Findings, complete: bool = True
) -> dict[str, str]:
    """College of the notice -> college of the roster; exact, then without 学院, then as an abbreviation (计通).

    `known` holds a college once for each of its class groups. What is not exact is a question, what is not
    unique is not matched. `complete`: every slot names a college, so one that is not told has no slot.
    """
    classes = Counter(known)
    found = {name: name for name in told if name in classes}
    for name in dict.fromkeys(told):
        if name in found:
            continue
        free = [college for college in classes if college not in found.values()]
        alike = _alike(name, free) or _alike(name, list(classes))
        if len(alike) == 1:
            sentence = f"通知里的“{name}”当作名册里的“{alike[0]}”。"
            if findings.ask("college_by_abbreviation", sentence, SAME_OR_NOT, about=f"{name}={alike[0]}") == "same":
                found[name] = alike[0]
        else:
            why = f"，可能是{'、'.join(alike[:5])}" if alike else ""
            sentence = f"通知里的“{name}”在名册里没有对应的学院{why}。"
            choices = [Choice("none", "这一场暂不安排班级。")]
            choices += [Choice(f"option_{n}", f"当作名册里的“{one}”。") for n, one in enumerate(alike[:5], 1)]
            taken = findings.ask("college_not_in_roster", sentence, choices, about=f"{name}={'、'.join(alike[:5])}")
            if taken != "none":
                found[name] = alike[int(taken.removeprefix("option_")) - 1]
    for college, count in classes.items():
        if complete and college not in found.values():
            sentence = f"名册里的“{college}”（{count} 个班）在通知里没有场次。"
            findings.told("college_without_slot", Level.warning, sentence, "请为它增加场次。", about=college)
    return found


def _alike(name: str, colleges: list[str]) -> list[str]:
    same = [college for college in colleges if _core(college) == _core(name)]
    return same or [college for college in colleges if _abbreviates(name, college) or _abbreviates(college, name)]


def _core(college: str) -> str:
    return re.sub(r"(?:学院|书院|学部|系)$", "", plain_name(college))


def _abbreviates(short: str, long: str) -> bool:
    """计通 for 计算机与通信工程 (same first character, the others in order), or 管理 for 经济管理."""
    letters, whole = _core(short), _core(long)
    rest = iter(whole)
    in_order = letters[:1] == whole[:1] and all(letter in rest for letter in letters)
    return len(letters) >= 2 and (in_order or letters in whole)
