"""Returned by mail, against a real IMAP and a real SMTP server: each mail ends in one state and gets one answer."""

import asyncio
import hashlib
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from imap_tools.imap_utf7 import utf7_encode
from sqlalchemy import select, text, update

import jpegs
import make
from gradphoto.core.db import sessions
from gradphoto.core.settings import settings as product_settings
from gradphoto.mailroom import read_service, settle_service
from gradphoto.mailroom.decide_service import MailSettled, ReasonForSender
from gradphoto.mailroom.desk_service import MailIgnored, NoPhotoThere
from gradphoto.mailroom.mailbox_service import (
    MailboxReadElsewhere,
    NoMailbox,
    OddMailServer,
    PasswordNeeded,
    PlainPassword,
    back_off,
)
from gradphoto.mailroom.models import Mail, Mailbox
from gradphoto.mailroom.read_service import Look, read_mailbox
from gradphoto.mailroom.reading.mail import read_mail
from gradphoto.mailroom.store import kept_mail
from gradphoto.photos.models import Photo
from gradphoto.photos.service import the_store
from gradphoto.photos.storage import StorageFull
from gradphoto.roster.models import Campaign
from mailpost import Imap, Netease, certificate, imap_server, mail, settings, subject
from room import ok, refused

ROWS = make.roster_rows()
IDS = [row.id_number for row in ROWS]


@pytest.fixture(autouse=True)
def _loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(product_settings(), "mail_loopback", True)


@pytest.fixture
def imap() -> Iterator[Imap]:
    with imap_server() as server:
        yield server


@pytest.fixture
async def room(people: make.People, imap: Imap) -> AsyncIterator["MailRoom"]:
    room = MailRoom(people, imap)
    await room.set()
    yield room


class MailRoom:
    def __init__(self, people: make.People, imap: Imap) -> None:
        self.people, self.imap, self.registrar, self.at = people, imap, people.registrar, people.at

    async def set(self, **more: Any) -> dict[str, Any]:
        return ok(await self.registrar.put(f"{self.at}/mailbox", json=settings(self.imap.port, **more)))

    async def look(self) -> Look:
        return await read_mailbox(self.people.campaign_id)

    async def read(self, *mails: bytes) -> list[dict[str, Any]]:
        """What became of these mails, in their order."""
        self.imap.put(*mails)
        assert (await self.look()).fault == ""
        return (await self.mails())[-len(mails) :]

    async def mails(self, **params: Any) -> list[dict[str, Any]]:
        """Oldest first."""
        page = ok(await self.registrar.get(f"{self.at}/mails", params={"limit": 500} | params))
        return list(reversed(page["mails"]))

    async def one(self, mail_id: str) -> dict[str, Any]:
        return ok(await self.registrar.get(f"{self.at}/mails/{mail_id}"))

    async def do(self, made: dict[str, Any], what: str, **body: Any) -> httpx.Response:
        return await self.registrar.post(f"{self.at}/mails/{made['mail_id']}/{what}", json=body)


def codes(made: dict[str, Any]) -> list[str]:
    return [one["code"] for one in made["causes"]]


async def photos() -> list[Photo]:
    async with sessions() as db:
        return list(await db.scalars(select(Photo).order_by(Photo.id)))


async def student_id(seq: int) -> str:
    async with sessions() as db:
        found = await db.scalar(text("select id from student where number = :n"), {"n": ROWS[seq - 1].number})
        return str(found)


async def outcome() -> tuple[Counter[str], int, int]:
    """States, mails without or with several answers, photos."""
    async with sessions() as db:
        states = Counter(str(one) for one in await db.scalars(select(Mail.state)))
        odd = await db.scalar(
            text(
                "select count(*) from mail m where state <> 'ignored' and 1 <> (select count(*) from mail_answer a "
                "where a.mail_id = m.id) or state = 'ignored' and exists "
                "(select from mail_answer a where a.mail_id = m.id)"
            )
        )
        return states, odd or 0, len(list(await db.scalars(select(Photo.id))))


# --- one mail --------------------------------------------------------------------------------------------------------


async def test_a_good_mail_is_taken_and_its_photo_counts_at_once(room: MailRoom) -> None:
    data = jpegs.sound("mail 1")
    (made,) = await room.read(good(1, data))
    assert (made["state"], codes(made)) == ("taken", ["accepted"]), made
    assert made["student"]["number"] == ROWS[0].number
    (photo,) = await photos()
    assert (photo.state, photo.source, photo.matched_by, photo.signs) == (
        "accepted", "returned", "mail", ["file_name", "mail_subject"],
    )  # fmt: skip
    assert await the_store().get(photo.sha256) == data, "byte for byte"
    detail = await room.one(made["mail_id"])
    (answer,) = detail["answers"]
    assert answer["state"] == "draft" and answer["to"] == "somebody@student.test"
    assert answer["body"].startswith("学生一同学，你好：") and "通过检查" in answer["body"]
    assert detail["parts"][0]["photo_id"] == str(photo.id) and detail["parts"][0]["code"] == ""
    assert IDS[0] not in str(detail), "no ID number leaves the mail room"


