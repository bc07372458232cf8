"""The verdict on a mail before anything is written: is it for us, which file is the photo, whose is it."""

from dataclasses import dataclass, replace
from uuid import UUID

from gradphoto.core.db import sessions
from gradphoto.mailroom.causes import Cause, cause
from gradphoto.mailroom.choosing import Choice, choose
from gradphoto.mailroom.models import MailState
from gradphoto.mailroom.reading.mail import ReadMail
from gradphoto.mailroom.reading.parts import MailPart
from gradphoto.mailroom.reading.subject import SubjectKeys, names_agree, written_name
from gradphoto.mailroom.whose_service import Whose, candidates, file_keys, subject_of, whose
from gradphoto.photos.checker import check_photo
from gradphoto.photos.checking.report import Finding, PhotoReport, headline
from gradphoto.photos.checking.standard import Profile
from gradphoto.photos.claim_service import Claim, claim_of
from gradphoto.photos.matching.names import keys_of
from gradphoto.photos.models import PhotoSource, Sign
from gradphoto.photos.receive_service import Arrival, Ready, keep, ready
from gradphoto.photos.service import the_store
from gradphoto.roster.names import same_name

# What the sender alone can mend, unless something else in the mail leads to somebody.
_SENDERS = frozenset({"no_number", "number_unknown", "id_number_in_subject"})


@dataclass(frozen=True, slots=True)
class Verdict:
    """`arrival` with `report` when the photo is to be received; the state then follows from what becomes of it."""

    state: MailState
    causes: tuple[Cause, ...]
    student_id: UUID | None = None
    name: str = ""
    """as the sender wrote it and the roster has it; empty = they are not greeted by name"""
    position: int | None = None
    arrival: Arrival | None = None
    report: PhotoReport | None = None


async def judge(campaign_id: UUID, mail: ReadMail) -> Verdict:
    if mail.broken:
        return Verdict(MailState.held, (cause("unreadable"),))
    keys, choice = subject_of(mail), choose(mail)
    async with sessions() as db, db.begin():
        found = await whose(db, campaign_id, keys)
    verdict = Verdict(MailState.held, (), *_known(keys, found), position=choice.position)
    if mail.automatic:
        return _from_program(mail, choice, found, verdict)
    if not _for_us(keys, choice, found) and not await _may_hold_one(campaign_id, mail, keys, choice):
        return Verdict(MailState.ignored, (cause("unrelated"),))
    if choice.position is None:
        assert choice.cause is not None
        return _without_photo(verdict, choice, found)
    return await _with_photo(campaign_id, mail, keys, found, verdict, mail.parts[choice.position - 1])


def too_large(mail: ReadMail, size: int, most: int) -> Verdict:
    """Of a mail whose header lines are all that was fetched."""
    if mail.automatic in ("auto_reply", "bounce"):
        return Verdict(MailState.ignored, (cause(mail.automatic),))
    said = f"邮件有 {size / 2**20:.0f} MB，超过 {most // 2**20} MB，没有收取"
    # Who gets no answer does not hear that it was too large.
    state = MailState.held if mail.automatic else MailState.refused
    return Verdict(state, (cause("mail_too_large", said),))


def _from_program(mail: ReadMail, choice: Choice, found: Whose, verdict: Verdict) -> Verdict:
    """Lists, forwarders and some providers mark a student's own mail as sent in bulk: no photo is lost to that. An
    automatic reply or a bounce quotes our own words, so only a photo makes one of them worth a look."""
    if _brings(choice) or (mail.automatic == "newsletter" and found.student is not None):
        return replace(verdict, causes=(cause("from_program"), *_as_told(found)))
    return Verdict(MailState.ignored, (cause(mail.automatic),))


def _brings(choice: Choice) -> bool:
    return choice.position is not None or choice.held


def _for_us(keys: SubjectKeys, choice: Choice, found: Whose) -> bool:
    """The mailbox is the office's own: what speaks of no photo, names nobody and brings none is not answered."""
    return _brings(choice) or keys.marked or found.student is not None or bool(keys.id_numbers)


