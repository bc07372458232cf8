"""Who may do what: every operation of the contract x every kind of caller x own and somebody else's.

The expectations are written out here by hand and not read from the product's table. An operation that is missing here
fails the test, so nobody can add a door without saying who may open it.
"""

import re
from collections.abc import AsyncIterator
from io import BytesIO
from typing import Any, NamedTuple
from uuid import uuid4

import httpx
import pytest
from PIL import Image
from sqlalchemy import select

import make
from conftest import browser
from gradphoto.accounts import key_service
from gradphoto.accounts.models import Role, Staff
from gradphoto.accounts.policy import POLICY, Act
from gradphoto.app import PREFIX, app
from gradphoto.core.db import sessions

# R registrar, A agency, S screen, C counsellor of the own college, M monitor of the own class, T student (itself),
# K API key with every act a key can have, k API key for the feed alone, F API key of another campaign.
CALLERS = "RASCMTKkF"
OPEN = {
    "isReady",
    "signInStaff",
    "signInStudent",
    "useSignInLink",
    "setPassword",
    "getRosterTemplate",
    "readCalendar",
} | {
    "getSealKey",
    "getVerifyPage",
    "getVerifyScript",
    "checkPhoto",
    "getPhotoStandard",
}
SIGNED_IN = {"signOut", "getMe", "listCampaigns"}
STREAMS = {"followMyCard", "followStation", "followBoard"}  # endless where allowed: only the refusals are tried here
ALL = "RASCMTK"

# operation -> who may on the own object, who may on somebody else's. One string: the object is nobody's in particular.
MAY: dict[str, str | tuple[str, str]] = {
    "createCampaign": "R",
    "updateCampaign": "R",
    "setClock": "R",
    "readNotice": "R",
    "readNoticeFile": "R",
    "getNotice": "R",
    "setNotice": "R",
    "ruleOnFinding": "R",
    "withdrawRuling": "R",
    "exportTimetable": ALL,
    "proposeTimetable": "R",
    "getDraft": "R",
    "startDraft": "R",
    "discardDraft": "R",
    "changeDraft": "R",
    "checkChanges": "R",
    "undoDraft": "R",
    "redoDraft": "R",
    "listRepairs": "R",
    "compareDraft": "R",
    "publishTimetable": "R",
    "simulateTimetable": "R",
    "solveTimetable": "R",
    "getSolve": "R",
    "takeSolve": "R",
    "listVersions": "R",
    "getVersion": "R",
    "uploadRoster": "R",
    "listRosterImports": "R",
    "applyRoster": "R",
    "discardRoster": "R",
    "listStaff": "R",
    "addStaff": "R",
    "inviteStaff": "R",
    "disableStaff": "R",
    "setStaffColleges": "R",
    "listApiKeys": "R",
    "makeApiKey": "R",
    "revokeApiKey": "R",
    "readAudit": "R",
    "getCampaign": ALL,
    "getTimetable": ALL,
    "listMakeUpSlots": ALL,
    "listDelayNotices": "RACMK",
    "replanVenue": "RA",
    "getStudentCalendar": ("T", ""),
    "listClassGroups": "RACMK",
    "listStudents": "RACMK",
    "findByIdNumber": "RC",
    "getStudent": ("RACMK", "RAK"),
    "revealIdNumber": ("RC", "R"),
    "moveClass": ("RC", "R"),
    "unplaceClass": ("RC", "R"),
    "listFees": "RACMK",
    "listHandovers": "RACMK",
    "verifyFees": "RAK",
    "listClassFees": ("RACMK", "RAK"),
    "listClassLedgerEntries": ("RACMK", "RAK"),
    "listLedgerEntries": ("RACMK", "RAK"),
    "recordFee": ("RMK", "RK"),
    "recordFees": ("RMK", "RK"),
    "reverseFee": ("RMK", "RK"),
    "declareHandover": ("RM", "R"),
    "getHandover": ("RACMK", "RAK"),
    "confirmHandover": ("A", "A"),
    "disputeHandover": ("A", "A"),
    "withdrawHandover": ("RM", "R"),
    "listClassCheckIns": ("RACMK", "RAK"),
    "checkInClass": ("RACMK", "RAK"),
    "checkInByHand": ("RAC", "RA"),
    "checkInByNumber": ("RAC", "RA"),
    "undoCheckIn": ("RAC", "RA"),
    "getCheckInProgress": "RACK",
    "listStations": "RA",
    "addStation": "RA",
    "getStation": "RA",
    "followStation": "RA",
    "callNext": "RA",
    "callStudent": "RA",
    "recordOutcome": "RA",
    "undoStation": "RA",
    "pauseStation": "RA",
    "getDoor": "RAS",
    "getBoard": "RAS",
    "followBoard": "RAS",
    "getMyCard": "MT",
    "followMyCard": "MT",
    "checkInMyself": "MT",
    "returnMyPhoto": "MT",
    "listMyPhotos": "MT",
    "askForPerson": ("T", ""),
    "setPhotoStandard": "R",
    "getEvidence": "RA",
    "getStretch": "RA",
    "uploadPhoto": "RAK",
    "createPhotoImport": "RAK",
    "listPhotoImports": "RAK",
    "getPhotoImport": "RAK",
    "getImportOffset": "RAK",
    "appendImportBytes": "RAK",
    "uploadImportFile": "RAK",
    "listImportEntries": "RAK",
    "completePhotoImport": "RAK",
    "retryPhotoImport": "RAK",
    "cancelPhotoImport": "RAK",
    "releaseStretch": "RA",
    "undoRelease": "RA",
    "getTray": "RA",
    "listNobodysPhotos": "RA",
    "getContactSheet": ("RA", "RA"),
    "confirmProposals": "RA",
    "undoConfirmation": "RA",
    "listSlates": ("RACMK", "RAK"),
    "getMySlate": "MT",
    "listPhotos": "RAK",
    "matchPhoto": "RA",
    "unmatchPhoto": "RA",
    "decidePhoto": "R",
    "getThumbnail": ("RACT", "RA"),
    "getOriginal": ("RKT", "RK"),
    "verifyPhotos": "R",
    "getVerification": "R",
    "getMailbox": "R",
    "setMailbox": "R",
    "testMailbox": "R",
    "lookIntoMailbox": "R",
    "listMails": "R",
    "getMailStatistics": "R",
    "getMail": "R",
    "getMailThumbnail": "R",
    "matchMail": "R",
    "refuseMail": "R",
    "dismissMail": "R",
    "reopenMail": "R",
    "editMailAnswer": "R",
    "sendMailAnswer": "R",
    "dropMailAnswer": "R",
    "sendMailAnswers": "R",
    "getProgress": "RACK",
    "listStatuses": "RACK",
    "exportStatuses": "RC",
    "countMissing": "RACK",
    "makePackage": "RK",
    "listPackages": "RK",
    "getPackage": "RK",
    "downloadPackage": "RK",
    "handOverPackage": "RK",
    "undoHandOver": "RK",
    "getMyReceipt": "MT",
    "getReceipt": ("RKT", "RK"),
    "getMyNextStep": "MT",
    "reportMyRegistry": "MT",
    "reviewRegistryList": "R",
    "reportRegistry": "R",
    "listRegistryMarks": ("RT", "R"),
    "listRegistryReminders": "RACMK",
    "setProofreadDeadline": "R",
    "listChanges": "RKk",
}
FIELDS = {
    "name": "x",
    "cohort": "",
    "fee_fen": 2000,
    "pace_people": 30,
    "pace_minutes": 10,
    "return_deadline": "2019-03-10T23:59:59+08:00",
    "mailbox": "",
    "clothing": "",
    "bring": "",
    "lead_minutes": 10,
}


