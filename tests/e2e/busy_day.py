"""Check-ins, fees and photos in the demo's campaign, made by its people, so that its pages have something to show."""

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from e2e.browsing import Person
from e2e.papers import photo, pupils

CLASS = [pupil for pupil in pupils() if pupil.class_group == "自1501"]


@dataclass(frozen=True)
class Ids:
    """What the addresses of the pages need."""

    receipt: str
    class_group: str
    station: str
    venue: str
    slot: str


def fill(registrar: Person, agency: Person, monitor: Person) -> Ids:
    me = monitor.api("GET", "/me")
    at = f"/campaigns/{me['campaign_id']}"
    group = f"{at}/class-groups/{me['class_group_id']}"
    ids = {row["number"]: row["student_id"] for row in monitor.api("GET", f"{group}/fees")["students"]}
    mates = [ids[pupil.number] for pupil in CLASS]
    receipt = _money(monitor, agency, at, group, mates)
    timetable = registrar.api("GET", f"{at}/timetable")
    venue = timetable["venues"][0]["venue_id"]
    door = registrar.api("GET", f"{at}/venues/{venue}/door")
    _post(monitor, f"{group}/check-ins", code=door["typed_code"], student_ids=[*mates[0:1], *mates[2:16]])
    station = _shots(agency, f"{at}/venues/{venue}", at)
    _photos(agency, at)
    _post(registrar, f"{at}/api-keys", name="数据中台", acts=["read_progress", "read_changes"])
    return Ids(receipt, me["class_group_id"], station, venue, timetable["slots"][0]["slot_id"])


def _money(monitor: Person, agency: Person, at: str, group: str, mates: list[str]) -> str:
    """One sum handed over with a receipt, one that waits for the agency, some still in the monitor's pocket."""
    first = _collect_and_declare(monitor, group, mates[:12])
    paid = {"counted_fen": 24000, "notes": {"20": 12}}
    _post(agency, f"{at}/handovers/{first}/confirm", op_id=str(uuid4()), **paid)
    _collect_and_declare(monitor, group, mates[12:20])
    _post(monitor, f"{group}/ledger-entries", op_id=str(uuid4()), student_ids=mates[20:26])
    return first


def _collect_and_declare(monitor: Person, group: str, payers: list[str]) -> str:
    _post(monitor, f"{group}/ledger-entries", op_id=str(uuid4()), student_ids=payers)
    made = _post(monitor, f"{group}/handovers", op_id=str(uuid4()), student_ids=payers, notes={"20": len(payers)})
    return str(made["handover_id"])


def _shots(agency: Person, venue: str, at: str) -> str:
    """Four shot, one absent, one at the camera, the rest in the queue."""
    station = _post(agency, f"{venue}/stations", name="1 号机")["station_id"]
    seen = _post(agency, f"{at}/stations/{station}/call-next", op_id=str(uuid4()))
    for outcome in ("shot", "shot", "absent", "shot", "shot"):
        press = {"check_in_id": seen["current"]["check_in_id"], "outcome": outcome, "call_next": True}
        seen = _post(agency, f"{at}/stations/{station}/outcome", op_id=str(uuid4()), **press)
    return str(station)


def _photos(agency: Person, at: str) -> None:
    """Good ones; some of whom no shot is on record; a wrong size (the demo's student); one of nobody knows whom."""
    for pupil in [*CLASS[2:6], *CLASS[16:24]]:
        _upload(agency, at, f"{pupil.id_number}.jpg", photo(pupil.number))
    _upload(agency, at, f"{CLASS[0].id_number}.jpg", photo(CLASS[0].number, (358, 441)))
    _upload(agency, at, "IMG_2018.jpg", photo("who is it?"))


def _upload(agency: Person, at: str, name: str, data: bytes) -> None:
    file = {"name": name, "mimeType": "image/jpeg", "buffer": data}
    agency.api("POST", f"{at}/photos", multipart={"file": file, "source": "on_site"})


def _post(person: Person, path: str, **body: Any) -> Any:
    return person.api("POST", path, data=body)
