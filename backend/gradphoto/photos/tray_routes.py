"""The tray on the wire: what waits by class, photos beside the roster, confirming and undoing in bulk; slates.

`confirmProposals` also gives a photo to somebody else than was proposed, so that it can be undone to the letter.
"""

from datetime import datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field, model_validator

from gradphoto.accounts.auth import NotSignedIn, SignedIn
from gradphoto.accounts.policy import Act, NotAllowed, Owner, require
from gradphoto.accounts.service import audit
from gradphoto.core.db import Db
from gradphoto.core.errors import NotFound, OpIdReused, refuses
from gradphoto.photos import slate_service, tray_service
from gradphoto.photos.decide_service import AcceptedTwice
from gradphoto.photos.models import Hold, PhotoState, Sign
from gradphoto.photos.shapes import PhotoFinding, findings_of
from gradphoto.photos.tray_service import Seen, TrayPhoto
from gradphoto.roster.service import owner_of_class_group, the_student

router = APIRouter(tags=["photos"])


class TrayPhotoOut(BaseModel):
    photo_id: UUID = Field(description="its small picture is `getThumbnail`")
    held: Hold
    signs: list[Sign] = Field(description="what speaks for the proposal")
    proposed_student_id: UUID | None
    proposed_number: str | None
    proposed_name: str | None
    filename_mask: str
    taken_at: datetime | None = Field(description="by the camera's clock")
    photo_import_id: UUID | None
    position: int | None = Field(description="its place in the import; `releaseStretch` takes it")
    findings: list[PhotoFinding] = Field(description="why it waits, then what the check found, worst first")


def _photo(row: TrayPhoto) -> TrayPhotoOut:
    photo, student = row
    return TrayPhotoOut(
        **photo.model_dump(include={"signs", "proposed_student_id", "filename_mask", "taken_at"}),
        photo_id=photo.id,
        held=photo.held or Hold.no_key,
        proposed_number=student.number if student else None,
        proposed_name=student.name if student else None,
        photo_import_id=photo.import_id,
        position=photo.import_position,
        findings=findings_of(photo),
    )


class TrayClassOut(BaseModel):
    class_group_id: UUID
    class_group_name: str
    college_name: str
    waiting: int = Field(description="photos proposed for the class that wait for a person")
    frozen: int = Field(description="of those: in a frozen stretch")


class TrayOut(BaseModel):
    classes: list[TrayClassOut] = Field(description="in roster order, only those for whom something waits")
    nobodys: dict[Hold, int] = Field(description="photos without a proposal, by the reason")


@router.get("/campaigns/{campaign_id}/tray", operation_id="getTray", responses=refuses(NotSignedIn, NotAllowed))
async def get_tray(campaign_id: UUID, db: Db, actor: SignedIn) -> TrayOut:
    """待认领: how many photos wait, for which class, and how many for nobody."""
    require(actor, Act.match_photo, Owner(campaign_id))
    return TrayOut(
        classes=[TrayClassOut(**one._asdict()) for one in await tray_service.classes(db, campaign_id)],
        nobodys=await tray_service.nobodys_by_hold(db, campaign_id),
    )


@router.get(
    "/campaigns/{campaign_id}/tray/nobodys",
    operation_id="listNobodysPhotos",
    responses=refuses(NotSignedIn, NotAllowed),
)
async def list_nobodys_photos(
    campaign_id: UUID,
    db: Db,
    actor: SignedIn,
    held: Annotated[Hold | None, Query(description="only those that wait for this reason")] = None,
    after: Annotated[UUID | None, Query(description="the last photo_id of the page before")] = None,
    limit: Annotated[int, Query(ge=1, le=200, description="at most so many")] = 60,
) -> list[TrayPhotoOut]:
    """Photos for whom nobody is proposed, as they came in; a shorter page than `limit` is the last."""
    require(actor, Act.match_photo, Owner(campaign_id))
    return [_photo(row) for row in await tray_service.nobodys(db, campaign_id, held, after, limit)]


class ContactStudent(BaseModel):
    student_id: UUID
    number: str
    name: str
    photo_id: UUID | None = Field(description="the photo that counts, else the newest that is theirs")
    photo_state: PhotoState | None


class ContactSheet(BaseModel):
    students: list[ContactStudent] = Field(description="the class, by student number")
    photos: list[TrayPhotoOut] = Field(description="proposed for them and waiting")


@router.get(
    "/campaigns/{campaign_id}/class-groups/{class_group_id}/tray",
    operation_id="getContactSheet",
    responses=refuses(NotSignedIn, NotAllowed, NotFound),
)
async def get_contact_sheet(campaign_id: UUID, class_group_id: UUID, db: Db, actor: SignedIn) -> ContactSheet:
    """The roster of a class with everybody's photo, beside the photos that may be theirs."""
    require(actor, Act.match_photo, await owner_of_class_group(db, campaign_id, class_group_id))
    roster = await tray_service.roster_of(db, campaign_id, class_group_id)
    return ContactSheet(
        students=[
            ContactStudent(
                student_id=student.id,
                number=student.number,
                name=student.name,
                photo_id=photo.id if photo else None,
                photo_state=photo.state if photo else None,
            )
            for student, photo in roster
        ],
        photos=[_photo(row) for row in await tray_service.proposed_for(db, campaign_id, class_group_id)],
    )


