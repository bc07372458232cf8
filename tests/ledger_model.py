"""What the cash ought to do, told by the rules alone: the model against which the database is tried."""

from dataclasses import dataclass, field

from gradphoto.fees.cash import fewest_notes

FEE = 2000
CLASSES, HEADS = 2, 2


@dataclass
class Entry:
    id: str
    student: int
    kind: str
    reversed: bool = False


@dataclass
class Handing:
    id: str
    group: int
    students: set[int]
    state: str = "declared"


@dataclass
class Model:
    """What ought to be, told by the rules alone."""

    entries: list[Entry] = field(default_factory=list)
    handovers: list[Handing] = field(default_factory=list)

    def stands(self, student: int, kind: str) -> int:
        return sum(1 for e in self.entries if (e.student, e.kind, e.reversed) == (student, kind, False))

    def paid(self, student: int) -> bool:
        return self.stands(student, "collected") > self.stands(student, "refunded")

    def waived(self, student: int) -> bool:
        return self.stands(student, "waived") > 0

    def handing(self, student: int) -> Handing | None:
        return next((h for h in self.handovers if h.state != "withdrawn" and student in h.students), None)

    def state(self, student: int) -> str:
        if self.waived(student):
            return "waived"
        if self.paid(student):
            handing = self.handing(student)
            return "handed_over" if handing and handing.state == "confirmed" else "with_monitor"
        return "refunded" if self.stands(student, "refunded") else "unpaid"

    def free(self, group: int) -> set[int]:
        return {s for s in members(group) if self.paid(s) and self.handing(s) is None}

    def open(self, group: int) -> bool:
        return any(h.group == group and h.state in ("declared", "disputed") for h in self.handovers)

    def refusal(self, student: int, kind: str, sign: int = 1) -> str:
        """Of an entry of `kind`, or (sign -1) of the reversal of one."""
        leaves = kind == "refunded" or sign == -1
        if leaves and self.handing(student):
            return "money_has_left"
        if kind == "waived":
            waivable = "already_waived" if self.waived(student) else "waived_or_paid" if self.paid(student) else ""
            return waivable if sign == 1 else ""
        if (kind == "collected") == (sign == 1):
            return "already_paid" if self.paid(student) else "waived_or_paid" if self.waived(student) else ""
        return "" if self.paid(student) else "nothing_to_refund"


def members(group: int) -> range:
    return range(group * HEADS, (group + 1) * HEADS)


def notes(fen: int) -> dict[str, int]:
    return {face.value: count for face, count in fewest_notes(fen).items()}
