"""Photos returned by mail: from the mailbox to accepted, beside nothing but fetching the same mails."""

import asyncio
import time

from crowd import Crowd
from load import ask
from report import Measured, Report
from server import Site

import jpegs
from mailpost import Imap, imap_server, mail, settings

PATIENCE_SECONDS = 600


async def run(site: Site, crowd: Crowd, report: Report, rounds: int, quick: bool) -> None:
    people = crowd.everybody[: 40 if quick else 500]
    names = dict(site.db.execute("select number, name from student").fetchall())
    for turn in range(rounds):
        with imap_server() as imap:
            imap.put(
                *(
                    mail(
                        f"毕业生照片-{names[one.number]}-{one.number}",
                        (f"{one.number}.jpg", jpegs.sound(f"mail {turn} {one.number}")),
                        message_id=f"<{turn}.{one.number}@student.test>",
                    )
                    for one in people
                )
            )
            n = len(people)
            plain = n / _fetched(imap, n)
            seconds = await _read(site, crowd, imap, n)
            again = await _look(site, crowd)
        report.add(
            Measured("mail_read", n / seconds, "1/s", n, "imaplib, fetching the same mails alone", plain),
            Measured("mail_look_nothing_new", again * 1000, "ms", 1),
        )
        site.db.execute("truncate mail_file, mail_answer, mail, mailbox, photo, outbox cascade")


def _fetched(imap: Imap, n: int) -> float:
    """Seconds for all mails, 25 a command as the product asks for them, nothing done with them."""
    began = time.perf_counter()
    with imap.client() as client:
        client.select("INBOX", readonly=True)
        uids = client.uid("SEARCH", "ALL")[1][0].split()
        got = 0
        for start in range(0, len(uids), 25):
            few = b",".join(uids[start : start + 25]).decode()
            got += sum(isinstance(one, tuple) for one in client.uid("FETCH", few, "(UID BODY.PEEK[])")[1])
    assert got == n
    return time.perf_counter() - began


async def _read(site: Site, crowd: Crowd, imap: Imap, n: int) -> float:
    body = settings(imap.port) | {"reading": False}
    await ask(site.port, "PUT", f"{crowd.at}/mailbox", crowd.staff["registrar"], body)
    seconds = await _look(site, crowd)
    states = site.db.execute("select state, count(*) from mail group by state").fetchall()
    assert states == [("taken", n)], states
    return seconds


async def _look(site: Site, crowd: Crowd) -> float:
    """Asked for by a person, done by the worker."""
    registrar = crowd.staff["registrar"]
    began = time.perf_counter()
    asked = await ask(site.port, "POST", f"{crowd.at}/mailbox/look", registrar)
    while time.perf_counter() - began < PATIENCE_SECONDS:
        box = await ask(site.port, "GET", f"{crowd.at}/mailbox", registrar)
        if box["read_at"] is not None and box["read_at"] > asked["asked_at"]:
            assert box["fault"] == "", box["fault"]
            return time.perf_counter() - began
        await asyncio.sleep(0.05)
    raise SystemExit("the mailbox was not read")