UNPLACE = {"kind": "unplace_class"}


class World(NamedTuple):
    callers: dict[str, httpx.AsyncClient]
    own: dict[str, str]
    other: dict[str, str]
    at: str


def operations() -> dict[str, tuple[str, str]]:
    paths = app.openapi()["paths"]
    return {op["operationId"]: (method, path) for path, item in paths.items() for method, op in item.items()}


def test_every_operation_says_who_may() -> None:
    assert set(operations()) == OPEN | SIGNED_IN | set(MAY)
    assert not (OPEN | SIGNED_IN) & set(MAY)


def test_every_act_is_somebodys() -> None:
    assert set(POLICY) == set(Act) and all(POLICY.values())


async def test_a_stranger_is_asked_to_sign_in(anybody: httpx.AsyncClient) -> None:
    wrong = []
    for operation in sorted(SIGNED_IN | set(MAY)):
        method, path = operations()[operation]
        url = re.sub(r"\{\w+\}", str(uuid4()), path.removeprefix(PREFIX))
        for headers in ({}, {"Authorization": "Bearer gp_forged"}):
            response = await anybody.request(method, url, headers=headers)
            code = "not_signed_in" if method == "head" else response.json()["code"]  # a HEAD has no body
            if (response.status_code, code) != (401, "not_signed_in"):
                wrong.append((operation, headers, response.status_code, response.text[:100]))
    assert wrong == []