class SeenIn(BaseModel):
    photo_id: UUID
    student_id: UUID | None = Field(description="the proposal as it was on the screen; null = there was none")
    given_id: UUID | None = Field(None, description="another student whom the person recognised; null = the proposed")

    @model_validator(mode="after")
    def _is_somebody(self) -> Self:
        if self.student_id is None and self.given_id is None:
            raise ValueError("student_id or given_id is needed")
        return self


class ConfirmIn(BaseModel):
    op_id: UUID = Field(description="made by the client; `undoConfirmation` takes it")
    photos: list[SeenIn] = Field(min_length=1, max_length=500)


class SkippedOut(BaseModel):
    photo_id: UUID
    code: Literal["not_found", "photo_moved", "proposal_changed"] = Field(description="what happened meanwhile")


class ConfirmedOut(BaseModel):
    confirmed: list[UUID] = Field(description="photo ids that are now matched")
    skipped: list[SkippedOut]


@router.post(
    "/campaigns/{campaign_id}/tray/confirm",
    operation_id="confirmProposals",
    responses=refuses(NotSignedIn, NotAllowed, NotFound, OpIdReused, AcceptedTwice),
)
async def confirm_proposals(campaign_id: UUID, body: ConfirmIn, db: Db, actor: SignedIn) -> ConfirmedOut:
    """A person has compared faces: these proposals are right. What changed since they were shown is left out."""
    require(actor, Act.match_photo, Owner(campaign_id))
    seen = [Seen(one.photo_id, one.student_id, one.given_id) for one in body.photos]
    made = await tray_service.confirm(db, campaign_id, body.op_id, seen, actor.id)
    facts = dict(op_id=str(body.op_id), photos=len(made.done))
    await audit(db, actor, "confirm_proposals", campaign_id, ("campaign", campaign_id), **facts)
    return ConfirmedOut(
        confirmed=[UUID(one["photo_id"]) for one in made.done],
        skipped=[SkippedOut.model_validate(one) for one in made.skipped],
    )


class UndoIn(BaseModel):
    op_id: UUID = Field(description="of the confirmation")


class UndoneOut(BaseModel):
    waiting: list[UUID] = Field(description="photo ids that wait again, with the same proposal")
    kept: list[UUID] = Field(description="photo ids that were moved on since, and stay as they are")


@router.post(
    "/campaigns/{campaign_id}/tray/undo",
    operation_id="undoConfirmation",
    responses=refuses(NotSignedIn, NotAllowed, NotFound, AcceptedTwice),
)
async def undo_confirmation(campaign_id: UUID, body: UndoIn, db: Db, actor: SignedIn) -> UndoneOut:
    """Take a whole confirmation back. What somebody has moved on since stays. Twice is once."""
    require(actor, Act.match_photo, Owner(campaign_id))
    waiting, kept = await tray_service.undo(db, campaign_id, body.op_id)
    facts = dict(op_id=str(body.op_id), photos=len(waiting))
    await audit(db, actor, "undo_confirmation", campaign_id, ("campaign", campaign_id), **facts)
    return UndoneOut(waiting=waiting, kept=kept)


# --- slates ----------------------------------------------------------------------------------------------------------


class SlateOut(BaseModel):
    student_id: UUID
    number: str
    name: str
    text: str = Field(description="what the code says", examples=["GP1/41500001/1a2b3c/9F0E"])
    svg: str = Field(description="the code as an inline SVG")


@router.get(
    "/campaigns/{campaign_id}/class-groups/{class_group_id}/slates",
    operation_id="listSlates",
    responses=refuses(NotSignedIn, NotAllowed, NotFound),
)
async def list_slates(campaign_id: UUID, class_group_id: UUID, db: Db, actor: SignedIn) -> list[SlateOut]:
    """QR slates of a class to print: each is held before the camera before its student is shot."""
    require(actor, Act.read_students, await owner_of_class_group(db, campaign_id, class_group_id))
    return [SlateOut(**one._asdict()) for one in await slate_service.slates_of_class(db, campaign_id, class_group_id)]


@router.get(
    "/campaigns/{campaign_id}/me/slate", operation_id="getMySlate", responses=refuses(NotSignedIn, NotAllowed, NotFound)
)
async def get_my_slate(campaign_id: UUID, db: Db, actor: SignedIn) -> SlateOut:
    """The signed-in student's own slate, to show the camera on the phone."""
    require(actor, Act.read_own_card, Owner(campaign_id, student_id=actor.student_id))
    assert actor.student_id is not None
    student, _, _ = await the_student(db, campaign_id, actor.student_id)
    return SlateOut(**slate_service.slate_of(student)._asdict())
