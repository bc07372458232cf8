"""The contract is what other systems integrate from: current, complete, and kept by the server under fuzzing."""

import json
import re
from typing import Any

import hypothesis
import pytest
import schemathesis

import make
from gradphoto.app import app
from gradphoto.core.errors import MEDIA_TYPE, Refusal
from gradphoto.core.settings import PROJECT

CONTRACT: dict[str, Any] = app.openapi()
OPERATIONS = [
    pytest.param(path, method, operation, id=operation["operationId"])
    for path, item in CONTRACT["paths"].items()
    for method, operation in item.items()
]


def test_the_committed_contract_is_the_servers() -> None:
    committed = (PROJECT / "openapi" / "openapi.json").read_text("utf-8")
    assert committed == json.dumps(CONTRACT, sort_keys=True, indent=1, ensure_ascii=False) + "\n", "run make contract"


def test_operation_ids_are_unique_camel_case_verbs() -> None:
    ids = [param.values[2]["operationId"] for param in OPERATIONS]
    assert len(ids) == len(set(ids))
    assert all(re.fullmatch(r"[a-z]+([A-Z][a-z]+)+", one) for one in ids)


@pytest.mark.parametrize(("path", "method", "operation"), OPERATIONS)
def test_an_operation_explains_itself_and_its_refusals(path: str, method: str, operation: dict[str, Any]) -> None:
    assert operation["tags"][0] in {tag["name"] for tag in CONTRACT["tags"]}
    assert len(operation["description"]) > 15
    refusals = [r for status, r in operation["responses"].items() if int(status) >= 400]
    assert refusals, "no refusal is declared"
    for refusal in refusals:
        assert refusal["content"][MEDIA_TYPE]["examples"], "a refusal shows its code"
    for parameter in operation.get("parameters", []):
        if parameter["in"] == "query" and parameter["name"] not in ("limit", "class_group_id", "college_id", "search"):
            assert parameter.get("description") or "$ref" in str(parameter) or parameter["name"] in ("act", "after")


def test_every_refusal_code_is_in_the_contract_and_is_a_sentence() -> None:
    codes = CONTRACT["components"]["schemas"]["Problem"]["properties"]["code"]["enum"]
    assert codes == sorted(Refusal.registry)
    for refusal in Refusal.registry.values():
        sentence = (refusal.__doc__ or "").strip()
        assert sentence.endswith("。") and re.search(r"[\u4e00-\u9fff]", sentence), refusal


def test_response_shapes_have_no_defaults() -> None:
    """Else every generated client would have to ask whether a field is there."""
    answered: set[str] = set()

    def visit(schema: Any) -> None:
        if isinstance(schema, dict):
            name = str(schema.get("$ref", "")).rsplit("/", 1)[-1]
            if name and name not in answered:
                answered.add(name)
                visit(CONTRACT["components"]["schemas"][name])
            for value in schema.values():
                visit(value)
        elif isinstance(schema, list):
            for value in schema:
                visit(value)

    for param in OPERATIONS:
        for status, response in param.values[2]["responses"].items():
            if status.startswith("2"):
                visit(response.get("content", {}))
    for name in answered:
        schema = CONTRACT["components"]["schemas"][name]
        optional = set(schema.get("properties", {})) - set(schema.get("required", []))
        assert not optional, f"{name}: {optional}"


schemathesis.serializer.alias("application/offset+octet-stream", "application/octet-stream")
SCHEMA = schemathesis.openapi.from_dict(CONTRACT)
FUZZED = [op.ok() for op in SCHEMA.get_all_operations() if not op.ok().path.endswith("/events")]
TAGS = sorted({op.definition.raw["tags"][0] for op in FUZZED})
HTTPX = {"method", "url", "params", "headers", "content", "data", "files", "json"}


@pytest.mark.parametrize("tag", TAGS)
async def test_no_input_breaks_the_server(people: make.People, tag: str) -> None:
    """Generated requests, valid and not, by a registrar: an undeclared status, another shape or a 5xx fails."""
    client, tried, wrong = people.registrar, 0, []
    for operation in (op for op in FUZZED if op.definition.raw["tags"][0] == tag):
        declared = operation.definition.raw["responses"]
        for case in generated(operation):
            case.path_parameters = {**(case.path_parameters or {}), "campaign_id": str(people.campaign_id)}
            kwargs = case.as_transport_kwargs(base_url="http://test")
            request = client.build_request(**{k: v for k, v in kwargs.items() if k in HTTPX})
            response = await client.send(request)
            tried += 1
            if response.status_code >= 400:
                kept = response.headers["content-type"].startswith(MEDIA_TYPE)
                kept = kept and (request.method == "HEAD" or response.json()["code"] in Refusal.registry)
            else:
                kept = True
            status = response.status_code
            if not kept or status >= 500 or (str(status) not in declared and status not in (404, 405)):
                wrong.append((operation.definition.raw["operationId"], status, response.text[:200]))
        if operation.definition.raw["operationId"] == "signOut":
            client = await people.staff("registrar")
    assert wrong == []
    assert tried


def generated(operation: Any) -> list[Any]:
    cases: list[Any] = []

    @hypothesis.given(case=operation.as_strategy())
    @hypothesis.settings(
        max_examples=15,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    def collect(case: Any) -> None:
        cases.append(case)

    collect()
    return cases