@pytest.fixture
async def world(people: make.People) -> AsyncIterator[World]:
    rows = make.roster_rows()
    callers = {
        "R": people.registrar,
        "A": people.agency,
        "S": people.screen,
        "C": people.counsellor,
        "M": await people.student(rows[0].number),
        "T": await people.student(rows[1].number),
    }
    async with sessions() as db, db.begin():
        registrar = await db.scalar(select(Staff.id).where(Staff.login == "registrar"))
        possible = [act for act in Act if Role.system in POLICY[act]]
        second = await make.campaign(db, name="别的批次")
        keys = {
            "K": await key_service.make_api_key(db, people.campaign_id, "all", possible, registrar),
            "k": await key_service.make_api_key(db, people.campaign_id, "few", [Act.read_changes], registrar),
            "F": await key_service.make_api_key(db, second.id, "foreign", possible, registrar),
        }
    for letter, (_, token) in keys.items():
        callers[letter] = browser()
        callers[letter].headers["Authorization"] = f"Bearer {token}"
    own, other = await objects(people, rows[1].number), await objects(people, rows[9].number)
    yield World(callers, own, other, people.at)
    for letter in "KkF":
        await callers[letter].aclose()


async def objects(people: make.People, number: str) -> dict[str, str]:
    """One of each thing around the student with `number`, made by those who may."""
    registrar, at = people.registrar, people.at
    (student,) = (await registrar.get(f"{at}/students", params={"search": number})).json()["students"]
    timetable = (await registrar.get(f"{at}/timetable")).json()
    slot = next(s for s in timetable["slots"] if s["college_id"] == student["college_id"])
    found = {"student_id": student["student_id"], "class_group_id": student["class_group_id"], "number": number}
    found["version"] = "1"
    found |= {"mail_id": str(uuid4()), "answer_id": str(uuid4()), "position": "1"}
    found |= {"slot_id": slot["slot_id"], "venue_id": slot["venue_id"], "staff_id": str(uuid4())}
    found["package_id"] = str(uuid4())
    found |= {"api_key_id": str(uuid4()), "import_id": str(uuid4()), "solve_id": str(uuid4())}
    found["photo_import_id"] = str(uuid4())
    entry = {"op_id": str(uuid4()), "kind": "collected"}
    made = await registrar.post(f"{at}/students/{student['student_id']}/ledger-entries", json=entry)
    found["ledger_entry_id"] = made.json()["entry"]["ledger_entry_id"]
    handover = {"op_id": str(uuid4()), "notes": {"20": 1}}
    made = await registrar.post(f"{at}/class-groups/{student['class_group_id']}/handovers", json=handover)
    found["handover_id"] = made.json()["handover_id"]
    by_hand = {"reason": "没带手机", "slot_id": slot["slot_id"]}
    made = await registrar.post(f"{at}/students/{student['student_id']}/check-in", json=by_hand)
    found["check_in_id"] = made.json()["check_in_id"]
    stations = (await registrar.get(f"{at}/venues/{slot['venue_id']}/stations")).json()
    if not stations:
        stations = [(await registrar.post(f"{at}/venues/{slot['venue_id']}/stations", json={"name": "一号机"})).json()]
    found["station_id"] = stations[0]["station_id"]
    data = {"student_id": student["student_id"]}
    made = await registrar.post(f"{at}/photos", files={"file": ("a.jpg", picture(number))}, data=data)
    found["photo_id"] = made.json()["photo_id"]
    return found


def picture(seed: str) -> bytes:

    out = BytesIO()
    Image.new("RGB", (480, 640), (100, 197, int(seed) % 255)).save(out, "JPEG", comment=seed.encode())
    return out.getvalue()


