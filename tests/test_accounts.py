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
