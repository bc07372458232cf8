"""Photos come in: the agency's by the thousand, one file a request; the student's own from elsewhere."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, UploadFile
from pydantic import BaseModel, Field

from gradphoto.accounts.auth import NotSignedIn, SignedIn, SignedInBriefly
from gradphoto.accounts.policy import Act, NotAllowed, Owner, require
from gradphoto.core.db import Db
from gradphoto.core.errors import NotFound, RequestTooLarge, refuses
from gradphoto.photos import decide_service, receive_service, service
from gradphoto.photos.checker import CheckBusy
from gradphoto.photos.decide_service import AcceptedTwice, NothingToAsk, PhotoMoved
from gradphoto.photos.models import PhotoSource, Sign
from gradphoto.photos.receive_service import Arrival, HashDiffers, SameBytesTwoStudents, TooManyReturned
from gradphoto.photos.service import the_store
from gradphoto.photos.shapes import PhotoOut, UploadOut, bytes_of, photo_values
from gradphoto.photos.storage import StorageAway, StorageFull

router = APIRouter(tags=["photos"])


Sha256 = Annotated[
    str | None,
    Form(pattern="^[0-9a-fA-F]{64}$", description="of the file, calculated where it lies; another one here is refused"),
]


@router.post(
    "/campaigns/{campaign_id}/photos",
    operation_id="uploadPhoto",
    responses=refuses(
        NotSignedIn,
        NotAllowed,
        NotFound,
        RequestTooLarge,
        HashDiffers,
        SameBytesTwoStudents,
        AcceptedTwice,
        StorageFull,
        StorageAway,
        CheckBusy,
    ),
)
async def upload_photo(
    campaign_id: UUID,
    file: UploadFile,
    actor: SignedInBriefly,
    sha256: Sha256 = None,
    student_id: Annotated[UUID | None, Form(description="a person says whose it is; else its signs must")] = None,
    source: Annotated[
        PhotoSource, Form(description="returned = a student sent it to the school")
    ] = PhotoSource.on_site,
) -> UploadOut:
    """Store one photo byte for byte, check it, and match it by its signs: its name, and the room's record of the shot.

    A fault of the file rejects it, and it is kept. A sound photo with a student is accepted and supersedes the one
    before; with one sign only, or none, it waits. Safe to repeat: the same bytes give the same answer with `already`.
    """
    require(actor, Act.upload_photos, Owner(campaign_id))
    if student_id is not None:  # a person's word, which a key does not have
        require(actor, Act.match_photo, Owner(campaign_id))
    arrival = Arrival(
        data=await bytes_of(file),
        filename=file.filename or "",
        source=source,
        by=actor.id,
        sha256=sha256,
        signs={Sign.person: student_id} if student_id else {},
    )
    row, already = await receive_service.take_in(the_store(), campaign_id, arrival)
    return UploadOut(already=already, **photo_values(row))


@router.post(
    "/campaigns/{campaign_id}/me/photo",
    operation_id="returnMyPhoto",
    responses=refuses(
        NotSignedIn,
        NotAllowed,
        NotFound,
        RequestTooLarge,
        HashDiffers,
        SameBytesTwoStudents,
        TooManyReturned,
        AcceptedTwice,
        StorageFull,
        StorageAway,
        CheckBusy,
    ),
)
async def return_my_photo(
    campaign_id: UUID, file: UploadFile, actor: SignedInBriefly, sha256: Sha256 = None
) -> UploadOut:
    """自行返回: the photo that an agency elsewhere made of the signed-in student, with the verdict at once."""
    require(actor, Act.return_photo, Owner(campaign_id, student_id=actor.student_id))
    assert actor.student_id is not None
    await receive_service.may_return(campaign_id, actor.id)
    arrival = Arrival(
        data=await bytes_of(file),
        filename=file.filename or "",
        source=PhotoSource.returned,
        by=actor.id,
        sha256=sha256,
        signs={Sign.student: actor.student_id},
    )
    row, already = await receive_service.take_in(the_store(), campaign_id, arrival)
    return UploadOut(already=already, **photo_values(row))


class AskIn(BaseModel):
    note: str = Field(max_length=200, description="what the student says to it", examples=["我的眼睛本来就小"])


@router.post(
    "/campaigns/{campaign_id}/me/photos/{photo_id}/ask",
    operation_id="askForPerson",
    responses=refuses(NotSignedIn, NotAllowed, NotFound, NothingToAsk, PhotoMoved),
)
async def ask_for_person(campaign_id: UUID, photo_id: UUID, body: AskIn, db: Db, actor: SignedIn) -> PhotoOut:
    """请老师看: the check refused my picture, and I think it is good. No measure has the last word. Twice is once."""
    _, owner = await service.owner_of_photo(db, campaign_id, photo_id)
    require(actor, Act.return_photo, owner)
    photo = await decide_service.ask_person(db, campaign_id, photo_id, body.note)
    return PhotoOut(**photo_values(await service.photo_row(db, photo)))


@router.get(
    "/campaigns/{campaign_id}/me/photos", operation_id="listMyPhotos", responses=refuses(NotSignedIn, NotAllowed)
)
async def list_my_photos(campaign_id: UUID, db: Db, actor: SignedIn) -> list[PhotoOut]:
    """The signed-in student's photos, newest first, each with what was found and what to do."""
    require(actor, Act.return_photo, Owner(campaign_id, student_id=actor.student_id))
    assert actor.student_id is not None
    return [PhotoOut(**photo_values(row)) for row in await service.photos_of(db, campaign_id, actor.student_id)]