def body_of(operation: str, it: dict[str, str]) -> dict[str, Any]:
    """The arguments of httpx for a request whose content is right, so that only permission is in question."""
    op = {"op_id": str(uuid4())}
    count = op | {"counted_fen": 2000, "notes": {"20": 1}}
    file = {"file": ("a.jpg", b"no picture")}
    bodies: dict[str, Any] = {
        "createCampaign": FIELDS | {"notice_text": "", "rehearsal": True},
        "updateCampaign": FIELDS,
        "setClock": {"at": make.MORNING.isoformat()},
        "readNotice": {"text": "x"},
        "setNotice": {"text": "x"},
        "ruleOnFinding": {"choice": "noted"},
        "applyRoster": {"withdraw_missing": False},
        "addStaff": {"login": f"x{uuid4().hex[:8]}", "name": "x", "role": "agency", "college_ids": []},
        "setStaffColleges": {"college_ids": [str(uuid4())]},
        "makeApiKey": {"name": "x", "acts": ["read_students"]},
        "revealIdNumber": {"reason": "核对"},
        "findByIdNumber": {"id_number": "119900199701010013"},
        "startDraft": {"source": "published"},
        "changeDraft": {"revision": 0, "changes": [UNPLACE | {"class_group_id": it["class_group_id"]}]},
        "checkChanges": {"revision": 0, "changes": [UNPLACE | {"class_group_id": it["class_group_id"]}]},
        "undoDraft": {"revision": 0},
        "redoDraft": {"revision": 0},
        "publishTimetable": {"revision": 0},
        "simulateTimetable": {"of": "published"},
        "solveTimetable": {
            "windows": [
                {
                    "venue": "x",
                    "starts_at": make.MORNING.isoformat(),
                    "ends_at": make.MORNING.replace(hour=12).isoformat(),
                }
            ]
        },
        "moveClass": {"slot_id": it["slot_id"], "turn": "normal", "position": 0},
        "recordFee": op | {"kind": "collected"},
        "recordFees": op,
        "reverseFee": op | {"reason": "记错"},
        "declareHandover": op | {"notes": {"20": 1}},
        "confirmHandover": count,
        "disputeHandover": count | {"remark": "少一张"},
        "checkInClass": {"student_ids": [it["student_id"]], "code": "0000"},
        "checkInByHand": {"reason": "没带手机", "slot_id": None},
        "checkInByNumber": {"number": it["number"], "reason": "没带手机"},
        "addStation": {"name": uuid4().hex[:8]},
        "callNext": op,
        "undoStation": op,
        "callStudent": op | {"check_in_id": it["check_in_id"]},
        "recordOutcome": op | {"check_in_id": it["check_in_id"], "outcome": "shot", "call_next": False},
        "pauseStation": {"paused": False},
        "checkInMyself": {"code": "0000"},
        "createPhotoImport": op | {"kind": "zip", "name": "x", "size": 9, "camera": False, "source": "on_site"},
        "releaseStretch": {"position": 1},
        "undoRelease": {"position": 1},
        "confirmProposals": op | {"photos": [{"photo_id": it["photo_id"], "student_id": it["student_id"]}]},
        "undoConfirmation": op,
        "makePackage": op | {"recipient": "考试院", "named_by": "student_number"},
        "handOverPackage": {"note": ""},
        "reportMyRegistry": op | {"state": "shown"},
        "reviewRegistryList": {"text": it["number"], "state": "shown"},
        "reportRegistry": op | {"text": it["number"], "state": "shown"},
        "setProofreadDeadline": {"at": None},
        "matchPhoto": {"student_id": it["student_id"]},
        "askForPerson": {"note": ""},
        "setMailbox": {
            "address": "a@b.test",
            "login": "a",
            "imap_host": "imap.b.test",
            "imap_port": 993,
            "imap_tls": "implicit",
            "reading": False,
            "sending": False,
        },
        "matchMail": {"student_id": it["student_id"], "position": 1},
        "refuseMail": {"reason": "不是本人"},
        "editMailAnswer": {"subject": "x", "body": "x"},
        "setPhotoStandard": {"values": {}},
        "decidePhoto": {"decision": "rejected", "reason": "闭眼"},
    }
    if operation == "discardDraft":
        return {"params": {"revision": 0}}
    if operation == "uploadImportFile":
        return {"files": file, "data": {"position": 1}}
    if operation == "appendImportBytes":
        return {"headers": {"Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"}, "content": b"x"}
    if operation in ("uploadRoster", "uploadPhoto", "returnMyPhoto", "readNoticeFile"):
        return {"files": file}
    return {"json": bodies[operation]} if operation in bodies else {}


@pytest.mark.parametrize("caller", CALLERS)
async def test_the_matrix(world: World, caller: str) -> None:
    wrong, allowed = [], 0
    for operation, may in MAY.items():
        kinds = (("own", world.own, may),) if isinstance(may, str) else ()
        if isinstance(may, tuple):
            kinds = (("own", world.own, may[0]), ("other", world.other, may[1]))
        for kind, it, who in kinds:
            if operation in STREAMS and caller in who:
                continue
            method, path = operations()[operation]
            path = path.removeprefix(f"{PREFIX}/campaigns/{{campaign_id}}") if "{campaign_id}" in path else path
            for name, value in it.items():
                path = path.replace("{" + name + "}", value)
            url = path.removeprefix(PREFIX) if path.startswith(PREFIX) else world.at + path
            response = await world.callers[caller].request(method, url, **body_of(operation, it))
            expected = caller in who
            allowed += expected
            got = response.status_code not in (401, 403)
            if response.status_code >= 500 or got is not expected:
                wrong.append((operation, kind, response.status_code, response.text[:150]))
    assert wrong == []
    assert allowed or caller == "F", "vacuous: this caller was allowed nothing"