async def test_nothing_on_the_server_is_touched(room: MailRoom) -> None:
    room.imap.put(good(1), mail("会议通知"))
    before = room.imap.flags()
    assert (await room.look()).settled == 2
    assert room.imap.flags() == before and len(before) == 2 and b"Seen" not in b"".join(before)


async def test_the_raw_mail_lies_sealed_and_comes_back_as_it_was(room: MailRoom) -> None:
    await room.read(good(1))
    async with sessions() as db:
        row = (await db.scalars(select(Mail))).one()
    raw = await kept_mail(room.people.campaign_id, row.raw_sha256)
    assert read_mail(raw).subject == subject(1)
    for path in (product_settings().data_dir / "mail").rglob("*.jpg"):
        assert IDS[0].encode() not in path.read_bytes()


def good(seq: int, photo: bytes | None = None, **more: Any) -> bytes:
    data = jpegs.sound(f"mail {seq}") if photo is None else photo
    return mail(subject(seq), (f"{IDS[seq - 1]}.jpg", data), **({"message_id": f"<{seq}@student.test>"} | more))


ONE, TWO, OWN = jpegs.sound(1), jpegs.sound(2), f"{IDS[0]}.jpg"
PNG, RAR = b"\x89PNG\r\n\x1a\n" + b"x" * 9000, b"Rar!\x1a\x07\0"
# what is sent, state, code of the first cause, a word of the answer
VERDICTS: dict[str, tuple[bytes, str, str, str]] = {
    "no attachment": (mail(subject(1)), "refused", "no_attachment", "附件"),
    "cloud link": (mail(subject(1), text="https://pan.baidu.com/s/1x"), "refused", "cloud_link", "百度网盘"),
    "RAR": (mail(subject(1), ("a.rar", RAR)), "refused", "archive_kind", "RAR"),
    "a PNG": (mail(subject(1), (OWN, PNG)), "refused", "photo_rejected", "JPG"),
    "too small": (good(1, jpegs.sized(1, (240, 320))), "refused", "photo_rejected", "480"),
    "no face": (good(1, jpegs.faceless()), "refused", "photo_rejected", "脸"),
    "another's file": (mail(subject(1), (f"{IDS[1]}.jpg", ONE)), "held", "signs_differ", "不是同一名学生"),
    "another's name": (mail(subject(1, "学生二"), (OWN, ONE)), "held", "subject_name_differs", "姓名"),
    "no key in the name": (mail(subject(1), ("我.jpg", ONE)), "held", "no_key", "证件号"),
    "a name alone": (mail("毕业生照片-学生一", ("我.jpg", ONE)), "held", "no_number", "学号"),
    "nothing leads anywhere": (mail("毕业生照片", ("我.jpg", ONE)), "refused", "no_number", "班级-姓名-学号"),
    "unknown number": (mail("毕业生照片-无名氏-99999999", ("a.jpg", ONE)), "refused", "number_unknown", "名单"),
    "one digit wrong": (mail("毕业生照片-41500091", ("a.jpg", ONE)), "held", "number_unknown", "名单"),
    "two photos": (mail(subject(1), (OWN, ONE), ("b.jpg", TWO)), "held", "several_photos", "2 张"),
    "a stranger's picture": (mail("你好", ("cat.jpg", ONE)), "held", "not_understood", "人工"),
    "学号 twice and no name": (
        mail(f"照片-{ROWS[0].number}", (f"{ROWS[0].number}.jpg", ONE)),
        "held",
        "no_key",
        "证件号",
    ),
    "学号 and another's ID number": (mail(f"{subject(1)}-{IDS[1]}", (OWN, ONE)), "held", "two_numbers", "不止一名"),
    "学号 and the own ID number": (mail(f"{subject(1)}-{IDS[0]}", (OWN, ONE)), "taken", "accepted", "通过"),
    "a RAR under a name": (mail("交作业 学生一", ("a.rar", RAR)), "refused", "archive_kind", "RAR"),
    "a RAR named by ID number": (mail("你好", (f"{IDS[0]}.rar", RAR)), "refused", "archive_kind", "RAR"),
    "a link under a name": (mail("学生一", text="https://pan.baidu.com/s/1x"), "refused", "cloud_link", "百度网盘"),
    "named by 学号": (mail(subject(1), (f"{ROWS[0].number}.jpg", ONE)), "taken", "accepted", "通过"),
}


