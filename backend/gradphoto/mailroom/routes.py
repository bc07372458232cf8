"""The registrar's mail room: mails by state, each with its causes, files and answer, and what a person decides."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field

from gradphoto.accounts.auth import NotSignedIn, SignedIn, SignedInBriefly
from gradphoto.accounts.policy import Act, NotAllowed, Owner, require
from gradphoto.accounts.service import audit
from gradphoto.core.db import Db, sessions
from gradphoto.core.errors import NotFound, refuses
from gradphoto.mailroom import answer_routes, answer_service, decide_service, desk_service, mailbox_routes
from gradphoto.mailroom.answer_routes import AnswerOut, answer_out
from gradphoto.mailroom.decide_service import MailSettled, ReasonForSender
from gradphoto.mailroom.desk_service import MailIgnored, MailLine, NoPhotoThere
from gradphoto.mailroom.models import AnswerState, MailState
from gradphoto.photos.checker import CheckBusy
from gradphoto.photos.decide_service import AcceptedTwice, PhotoMoved, PhotoSuperseded
from gradphoto.photos.derived import NoThumbnail
from gradphoto.photos.models import PhotoState
from gradphoto.photos.storage import PhotoAltered, PhotoLost, StorageAway, StorageFull
from gradphoto.roster.models import ClassGroup, Student

router = APIRouter(tags=["mail room"])
router.include_router(mailbox_routes.router)
router.include_router(answer_routes.router)
JPEG: dict[int | str, dict[str, Any]] = {
    200: {"content": {"image/jpeg": {"schema": {"type": "string", "format": "binary"}}}}
}


class CauseOut(BaseModel):
    code: str
    zh: str = Field(description="what is wrong and the way out", examples=["主题里没有学号。主题请写成：…。"])


class MailStudent(BaseModel):
    student_id: UUID
    number: str
    name: str
    class_group_name: str


class MailOut(BaseModel):
    mail_id: UUID
    sender: str
    subject_mask: str = Field(description="the subject as it came, ID numbers masked")
    state: MailState
    causes: list[CauseOut] = Field(description="worst first")
    student: MailStudent | None = Field(description="whom the mail was found to be of")
    files: int
    late: bool = Field(description="came after the return deadline")
    sent_at: datetime | None = Field(description="what the sender's machine wrote")
    received_at: datetime = Field(description="when the mail server had it: this one counts")
    settled_at: datetime
    by_person: bool = Field(description="false: the job settled it")
    answer_state: AnswerState | None = Field(description="null: there is none")


def _student(student: Student | None, group: ClassGroup | None) -> MailStudent | None:
    if student is None or group is None:
        return None
    return MailStudent(student_id=student.id, number=student.number, name=student.name, class_group_name=group.name)


def _mail(line: MailLine) -> dict[str, Any]:
    mail = line.mail
    included = {"sender", "subject_mask", "state", "late", "sent_at", "received_at", "settled_at"}
    return mail.model_dump(include=included) | {
        "mail_id": mail.id,
        "causes": [CauseOut(**one) for one in mail.causes],
        "student": _student(line.student, line.class_group),
        "files": line.files,
        "by_person": mail.settled_by is not None,
        "answer_state": line.answer,
    }


class MailPage(BaseModel):
    mails: list[MailOut]
    counts: dict[MailState, int] = Field(description="of the whole campaign, whatever the list is narrowed to")
    next_after: UUID | None = Field(description="send as `after` for the next page; null = the end")


@router.get("/campaigns/{campaign_id}/mails", operation_id="listMails", responses=refuses(NotSignedIn, NotAllowed))
async def list_mails(
    campaign_id: UUID,
    db: Db,
    actor: SignedIn,
    state: MailState | None = None,
    late: Annotated[bool | None, Query(description="true: only those after the deadline")] = None,
    search: Annotated[
        str | None, Query(max_length=50, description="part of sender, subject, name or 学号; no ID number")
    ] = None,
    after: Annotated[UUID | None, Query(description="the last mail_id of the page before")] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
) -> MailPage:
    """Mails, newest first, and how many there are of each state."""
    require(actor, Act.run_mailroom, Owner(campaign_id))
    lines = await desk_service.list_mails(
        db, campaign_id, state=state, late=late, search=search, after=after, limit=limit
    )
    return MailPage(
        mails=[MailOut(**_mail(line)) for line in lines],
        counts=await desk_service.counts(db, campaign_id),
        next_after=lines[-1].mail.id if len(lines) == limit else None,
    )


class CauseCount(BaseModel):
    code: str
    mails: int


class MailStatistics(BaseModel):
    states: dict[MailState, int]
    late: int
    answers: dict[AnswerState, int]
    causes: list[CauseCount] = Field(description="of held and refused mails, most frequent first")
    oldest_held_at: datetime | None = Field(description="how long somebody has been waiting for a person")


@router.get(
    "/campaigns/{campaign_id}/mails/statistics",
    operation_id="getMailStatistics",
    responses=refuses(NotSignedIn, NotAllowed),
)
async def get_mail_statistics(campaign_id: UUID, db: Db, actor: SignedIn) -> MailStatistics:
    """What came, what became of it, and what people most often get wrong."""
    require(actor, Act.run_mailroom, Owner(campaign_id))
    found = await desk_service.statistics(db, campaign_id)
    causes = [CauseCount(code=code, mails=mails) for code, mails in found.causes]
    return MailStatistics(**(found._asdict() | {"causes": causes}))


class MailFileOut(BaseModel):
    position: int
    name_mask: str = Field(description="the file's own name, ID numbers masked; of a cloud link the service")
    size: int
    kind: str = Field(examples=["attachment", "zip_entry", "inline", "cloud_link", "signature_image", "other"])
    code: str = Field(description="why it was not taken; empty = it became the photo")
    photo_id: UUID | None
    photo_state: PhotoState | None


class CandidateOut(MailStudent):
    score: float = Field(description="0 to 1: how much agrees; a person decides")
    reasons: list[str] = Field(description="what agrees, strongest first", examples=[["主题里的学号一致", "班级一致"]])


class MailDetail(MailOut):
    parts: list[MailFileOut]
    answers: list[AnswerOut] = Field(description="newest first")
    candidates: list[CandidateOut] = Field(description="of a held or refused one: whose it may be, best first")


async def _detail(campaign_id: UUID, mail_id: UUID) -> MailDetail:
    async with sessions() as db:
        line = await desk_service.mail_line(db, campaign_id, mail_id)
        files = await desk_service.files_of(db, campaign_id, mail_id)
        answers = await answer_service.answers_of(db, campaign_id, mail_id)
    parts = [
        MailFileOut(
            **one.file.model_dump(include={"position", "name_mask", "size", "kind", "code", "photo_id"}),
            photo_state=one.photo.state if one.photo else None,
        )
        for one in files
    ]
    found = [
        CandidateOut(
            student_id=one.student.id,
            number=one.student.number,
            name=one.student.name,
            class_group_name=one.class_group.name,
            score=one.score.value,
            reasons=list(one.score.reasons),
        )
        for one in await desk_service.candidates_of(campaign_id, line.mail)
    ]
    return MailDetail(**_mail(line), parts=parts, answers=[answer_out(one) for one in answers], candidates=found)


@router.get(
    "/campaigns/{campaign_id}/mails/{mail_id}",
    operation_id="getMail",
    responses=refuses(NotSignedIn, NotAllowed, NotFound, PhotoLost, PhotoAltered, StorageAway),
)
async def get_mail(campaign_id: UUID, mail_id: UUID, actor: SignedInBriefly) -> MailDetail:
    """One mail: its causes, its files and what became of them, its answers, and whose it may be."""
    require(actor, Act.run_mailroom, Owner(campaign_id))
    return await _detail(campaign_id, mail_id)


@router.get(
    "/campaigns/{campaign_id}/mails/{mail_id}/files/{position}/thumbnail",
    operation_id="getMailThumbnail",
    response_class=Response,
    responses=refuses(
        NotSignedIn,
        NotAllowed,
        NotFound,
        NoPhotoThere,
        MailIgnored,
        NoThumbnail,
        CheckBusy,
        PhotoLost,
        PhotoAltered,
        StorageAway,
    )
    | JPEG,
)
async def get_mail_thumbnail(campaign_id: UUID, mail_id: UUID, position: int, actor: SignedInBriefly) -> Response:
    """A picture of the mail, 240 pixels wide, without metadata. The file itself is never given out from here."""
    require(actor, Act.run_mailroom, Owner(campaign_id))
    small = await desk_service.picture_of(campaign_id, mail_id, position)
    return Response(small, media_type="image/jpeg", headers={"Cache-Control": "private, max-age=3600"})


class MailMatchIn(BaseModel):
    student_id: UUID
    position: int = Field(ge=1, le=1000, description="which file of the mail is the photo", examples=[1])


@router.post(
    "/campaigns/{campaign_id}/mails/{mail_id}/match",
    operation_id="matchMail",
    responses=refuses(
        NotSignedIn,
        NotAllowed,
        NotFound,
        MailSettled,
        NoPhotoThere,
        MailIgnored,
        AcceptedTwice,
        StorageFull,
        StorageAway,
        CheckBusy,
        PhotoLost,
        PhotoAltered,
    ),
)
async def match_mail(campaign_id: UUID, mail_id: UUID, body: MailMatchIn, actor: SignedInBriefly) -> MailDetail:
    """Say whose the photo of a held or refused mail is. It is received at once, and a new answer written."""
    require(actor, Act.run_mailroom, Owner(campaign_id))
    await decide_service.match_mail(campaign_id, mail_id, body.student_id, body.position, actor)
    return await _detail(campaign_id, mail_id)


class MailRefusalIn(BaseModel):
    reason: str = Field(max_length=200, description="the sender reads it", examples=["不是本人照片，请重新提交"])


@router.post(
    "/campaigns/{campaign_id}/mails/{mail_id}/refuse",
    operation_id="refuseMail",
    responses=refuses(NotSignedIn, NotAllowed, NotFound, MailSettled, ReasonForSender),
)
async def refuse_mail(campaign_id: UUID, mail_id: UUID, body: MailRefusalIn, db: Db, actor: SignedIn) -> MailOut:
    """Send it back with a reason."""
    require(actor, Act.run_mailroom, Owner(campaign_id))
    await decide_service.refuse_mail(db, campaign_id, mail_id, body.reason, actor)
    await audit(db, actor, "refuse_mail", campaign_id, ("mail", mail_id))
    return MailOut(**_mail(await desk_service.mail_line(db, campaign_id, mail_id)))


@router.post(
    "/campaigns/{campaign_id}/mails/{mail_id}/dismiss",
    operation_id="dismissMail",
    responses=refuses(NotSignedIn, NotAllowed, NotFound, MailSettled),
)
async def dismiss_mail(campaign_id: UUID, mail_id: UUID, db: Db, actor: SignedIn) -> MailOut:
    """Not for us: ignored, and not answered."""
    require(actor, Act.run_mailroom, Owner(campaign_id))
    await decide_service.dismiss_mail(db, campaign_id, mail_id, actor)
    await audit(db, actor, "dismiss_mail", campaign_id, ("mail", mail_id))
    return MailOut(**_mail(await desk_service.mail_line(db, campaign_id, mail_id)))


@router.post(
    "/campaigns/{campaign_id}/mails/{mail_id}/reopen",
    operation_id="reopenMail",
    responses=refuses(NotSignedIn, NotAllowed, NotFound, MailIgnored, PhotoSuperseded, PhotoMoved, AcceptedTwice),
)
async def reopen_mail(campaign_id: UUID, mail_id: UUID, db: Db, actor: SignedIn) -> MailOut:
    """Take a decision back: the mail is held again, its photo is nobody's, an answer that has not left is dropped."""
    require(actor, Act.run_mailroom, Owner(campaign_id))
    await decide_service.reopen_mail(db, campaign_id, mail_id, actor)
    await audit(db, actor, "reopen_mail", campaign_id, ("mail", mail_id))
    return MailOut(**_mail(await desk_service.mail_line(db, campaign_id, mail_id)))
