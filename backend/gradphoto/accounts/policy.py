"""Who may do what, in one place: act x role -> how far it reaches. Tests walk this table and every endpoint."""

from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from uuid import UUID

from gradphoto.accounts.models import Role
from gradphoto.core.errors import Refusal


class NotAllowed(Refusal):
    """你没有权限看或做这件事。如果认为应该有，请联系教务处。"""

    status = 403


class Act(StrEnum):
    """What can be done. An endpoint names exactly one."""

    manage_campaign = "manage_campaign"  # notice, roster, timetable, clock of a rehearsal
    manage_accounts = "manage_accounts"  # staff, links, API keys
    read_audit = "read_audit"
    read_campaign = "read_campaign"  # the campaign, its venues and slots: no names
    read_students = "read_students"
    reveal_id_number = "reveal_id_number"
    arrange_classes = "arrange_classes"
    read_own_card = "read_own_card"
    check_in_self = "check_in_self"
    check_in_class = "check_in_class"
    override_check_in = "override_check_in"
    show_room = "show_room"  # door code and board
    run_station = "run_station"
    collect_fee = "collect_fee"
    read_fees = "read_fees"
    declare_handover = "declare_handover"
    decide_handover = "decide_handover"
    upload_photos = "upload_photos"
    return_photo = "return_photo"
    match_photo = "match_photo"
    decide_photo = "decide_photo"
    read_photo = "read_photo"
    read_original = "read_original"
    run_mailroom = "run_mailroom"
    deliver = "deliver"  # packages: what leaves the house
    report_registry = "report_registry"  # what 学信网 shows of a student
    read_progress = "read_progress"
    export = "export"
    read_changes = "read_changes"


class Reach(IntEnum):
    itself = 1
    class_group = 2
    college = 3
    campaign = 4


_STAFF = (Role.registrar, Role.agency)
_ALL = (Role.registrar, Role.agency, Role.counsellor, Role.screen, Role.monitor, Role.student, Role.system)


def _everywhere(*roles: Role) -> dict[Role, Reach]:
    return dict.fromkeys(roles, Reach.campaign)


POLICY: dict[Act, dict[Role, Reach]] = {
    Act.manage_campaign: _everywhere(Role.registrar),
    Act.manage_accounts: _everywhere(Role.registrar),
    Act.read_audit: _everywhere(Role.registrar),
    Act.read_campaign: _everywhere(*_ALL),
    Act.read_students: {
        **_everywhere(Role.registrar, Role.agency, Role.system),
        Role.counsellor: Reach.college,
        Role.monitor: Reach.class_group,
    },
    Act.reveal_id_number: {**_everywhere(Role.registrar), Role.counsellor: Reach.college},
    Act.arrange_classes: {**_everywhere(Role.registrar), Role.counsellor: Reach.college},
    Act.read_own_card: {Role.student: Reach.itself},
    Act.check_in_self: {Role.student: Reach.itself},
    Act.check_in_class: {
        **_everywhere(*_STAFF, Role.system),
        Role.counsellor: Reach.college,
        Role.monitor: Reach.class_group,
    },
    Act.override_check_in: {**_everywhere(*_STAFF), Role.counsellor: Reach.college},
    Act.show_room: _everywhere(*_STAFF, Role.screen),
    Act.run_station: _everywhere(Role.agency, Role.registrar),
    Act.collect_fee: {**_everywhere(Role.registrar, Role.system), Role.monitor: Reach.class_group},
    Act.read_fees: {
        **_everywhere(*_STAFF, Role.system),
        Role.counsellor: Reach.college,
        Role.monitor: Reach.class_group,
    },
    Act.declare_handover: {Role.monitor: Reach.class_group, **_everywhere(Role.registrar)},
    Act.decide_handover: _everywhere(Role.agency),
    Act.upload_photos: _everywhere(*_STAFF, Role.system),
    Act.return_photo: {Role.student: Reach.itself},
    Act.match_photo: _everywhere(*_STAFF),
    Act.decide_photo: _everywhere(Role.registrar),
    Act.read_photo: {**_everywhere(*_STAFF), Role.counsellor: Reach.college, Role.student: Reach.itself},
    Act.read_original: {**_everywhere(Role.registrar, Role.system), Role.student: Reach.itself},
    Act.run_mailroom: _everywhere(Role.registrar),
    Act.deliver: _everywhere(Role.registrar, Role.system),
    Act.report_registry: {**_everywhere(Role.registrar), Role.student: Reach.itself},
    Act.read_progress: {**_everywhere(*_STAFF, Role.system), Role.counsellor: Reach.college},
    Act.export: {**_everywhere(Role.registrar), Role.counsellor: Reach.college},
    Act.read_changes: _everywhere(Role.registrar, Role.system),
}


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose row it is. What a row does not have stays None, and a narrower reach then says no."""

    campaign_id: UUID
    college_id: UUID | None = None
    class_group_id: UUID | None = None
    student_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Actor:
    """Who is asking. Staff have no campaign of their own; students and API keys have exactly one."""

    roles: frozenset[Role]
    name: str
    id: UUID
    campaign_id: UUID | None = None
    college_ids: frozenset[tuple[UUID, UUID]] = frozenset()  # (campaign_id, college_id) of a counsellor
    college_id: UUID | None = None
    class_group_id: UUID | None = None
    student_id: UUID | None = None
    sign_in_id: UUID | None = None
    acts: frozenset[str] = field(default_factory=frozenset)  # of an API key

    @property
    def role(self) -> Role:
        """The role that the record shows: a monitor acts as monitor."""
        return Role.monitor if Role.monitor in self.roles else next(iter(self.roles))


def reach(actor: Actor, act: Act) -> Reach | None:
    """How far `act` goes for `actor`, None = not at all."""
    if Role.system in actor.roles and act not in actor.acts:
        return None
    reaches = [POLICY[act][role] for role in actor.roles if role in POLICY[act]]
    return max(reaches, default=None)


def allowed(actor: Actor, act: Act, owner: Owner) -> bool:
    if actor.campaign_id is not None and actor.campaign_id != owner.campaign_id:
        return False
    match reach(actor, act):
        case Reach.campaign:
            return True
        case Reach.college:
            return owner.college_id is not None and (owner.campaign_id, owner.college_id) in actor.college_ids
        case Reach.class_group:
            return owner.class_group_id is not None and owner.class_group_id == actor.class_group_id
        case Reach.itself:
            return owner.student_id is not None and owner.student_id == actor.student_id
        case _:
            return False


def require(actor: Actor, act: Act, owner: Owner) -> None:
    if not allowed(actor, act, owner):
        raise NotAllowed(act=act.value)


@dataclass(frozen=True, slots=True)
class Visible:
    """The part of a campaign that a list may show: everything, or these colleges, or this class group."""

    campaign_id: UUID
    college_ids: frozenset[UUID] | None = None
    class_group_id: UUID | None = None


def visible(actor: Actor, act: Act, campaign_id: UUID) -> Visible:
    """For lists: what of the campaign `act` lets `actor` see; NotAllowed when nothing."""
    found = reach(actor, act)
    if found is None or found is Reach.itself or (actor.campaign_id not in (None, campaign_id)):
        raise NotAllowed(act=act.value)
    if found is Reach.campaign:
        return Visible(campaign_id)
    if found is Reach.college:
        colleges = frozenset(college for campaign, college in actor.college_ids if campaign == campaign_id)
        if not colleges:
            raise NotAllowed(act=act.value)
        return Visible(campaign_id, college_ids=colleges)
    return Visible(campaign_id, class_group_id=actor.class_group_id)