@pytest.mark.parametrize(("raw", "state", "code", "said"), VERDICTS.values(), ids=VERDICTS)
async def test_verdicts(room: MailRoom, raw: bytes, state: str, code: str, said: str) -> None:
    (made,) = await room.read(raw)
    assert (made["state"], codes(made)[0]) == (state, code), made
    (answer,) = (await room.one(made["mail_id"]))["answers"]
    assert said in answer["body"] and not any(number in answer["body"] for number in IDS)
    assert all(one["zh"].endswith("。") for one in made["causes"]) and len(answer["body"]) < 600
    waiting = [photo for photo in await photos() if photo.student_id is None]
    assert waiting == [], "what is held waits here, not in the tray of photos"


@pytest.mark.parametrize(
    "raw",
    [
        mail(f"自动回复：{subject(1)}", ("card.vcf", b"BEGIN:VCARD"), Auto_Submitted="auto-replied"),
        mail("Undelivered Mail Returned to Sender", sender="MAILER-DAEMON@x.test"),
        mail("每周资讯", List_Unsubscribe="<https://x.test>"),
        mail("关于召开例会的通知", ("a.pdf", b"%PDF-1.4")),
        mail("学生一的成绩单", ("学生一.pdf", b"%PDF-1.4")),
        mail("会议材料", ("a.rar", RAR), text="https://pan.baidu.com/s/1x"),
    ],
    ids=["auto-reply", "bounce", "newsletter", "the office's own mail", "of a student, no photo", "a RAR of nobody"],
)
async def test_what_is_not_for_us_is_never_answered_nor_kept(room: MailRoom, raw: bytes) -> None:
    (made,) = await room.read(raw)
    assert (made["state"], made["answer_state"], made["files"]) == ("ignored", None, 0)
    async with sessions() as db:
        row = (await db.scalars(select(Mail))).one()
    assert b"\r\n\r\n" in (kept := await kept_mail(room.people.campaign_id, row.raw_sha256))
    assert kept.endswith(b"\r\n\r\n"), "the header lines alone"


ONE_OF_LIST = dict(List_Unsubscribe="<https://x.test>", Precedence="list")
FROM_PROGRAMS = {
    "a list, the photo": mail(subject(1), (OWN, ONE), List_Id="<class.x.test>"),
    "a list, two photos": mail(subject(1), (OWN, ONE), ("b.jpg", TWO), **ONE_OF_LIST),
    "a list, a link": mail(subject(1), text="https://pan.baidu.com/s/1x", **ONE_OF_LIST),
    "a list, nobody named": mail("Fw:", ("a.jpg", ONE), Precedence="bulk"),
    "forwarded by a program": mail(subject(1), (OWN, ONE), Auto_Submitted="auto-generated"),
    "without a return path": mail(subject(1), (OWN, ONE), Return_Path="<>"),
    "from no-reply": mail(subject(1), (OWN, ONE), sender="no-reply@x.test"),
}


@pytest.mark.parametrize("raw", FROM_PROGRAMS.values(), ids=FROM_PROGRAMS)
async def test_a_photo_from_a_program_or_a_list_waits_for_a_person_and_gets_no_answer(
    room: MailRoom, raw: bytes
) -> None:
    await room.set(sending=True)
    (made,) = await room.read(raw)
    assert (made["state"], codes(made)[0], made["answer_state"]) == ("held", "from_program", None)
    async with sessions() as db:
        row = (await db.scalars(select(Mail))).one()
    assert await kept_mail(room.people.campaign_id, row.raw_sha256) == raw.replace(b"\n", b"\r\n"), "whole"
    done = await room.do(made, "match", student_id=await student_id(1), position=1)
    if b"pan.baidu" in raw:
        refused(done, NoPhotoThere)
        return
    assert (ok(done)["state"], ok(done)["answer_state"]) == ("taken", "draft"), "a person has decided; a person sends"
    assert (await photos())[0].state == "accepted"
    (control,) = await room.read(good(2))
    assert control["answer_state"] == "queued", "a student's own mail is answered by itself"


