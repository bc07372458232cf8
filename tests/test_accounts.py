"""Signing in and out, links, API keys; who may do what is in test_policy.py."""

import httpx
import pytest

import make


async def test_a_student_signs_in_with_number_name_and_tail(anybody: httpx.AsyncClient) -> None:
    row = make.roster_rows()[1]
    body = {"number": row.number, "name": row.name, "id_number_tail": row.id_number[-6:].lower()}
    response = await anybody.post("/sign-in/student", json=body)
    assert response.status_code == 204, response.text
    me = (await anybody.get("/me")).json()
    assert (me["name"], me["role"], me["rehearsal"]) == (row.name, "student", True)


@pytest.mark.parametrize("field", ["number", "name", "id_number_tail"])
async def test_any_wrong_part_is_refused_the_same_way(anybody: httpx.AsyncClient, field: str) -> None:
    row = make.roster_rows()[1]
    body = {"number": row.number, "name": row.name, "id_number_tail": row.id_number[-6:]}
    response = await anybody.post("/sign-in/student", json=body | {field: "999999"})
    assert (response.status_code, response.json()["code"]) == (401, "wrong_sign_in")
    assert (await anybody.get("/me")).json()["code"] == "not_signed_in"


async def test_tries_are_limited_for_each_account_and_outlive_the_refusal(anybody: httpx.AsyncClient) -> None:
    row = make.roster_rows()[1]
    wrong = {"number": row.number, "name": row.name, "id_number_tail": "000000"}
    codes = [(await anybody.post("/sign-in/student", json=wrong)).json()["code"] for _ in range(11)]
    assert codes == ["wrong_sign_in"] * 10 + ["too_many_tries"]
    right = wrong | {"id_number_tail": row.id_number[-6:]}
    refused = await anybody.post("/sign-in/student", json=right)
    assert (refused.status_code, refused.json()["code"]) == (429, "too_many_tries"), "else guessing would pay"
    assert int(refused.headers["retry-after"]) > 60
    other = make.roster_rows()[2]
    body = {"number": other.number, "name": other.name, "id_number_tail": other.id_number[-6:]}
    assert (await anybody.post("/sign-in/student", json=body)).status_code == 204, "others are not locked out"


async def test_staff_set_a_password_by_a_link_that_works_once(people: make.People, anybody: httpx.AsyncClient) -> None:
    new = {"login": "li.si", "name": "李四", "role": "agency", "college_ids": []}
    made = (await people.registrar.post(f"{people.at}/staff", json=new)).json()
    token = made["url"].rsplit("/", 1)[-1]
    assert "/set-password/" in made["url"]
    assert (await anybody.post("/sign-in/link", json={"token": token})).json()["code"] == "link_used_up"
    weak = await anybody.post("/sign-in/password", json={"token": token, "password": "short"})
    assert weak.status_code == 422
    good = {"token": token, "password": "correct horse battery"}
    assert (await anybody.post("/sign-in/password", json=good)).json() == {"role": "agency"}
    assert (await anybody.get("/me")).json()["name"] == "李四"
    again = await anybody.post("/sign-in/password", json=good)
    assert (again.status_code, again.json()["code"]) == (410, "link_used_up")
    await anybody.post("/sign-out")
    assert (await anybody.get("/me")).status_code == 401
    signed_in = await anybody.post("/sign-in/staff", json={"login": "LI.SI", "password": "correct horse battery"})
    assert signed_in.json() == {"role": "agency"}


async def test_a_closed_account_is_out_at_once(people: make.People) -> None:
    staff = (await people.registrar.get(f"{people.at}/staff")).json()
    agency = next(one for one in staff if one["login"] == "agency")
    closed = await people.registrar.delete(f"{people.at}/staff/{agency['staff_id']}")
    assert closed.status_code == 204
    assert (await people.agency.get("/me")).status_code == 401
    acts = [row["act"] for row in (await people.registrar.get(f"{people.at}/audit")).json()]
    assert "disable_staff" in acts


async def test_a_login_is_taken_once(people: make.People) -> None:
    new = {"login": "agency", "name": "又一个", "role": "agency", "college_ids": []}
    refused = await people.registrar.post(f"{people.at}/staff", json=new)
    assert (refused.status_code, refused.json()["code"]) == (409, "login_taken")


async def test_an_api_key_works_until_it_is_revoked(people: make.People, anybody: httpx.AsyncClient) -> None:
    body = {"name": "数据中台", "acts": ["read_students"]}
    made = (await people.registrar.post(f"{people.at}/api-keys", json=body)).json()
    key = {"Authorization": f"Bearer {made['token']}"}
    assert (await anybody.get(f"{people.at}/students", headers=key)).status_code == 200
    assert (await anybody.get(f"{people.at}/changes", headers=key)).json()["code"] == "not_allowed"
    listed = (await people.registrar.get(f"{people.at}/api-keys")).json()
    assert made["token"] not in str(listed), "the key itself is shown once"
    await people.registrar.delete(f"{people.at}/api-keys/{made['api_key']['api_key_id']}")
    assert (await anybody.get(f"{people.at}/students", headers=key)).status_code == 401


async def test_a_key_cannot_do_what_only_people_do(people: make.People) -> None:
    body = {"name": "x", "acts": ["decide_handover"]}
    refused = await people.registrar.post(f"{people.at}/api-keys", json=body)
    assert (refused.status_code, refused.json()["code"]) == (422, "act_not_for_keys")


async def test_a_new_link_voids_the_one_before(people: make.People, anybody: httpx.AsyncClient) -> None:
    staff = (await people.registrar.get(f"{people.at}/staff")).json()
    screen = next(one for one in staff if one["role"] == "screen")
    path = f"{people.at}/staff/{screen['staff_id']}/invitation"
    first, second = [(await people.registrar.post(path)).json()["url"].rsplit("/", 1)[-1] for _ in range(2)]
    assert (await anybody.post("/sign-in/link", json={"token": first})).json()["code"] == "link_used_up"
    for _ in range(2):
        assert (await anybody.post("/sign-in/link", json={"token": second})).json() == {"role": "screen"}


async def test_a_counsellors_colleges_are_set_again(people: make.People) -> None:
    groups = (await people.registrar.get(f"{people.at}/class-groups")).json()
    second = next(g["college_id"] for g in groups if g["college_name"] == "乙学院")
    staff = (await people.registrar.get(f"{people.at}/staff")).json()
    counsellor = next(one for one in staff if one["login"] == "counsellor")
    body = {"college_ids": [second, second]}
    path = f"{people.at}/staff/{counsellor['staff_id']}/colleges"
    assert (await people.registrar.put(path, json=body)).status_code == 204
    mine = (await people.counsellor.get(f"{people.at}/class-groups")).json()
    assert {g["college_name"] for g in mine} == {"乙学院"}