async def _may_hold_one(campaign_id: UUID, mail: ReadMail, keys: SubjectKeys, choice: Choice) -> bool:
    """A RAR, a pasted picture, a link: what cannot be taken is still somebody's photo when a name leads to them."""
    if choice.cause is None or choice.cause.code in ("no_attachment", "no_picture", "not_a_photo"):
        return False
    async with sessions() as db, db.begin():
        return bool(await candidates(db, campaign_id, keys, file_keys(mail)))


def _known(keys: SubjectKeys, found: Whose) -> tuple[UUID | None, str]:
    if found.student is None or found.cause is not None:
        return None, ""
    return found.student.id, written_name(keys, found.student.name)


def _without_photo(verdict: Verdict, choice: Choice, found: Whose) -> Verdict:
    assert choice.cause is not None
    state = MailState.held if choice.held else MailState.refused
    also = (found.cause,) if found.cause and (choice.held or found.cause.code in _SENDERS) else ()
    return replace(verdict, state=state, causes=(choice.cause, *also))


async def _with_photo(
    campaign_id: UUID, mail: ReadMail, keys: SubjectKeys, found: Whose, verdict: Verdict, part: MailPart
) -> Verdict:
    signs = {Sign.mail_subject: verdict.student_id} if verdict.student_id and _says_more(keys, found, part) else {}
    arrival = Arrival(data=part.data, filename=part.name, source=PhotoSource.returned, by=None, signs=signs)
    async with sessions() as db, db.begin():
        claim = await claim_of(db, campaign_id, keys_of(part.name), PhotoSource.returned, signs)
        state = await ready(db, campaign_id, arrival)
        others = await candidates(db, campaign_id, keys, file_keys(mail))
    if claim.student_id is not None:
        report = await keep(the_store(), arrival, state)
        return replace(verdict, student_id=claim.student_id, arrival=arrival, report=report)
    faults = await _faults_of_file(part.data, state)
    if faults:
        return replace(verdict, state=MailState.refused, causes=(cause("photo_rejected"), *faults, *_as_told(found)))
    return _unclear(verdict, claim, found, led=bool(others) or verdict.student_id is not None, marked=keys.marked)


def _says_more(keys: SubjectKeys, found: Whose, part: MailPart) -> bool:
    """A 学号 in the subject that stands in the file's name again is one word written twice, with its mistake: only a
    name or an ID number beside it makes a second sign."""
    assert found.student is not None
    name, file = found.student.name, keys_of(part.name)
    return bool(file.id_number or names_agree(keys, name) or (file.name and same_name(name, file.name)))


def _unclear(verdict: Verdict, claim: Claim, found: Whose, *, led: bool, marked: bool) -> Verdict:
    """Held where anything leads to somebody; where nothing does the sender hears what is missing."""
    causes = list(_as_told(found))
    if claim.held is not None and (found.cause is None or claim.held not in ("no_key", "one_sign")):
        # The subject names somebody, and the file's name adds nothing: that is what the sender can mend.
        causes.append(cause("no_key" if claim.held == "one_sign" and verdict.student_id else claim.held))
    if led:
        return replace(verdict, state=MailState.held, causes=tuple(causes))
    if marked or (found.cause is not None and found.cause.code != "no_number"):
        return replace(verdict, state=MailState.refused, causes=tuple(causes))
    return replace(verdict, state=MailState.held, causes=(cause("not_understood"),))


def _as_told(found: Whose) -> tuple[Cause, ...]:
    return (found.cause,) if found.cause else ()


async def _faults_of_file(data: bytes, state: Ready) -> list[Cause]:
    """Faults of the file itself do not wait until somebody has found out whose it is."""
    if state.known:
        return []
    report = await check_photo(data, state.standard, Profile.returned)
    return told([one for one in report.findings if one.level == "block" and one.about == "file"])


def told(findings: list[Finding]) -> list[Cause]:
    """At most three, worst first, in the check's own sentences."""
    return [Cause(one.code, one.zh, one.remedy) for one in headline(findings)]