async def test_a_mail_of_a_list_that_is_too_large_is_held(room: MailRoom, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(read_service, "LARGEST", 2_000)
    of_list, bounce = await room.read(good(1, **ONE_OF_LIST), good(2, sender="mailer-daemon@x.test"))
    assert (of_list["state"], codes(of_list), of_list["answer_state"]) == ("held", ["mail_too_large"], None)
    assert bounce["state"] == "ignored"


async def test_our_own_answer_that_comes_back_is_not_answered(room: MailRoom) -> None:
    (made,) = await room.read(mail(subject(1), sender="photos@school.test"))
    assert made["state"] == "refused" and made["answer_state"] is None


async def test_a_late_mail_is_kept_marked_and_told(room: MailRoom) -> None:
    async with sessions() as db, db.begin():
        await db.execute(update(Campaign).values(return_deadline=make.MORNING))
    (made,) = await room.read(good(1))
    assert (made["state"], made["late"], codes(made)) == ("taken", True, ["accepted", "late"])
    assert (await photos())[0].late and (await photos())[0].state == "accepted"
    assert "2018-10-23 09:00" in (await room.one(made["mail_id"]))["answers"][0]["body"]
    async with sessions() as db, db.begin():
        await db.execute(update(Campaign).values(return_deadline=make.MORNING.replace(year=2019)))
    (control,) = await room.read(good(2))
    assert not control["late"] and codes(control) == ["accepted"]


async def test_in_a_rehearsal_all_times_of_a_mail_are_the_campaigns(room: MailRoom) -> None:
    """The mail came on the rehearsal's morning, before its deadline of that noon, whatever the real day is."""
    async with sessions() as db, db.begin():
        await db.execute(update(Campaign).values(return_deadline=make.MORNING.replace(hour=12)))
    await room.set(sending=True)
    (made,) = await room.read(good(1))
    answer = (await room.one(made["mail_id"]))["answers"][0]
    assert (made["state"], made["late"]) == ("taken", False)
    for at in (made["received_at"], made["settled_at"], answer["made_at"]):
        assert at.startswith("2018-10-23T01:"), at
    assert answer["state"] == "queued", "and is no mail of years ago"
    async with sessions() as db, db.begin():
        await db.execute(update(Campaign).values(clock_shift_seconds=Campaign.clock_shift_seconds + 4 * 3600))
    (late,) = await room.read(good(2))
    assert late["late"] and late["received_at"].startswith("2018-10-23T05:")
    assert ok(await room.do(late, "reopen"))["settled_at"].startswith("2018-10-23T05:")


async def test_a_mail_that_is_too_large_is_not_downloaded(room: MailRoom, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(read_service, "LARGEST", 5_000)
    asked: list[list[int]] = []
    bodies = read_service.ImapSession.bodies
    monkeypatch.setattr(
        read_service.ImapSession, "bodies", lambda self, uids: asked.append(list(uids)) or bodies(self, uids)
    )
    big, small = await room.read(good(1), mail(subject(2)))
    assert (big["state"], codes(big)) == ("refused", ["mail_too_large"]) and codes(small) == ["no_attachment"]
    assert sum(map(len, asked)) == 1


async def test_the_same_photo_again_is_already_here(room: MailRoom) -> None:
    data = jpegs.sound("twice")
    first, second = await room.read(good(1, data), good(1, data, message_id="<other@student.test>"))
    assert (first["state"], second["state"], codes(second)) == ("taken", "already", ["already_accepted"])
    (third,) = await room.read(good(2, data))
    assert (third["state"], codes(third)) == ("held", ["same_bytes_two_students"])
    assert len(await photos()) == 1
    assert ROWS[0].name not in (await room.one(third["mail_id"]))["answers"][0]["body"], "not whose it is"


async def test_a_later_photo_does_not_push_out_an_accepted_one(room: MailRoom) -> None:
    await room.read(good(1))
    (made,) = await room.read(good(1, jpegs.sound("newer"), message_id="<2@x.test>"))
    assert (made["state"], codes(made)) == ("taken", ["to_be_looked_at"])
    assert [photo.state for photo in await photos()] == ["accepted", "received"]


# --- once, whatever happens ------------------------------------------------------------------------------------------


async def test_copies_restarts_and_a_folder_numbered_anew_change_nothing(room: MailRoom) -> None:
    mails = [good(1), b"Received: by b.test\r\n" + good(1), good(2), mail(subject(3))]
    folder = "毕业生照片"
    coded = utf7_encode(folder).decode()
    room.imap.make_folder(coded)
    await room.set(folder=folder)
    room.imap.put(*mails, folder=coded)
    look = await room.look()
    assert (look.settled, look.known) == (3, 1)
    assert await room.look() == Look(0, 0, ""), "nothing new"
    before = await outcome()
    room.imap.drop_folder(coded)
    room.imap.make_folder(coded)
    room.imap.put(*reversed(mails), good(4), folder=coded)
    look = await room.look()
    assert (look.settled, look.known) == (1, 4), "numbered anew: known again, and the new one found"
    states, odd, _ = await outcome()
    assert before[0] + Counter({"taken": 1}) == states and odd == 0


async def test_two_readers_at_once_settle_each_mail_once(room: MailRoom, monkeypatch: pytest.MonkeyPatch) -> None:
    room.imap.put(*(good(seq) for seq in range(1, 7)))
    first, second = await asyncio.gather(room.look(), room.look())
    assert sorted((first.settled, second.settled)) == [0, 6], "who does not get the turn leaves"
    states, odd, stored = await outcome()
    assert (states, odd, stored) == ({"taken": 6}, 0, 6)


class Killed(BaseException):
    """As if the process had ended: nothing of ours catches it."""


@pytest.mark.parametrize("at", range(1, 8))
async def test_a_reader_killed_in_the_middle_goes_on_and_doubles_nothing(
    room: MailRoom, monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    """Killed after the rows of a mail were written and before they were committed, and between two mails."""
    room.imap.put(*(good(seq) for seq in range(1, 6)), mail(subject(6)), mail("会议通知"))
    real, calls = settle_service.write_answer, 0

    async def killing(*arguments: Any) -> None:
        nonlocal calls
        calls += 1
        await real(*arguments)
        if calls == at:
            raise Killed

    monkeypatch.setattr(settle_service, "write_answer", killing)
    with pytest.raises(Killed):
        await room.look()
    states, odd, stored = await outcome()
    assert (sum(states.values()), odd) == (at - 1, 0) and stored == min(at - 1, 5)
    monkeypatch.setattr(settle_service, "write_answer", real)
    await room.look()
    assert await outcome() == ({"taken": 5, "refused": 1, "ignored": 1}, 0, 5)


async def test_one_poisonous_mail_does_not_stop_the_others(room: MailRoom, monkeypatch: pytest.MonkeyPatch) -> None:
    real = read_service.judge

    async def judging(campaign_id: UUID, read: Any) -> Any:
        if "poison" in read.subject:
            raise RuntimeError
        return await real(campaign_id, read)

    monkeypatch.setattr(read_service, "judge", judging)
    one, poison, two = await room.read(good(1), mail("poison", ("a.jpg", jpegs.sound(5))), good(2))
    assert [made["state"] for made in (one, poison, two)] == ["taken", "held", "taken"]
    assert codes(poison) == ["unreadable"]


async def test_a_full_disk_stops_the_look_and_loses_nothing(room: MailRoom, monkeypatch: pytest.MonkeyPatch) -> None:
    async def full(*_: Any) -> str:
        raise StorageFull

    room.imap.put(good(1), good(2))
    with monkeypatch.context() as patched:
        patched.setattr(read_service, "keep_mail", full)
        assert "磁盘已满" in (await room.look()).fault
    assert (await outcome())[0] == {}
    assert (await room.look()).settled == 2 and (await outcome())[0] == {"taken": 2}


# --- the server is away, or says no ----------------------------------------------------------------------------------


async def test_faults_are_told_in_words_and_the_next_look_comes_later(room: MailRoom) -> None:
    at = f"{room.at}/mailbox"
    for more, word in (
        ({"password": "wrong"}, "授权码"),
        ({"folder": "没有这个"}, "没有文件夹“没有这个”"),
        ({"imap_host": "no.such.host.invalid"}, "找不到邮件服务器"),
        ({"imap_tls": "implicit"}, "加密方式不对"),
    ):
        await room.set(**more)
        look = await room.look()
        assert word in look.fault and "right-Code-1" not in look.fault
        box = ok(await room.registrar.get(at))
        assert box["fault"] == look.fault and box["due_at"] is not None
        tried = ok(await room.registrar.post(f"{at}/test"))
        assert not tried["reading"]["works"] and word in tried["reading"]["zh"]
    await room.set()
    room.imap.put(good(1))
    assert (await room.look()) == Look(1, 0, "")
    box = ok(await room.registrar.get(at))
    assert (box["fault"], box["due_at"]) == ("", None) and box["read_at"]
    assert "1 封邮件" in ok(await room.registrar.post(f"{at}/test"))["reading"]["zh"]
    room.imap.stop()
    assert "没有邮件服务应答" in (await room.look()).fault
    assert "没有邮件服务应答" in (await room.look()).fault
    async with sessions() as db:
        assert (await db.scalars(select(Mailbox.failures))).one() == 2
    assert [back_off(n).total_seconds() / 60 for n in (1, 2, 3, 6, 50)] == [2, 4, 8, 60, 60]


async def test_a_server_that_dies_while_we_read_is_gone_on_with(
    room: MailRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(read_service, "BATCH", 2)
    room.imap.put(*(good(seq) for seq in range(1, 7)))
    real, mails = settle_service.settle_mail, 0

    async def stopping(*arguments: Any) -> Any:
        nonlocal mails
        mails += 1
        if mails == 3:
            room.imap.stop()
        return await real(*arguments)

    monkeypatch.setattr(read_service, "settle_mail", stopping)
    look = await room.look()
    assert look.fault and look.settled == 4, "what was downloaded is settled; the rest waits"
    async with sessions() as db:
        assert (await db.scalars(select(Mailbox.last_uid))).one() > 0


async def test_five_hundred_mails(room: MailRoom) -> None:
    """Of every sort, with copies; what becomes of each is written by hand."""
    mails: list[bytes] = []
    expected: Counter[str] = Counter()
    for n in range(500):
        seq, sort = n % 14 + 1, n % 10
        key = {"message_id": f"<n{n}@x.test>", "sender": f"s{n}@x.test"}
        if n < 14:
            mails.append(good(seq, jpegs.sound(f"five hundred {n}"), **key))
            expected["taken"] += 1
        elif sort < 3:
            mails.append(mail(subject(seq), **key))
            expected["refused"] += 1
        elif sort < 5:
            mails.append(mail(subject(seq), (f"{IDS[seq % 14]}.jpg", b"\xff\xd8\xff tiny %d" % n), **key))
            expected["refused"] += 1
        elif sort < 7:
            mails.append(mail(subject(seq), ("a.jpg", b"\xff\xd8\xff 1 %d" % n), ("b.jpg", b"\xff\xd8\xff 2"), **key))
            expected["held"] += 1
        elif sort < 9:
            mails.append(mail("每周资讯", List_Unsubscribe="<https://x.test>", **key))
            expected["ignored"] += 1
        else:
            mails.append(mails[n - 9])
    room.imap.put(*mails)
    look = await room.look()
    copies = 500 - sum(expected.values())
    assert look == Look(500 - copies, copies, "")
    states, odd, stored = await outcome()
    assert (states, odd, stored) == (expected, 0, 14)
    page = ok(await room.registrar.get(f"{room.at}/mails"))
    assert page["counts"] == dict(expected) | {"already": 0} and page["next_after"]


# --- the registrar's desk --------------------------------------------------------------------------------------------


async def test_one_click_matches_a_held_mail(room: MailRoom) -> None:
    (made,) = await room.read(mail(subject(1), ("我.jpg", data := jpegs.sound("click"))))
    detail = await room.one(made["mail_id"])
    best = detail["candidates"][0]
    assert best["number"] == ROWS[0].number and best["score"] > 0.9 and "主题里的学号一致" in best["reasons"]
    picture = await room.registrar.get(f"{room.at}/mails/{made['mail_id']}/files/1/thumbnail")
    assert picture.headers["content-type"] == "image/jpeg" and len(picture.content) < len(data)
    matched = ok(await room.do(made, "match", student_id=best["student_id"], position=1))
    assert (matched["state"], codes(matched), matched["by_person"]) == ("taken", ["accepted"], True)
    (photo,) = await photos()
    assert (str(photo.student_id), photo.signs, photo.state) == (best["student_id"], ["person"], "accepted")
    assert photo.sha256 == hashlib.sha256(data).hexdigest()
    assert [one["state"] for one in matched["answers"]] == ["draft", "dropped"], "the new answer took its place"
    again = ok(await room.do(made, "match", student_id=best["student_id"], position=1))
    assert again["answers"] == matched["answers"] and len(await photos()) == 1
    other = await room.do(made, "match", student_id=await student_id(2), position=1)
    refused(other, MailSettled)


async def test_matching_what_is_no_photo_is_refused(room: MailRoom) -> None:
    (made,) = await room.read(mail(subject(1), ("我.jpg", jpegs.sound(3)), ("a.txt", b"x")))
    who = await student_id(1)
    for position in (2, 3, 99):
        refused(await room.do(made, "match", student_id=who, position=position), NoPhotoThere)
    (ignored,) = await room.read(mail("会议通知"))
    refused(await room.do(ignored, "match", student_id=who, position=1), MailSettled)
    (bad,) = await room.read(mail(subject(2), ("我.jpg", jpegs.faceless())))
    answer = ok(await room.do(bad, "match", student_id=await student_id(2), position=1))
    assert answer["state"] == "refused" and "photo_rejected" in codes(answer), "a person's word mends no photo"


async def test_taking_a_match_back(room: MailRoom) -> None:
    (made,) = await room.read(mail(subject(1), ("我.jpg", jpegs.sound("back"))))
    ok(await room.do(made, "match", student_id=await student_id(2), position=1))
    held = ok(await room.do(made, "reopen"))
    assert (held["state"], codes(held), held["student"], held["answer_state"]) == ("held", ["reopened"], None, None)
    assert [(photo.state, photo.student_id) for photo in await photos()] == [("received", None)]
    right = ok(await room.do(made, "match", student_id=await student_id(1), position=1))
    assert right["state"] == "taken" and right["student"]["number"] == ROWS[0].number
    assert len(await photos()) == 1


async def test_a_person_refuses_with_a_reason_or_dismisses(room: MailRoom) -> None:
    one, two = await room.read(
        mail(subject(1), ("我.jpg", jpegs.sound(1))), mail(subject(2), ("我.jpg", jpegs.sound(2)))
    )
    refused(await room.do(one, "refuse", reason="  "), ReasonForSender)
    back = ok(await room.do(one, "refuse", reason=f"照片上是别人 {IDS[3]}"))
    assert back["state"] == "refused"
    answers = (await room.one(one["mail_id"]))["answers"]
    assert "照片上是别人" in answers[0]["body"] and IDS[3] not in answers[0]["body"]
    gone = ok(await room.do(two, "dismiss"))
    assert (gone["state"], gone["answer_state"]) == ("ignored", None)
    refused(await room.do(two, "refuse", reason="x"), MailSettled)
    assert ok(await room.do(two, "reopen"))["state"] == "held", "dismissed by a person: its bytes are there"
    (junk,) = await room.read(mail("会议通知"))
    refused(await room.do(junk, "reopen"), MailIgnored)


async def test_what_is_done_here_is_on_record(room: MailRoom) -> None:
    (made,) = await room.read(mail(subject(1), ("我.jpg", jpegs.sound(1))))
    ok(await room.do(made, "match", student_id=await student_id(1), position=1))
    ok(await room.do(made, "reopen"))
    audit = ok(await room.registrar.get(f"{room.at}/audit"))
    acts = [entry["act"] for entry in (audit["entries"] if isinstance(audit, dict) else audit)]
    assert {"set_mailbox", "match_mail", "reopen_mail"} <= set(acts) and "right-Code-1" not in str(audit)
    async with sessions() as db:
        told = [row for row in await db.scalars(text("select kind from outbox where kind like 'mail%'"))]
    assert "mail.settled" in told and "mailbox.read" in told


async def test_lists_filter_search_and_page(room: MailRoom) -> None:
    await room.read(good(1), mail(subject(2)), mail(subject(3), sender="wang@x.test"), mail("会议通知"))
    assert [len(await room.mails(state=state)) for state in ("taken", "refused", "ignored", "held")] == [1, 2, 1, 0]
    assert [made["sender"] for made in await room.mails(search="wang")] == ["wang@x.test"]
    assert len(await room.mails(search=ROWS[1].name)) == 1
    seen, after = [], None
    while True:
        params = {"limit": 2} | ({"after": after} if after else {})
        page = ok(await room.registrar.get(f"{room.at}/mails", params=params))
        seen += [made["mail_id"] for made in page["mails"]]
        if (after := page["next_after"]) is None:
            break
    assert seen == [made["mail_id"] for made in reversed(await room.mails())] and len(seen) == 4
    numbers = ok(await room.registrar.get(f"{room.at}/mails/statistics"))
    assert numbers["states"]["refused"] == 2 and numbers["causes"][0] == {"code": "no_attachment", "mails": 2}
    assert numbers["answers"]["draft"] == 3 and numbers["late"] == 0


# --- settings --------------------------------------------------------------------------------------------------------


async def test_the_password_goes_in_and_never_comes_out(room: MailRoom) -> None:
    at = f"{room.at}/mailbox"
    box = ok(await room.registrar.get(at))
    assert box["has_password"] and "right-Code-1" not in str(box)
    async with sessions() as db:
        assert b"right-Code-1" not in (await db.scalars(select(Mailbox.password_sealed))).one()
    kept = settings(room.imap.port, password=None, sending=False)
    ok(await room.registrar.put(at, json=kept))
    assert (await room.look()).fault == "", "null keeps it"
    moved = await room.registrar.put(at, json=kept | {"imap_host": "evil.test"})
    refused(moved, PasswordNeeded)


async def test_odd_targets_are_refused(room: MailRoom, monkeypatch: pytest.MonkeyPatch) -> None:
    at = f"{room.at}/mailbox"
    refused(await room.registrar.put(at, json=settings(room.imap.port, plain_is_meant=False)), PlainPassword)
    monkeypatch.setattr(product_settings(), "mail_loopback", False)
    refused(await room.registrar.put(at, json=settings(5432)), OddMailServer)
    for host in ("127.0.0.1", "169.254.169.254", "0.0.0.0", "localhost", "::ffff:127.0.0.1"):
        ok(await room.registrar.put(at, json=settings(143, imap_host=host)))
        assert "不是可以使用的邮件服务器地址" in (await room.look()).fault, host
    assert (await room.registrar.put(at, json=settings(143, imap_host="a b"))).status_code == 422


async def test_one_folder_is_read_by_one_campaign(room: MailRoom) -> None:
    async with sessions() as db, db.begin():
        (first,) = await db.scalars(select(Campaign))
        facts = dict(fee_fen=2000, pace_people=30, pace_minutes=10, return_deadline=first.return_deadline)
        later = Campaign(name="下一届", **facts)
        db.add(later)
        await db.flush()
        at = f"/campaigns/{later.id}/mailbox"
    facts = refused(await room.registrar.put(at, json=settings(room.imap.port)), MailboxReadElsewhere)
    assert facts == {"campaign": first.name}
    ok(await room.registrar.put(at, json=settings(room.imap.port, reading=False)))
    ok(await room.registrar.put(at, json=settings(room.imap.port, folder="下一届")))
    await room.set(reading=False)
    ok(await room.registrar.put(at, json=settings(room.imap.port)))
    refused(await room.registrar.put(f"{room.at}/mailbox", json=settings(room.imap.port)), MailboxReadElsewhere)


async def test_without_a_mailbox_there_is_nothing_to_read(people: make.People) -> None:
    assert ok(await people.registrar.get(f"{people.at}/mailbox")) is None
    refused(await people.registrar.post(f"{people.at}/mailbox/look"), NoMailbox)
    assert await read_mailbox(people.campaign_id) == Look(0, 0, "")


# --- encryption ------------------------------------------------------------------------------------------------------


async def test_starttls_with_a_certificate_that_is_trusted_and_one_that_is_not(
    people: make.People, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cert = certificate(tmp_path)
    with imap_server(cert) as server:
        body = settings(server.port, imap_tls="starttls", plain_is_meant=False)
        ok(await people.registrar.put(f"{people.at}/mailbox", json=body))
        assert "证书不被信任" in (await read_mailbox(people.campaign_id)).fault
        monkeypatch.setenv("SSL_CERT_FILE", str(cert[0]))
        assert (await read_mailbox(people.campaign_id)) == Look(0, 0, "")


@pytest.mark.parametrize("trusting", [True, False])
async def test_163_is_told_who_is_there_before_its_folder_is_opened(people: make.People, trusting: bool) -> None:
    server = Netease(trusting=trusting)
    try:
        ok(await people.registrar.put(f"{people.at}/mailbox", json=settings(server.port)))
        reading = ok(await people.registrar.post(f"{people.at}/mailbox/test"))["reading"]
        first = [one.split()[0] for one in server.said if one.split()[0] in ("LOGIN", "ID", "EXAMINE")]
        assert first == ["LOGIN", "ID", "EXAMINE"], "and never SELECT"
        assert reading["works"] is trusting
        if not trusting:
            assert reading["code"] == "unsafe_login" and "授权码" in reading["zh"], reading
            assert "kefu" not in reading["zh"]
    finally:
        server.stop()


# --- a person, twice or otherwise ------------------------------------------------------------------------------------


async def test_a_double_click_on_a_photo_that_does_not_pass_is_one_answer(room: MailRoom) -> None:
    (made,) = await room.read(mail("照片", ("a.jpg", jpegs.faceless())))
    body = {"student_id": await student_id(1), "position": 1}
    first = ok(await room.do(made, "match", **body))
    again = ok(await room.do(made, "match", **body))
    assert (first["state"], codes(first)[0]) == (again["state"], codes(again)[0]) == ("refused", "photo_rejected")
    assert len(again["answers"]) == len(first["answers"])
    both = await asyncio.gather(*(room.do(made, "match", **body) for _ in range(2)))
    assert [one.status_code for one in both] == [200, 200]


async def test_a_photo_that_did_not_pass_can_be_taken_from_the_wrong_student(room: MailRoom) -> None:
    (made,) = await room.read(mail("照片", ("a.jpg", jpegs.faceless())))
    ok(await room.do(made, "match", student_id=await student_id(1), position=1))
    assert ok(await room.do(made, "reopen"))["state"] == "held"
    assert [photo.student_id for photo in await photos()] == [None]
    right = ok(await room.do(made, "match", student_id=await student_id(2), position=1))
    assert (right["state"], right["student"]["number"]) == ("refused", ROWS[1].number)


async def test_what_a_person_gave_to_somebody_else_stays_theirs(room: MailRoom) -> None:
    (made,) = await room.read(good(1))
    photo_id, other = str((await photos())[0].id), await student_id(2)
    at = f"{room.at}/photos/{photo_id}"
    ok(await room.registrar.post(f"{at}/unmatch"))
    ok(await room.registrar.post(f"{at}/match", json={"student_id": other}))
    assert ok(await room.do(made, "reopen"))["state"] == "held"
    assert [str(photo.student_id) for photo in await photos()] == [other]
