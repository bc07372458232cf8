"""A roster comes in: report first, then all of it or nothing; numbers are sealed, masked, and revealed on record."""

import httpx
import psycopg

import make
from gradphoto.core.jobs import conninfo
from gradphoto.roster.writing import write_rows_xlsx


async def upload(people: make.People, data: bytes, name: str = "名单.xlsx") -> httpx.Response:
    return await people.registrar.post(f"{people.at}/roster-imports", files={"file": (name, data)})


async def test_the_report_comes_first_and_changes_nobody(people: make.People) -> None:
    rows = make.roster_rows()
    changed = write_rows_xlsx([*rows[:3], *(r for r in rows[4:])])
    before = (await people.registrar.get(f"{people.at}/students", params={"limit": 100})).json()
    report = (await upload(people, changed)).json()["report"]
    assert (report["rows"], report["added"], report["changed"], report["missing"]) == (13, 0, 0, 1)
    assert report["missing_numbers"] == [rows[3].number]
    assert (await people.registrar.get(f"{people.at}/students", params={"limit": 100})).json() == before


async def test_applied_whole_and_only_once(people: make.People) -> None:
    rows = make.roster_rows()
    renamed = [rows[0].__class__(**{**_values(rows[0]), "name": "欧阳·新名"}), *rows[1:13]]
    made = (await upload(people, write_rows_xlsx(renamed))).json()
    path = f"{people.at}/roster-imports/{made['import_id']}/apply"
    applied = await people.registrar.post(path, json={"withdraw_missing": True})
    assert applied.json()["state"] == "applied", applied.text
    students = (await people.registrar.get(f"{people.at}/students", params={"limit": 100})).json()["students"]
    assert students[0]["name"] == "欧阳·新名"
    assert [s["number"] for s in students if s["withdrawn_at"]] == [rows[13].number]
    again = await people.registrar.post(path, json={"withdraw_missing": True})
    assert (again.status_code, again.json()["code"]) == (409, "import_decided")


async def test_a_changed_student_has_to_sign_in_again(people: make.People) -> None:
    rows = make.roster_rows()
    changed, same = await people.student(rows[0].number), await people.student(rows[1].number)
    made = (await upload(people, write_rows_xlsx([_with(rows[0], is_monitor=False), *rows[1:]]))).json()
    await people.registrar.post(
        f"{people.at}/roster-imports/{made['import_id']}/apply", json={"withdraw_missing": False}
    )
    assert (await changed.get("/me")).status_code == 401
    assert (await same.get("/me")).status_code == 200


async def test_a_file_with_an_error_is_refused_whole(people: make.People) -> None:
    rows = make.roster_rows()
    bad = "学号,姓名,证件类型,证件号码,学院,班级\n" + "\n".join(
        f"{r.number},改名,居民身份证,{'119900199701010000' if i == 5 else r.id_number},{r.college},{r.class_group}"
        for i, r in enumerate(rows)
    )
    made = (await upload(people, bad.encode("gb18030"), "名单.csv")).json()
    finding = made["report"]["findings"][0]
    assert (finding["row"], finding["level"], finding["column"]) == (7, "error", "证件号码")
    assert "19970101" not in finding["value"], "the value is masked"
    refused = await people.registrar.post(
        f"{people.at}/roster-imports/{made['import_id']}/apply", json={"withdraw_missing": False}
    )
    assert (refused.status_code, refused.json()["code"]) == (409, "import_has_errors")
    names = {s["name"] for s in (await people.registrar.get(f"{people.at}/students")).json()["students"]}
    assert "改名" not in names


async def test_what_is_not_a_spreadsheet_gets_a_report_and_no_500(people: make.People) -> None:
    for data in (b"", b"\x00" * 100, b"PK\x03\x04broken", "今天放假".encode()):
        made = await upload(people, data)
        assert made.status_code == 201 and made.json()["report"]["errors"] >= 1


async def test_id_numbers_are_masked_sealed_and_revealed_on_record(people: make.People, database_url: str) -> None:
    row = make.roster_rows()[0]
    by_number = {"id_number": row.id_number.lower()}
    page = (await people.registrar.post(f"{people.at}/students/search", json=by_number)).json()
    (student,) = page["students"]
    assert student["id_number_mask"] == "119900************"
    path = f"{people.at}/students/{student['student_id']}/id-number"
    revealed = await people.registrar.post(path, json={"reason": "核对证件"})
    assert revealed.json() == {"id_number": row.id_number}
    audit = (await people.registrar.get(f"{people.at}/audit", params={"act": "reveal_id_number"})).json()
    assert [(a["subject_id"], a["facts"]) for a in audit] == [(student["student_id"], {"reason": "核对证件"})]
    refused = await people.agency.post(path, json={"reason": "想看看"})
    assert (refused.status_code, refused.json()["code"]) == (403, "not_allowed")
    with psycopg.connect(conninfo(database_url)) as connection:
        stored = connection.execute("select s::text from student s union all select o::text from outbox o").fetchall()
    assert row.id_number not in str(stored), "no table holds it in clear"


async def test_the_audit_can_not_be_rewritten(people: make.People, database_url: str) -> None:
    made = await upload(people, write_rows_xlsx(make.roster_rows()))
    assert made.status_code == 201
    with psycopg.connect(conninfo(database_url)) as connection:
        assert connection.execute("select count(*) from audit").fetchone() == (1,)
        for change in ("delete from audit", "update audit set actor_name = 'x'", "truncate audit"):
            try:
                connection.execute(change)
                raise AssertionError(change)
            except psycopg.errors.CheckViolation:
                connection.rollback()


async def test_invalid_requests_never_echo_what_was_sent(anybody: httpx.AsyncClient) -> None:
    secret = make.id_number(1)
    body = {"number": "4150", "name": "a" * 60, "id_number_tail": secret}
    response = await anybody.post("/sign-in/student", json=body)
    assert (response.status_code, response.json()["code"]) == (422, "invalid_request")
    assert secret not in response.text
    for raw in (b'{"number": NaN}', b'{"number": "\\ud800"}', b"{", b"\xff", b'{"\\ud800": 1}'):
        broken = await anybody.post("/sign-in/student", content=raw, headers={"content-type": "application/json"})
        assert broken.status_code == 422, raw


def _values(row: object) -> dict[str, object]:
    return {name: getattr(row, name) for name in row.__slots__}


def _with(row: object, **changes: object) -> object:
    return row.__class__(**{**_values(row), **changes})
