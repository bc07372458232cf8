"""The house rules that a reader relies on: who imports whom, where SQL stands, how long a file is."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import gradphoto

HOME = Path(gradphoto.__file__).parent
FILES = sorted(HOME.rglob("*.py"))
ORDER = gradphoto.READING_ORDER
OUTSIDE = {"cli", "demo", "models"}  # start the product, fill it, or list its tables


def name_of(path: Path) -> str:
    return str(path.relative_to(HOME))


def imports(tree: ast.AST) -> Iterator[tuple[str, str]]:
    """(module, name) of each import of ours."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "gradphoto":
            for alias in node.names:
                yield node.module or "", alias.name
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.split(".")[0] == "gradphoto":
                    yield alias.name, ""


def package(module: str, name: str) -> str:
    parts = [*module.split("."), name][1:]
    return parts[0]


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_a_file_is_short_and_says_what_it_is_for(path: Path) -> None:
    text = path.read_text("utf-8")
    assert len(text.splitlines()) <= 300
    if text:
        assert ast.get_docstring(ast.parse(text)), "a file opens with one sentence"


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_a_package_imports_only_packages_to_its_left(path: Path) -> None:
    own = path.relative_to(HOME).parts[0].removesuffix(".py")
    if own in OUTSIDE or own not in ORDER:
        return
    for module, name in imports(ast.parse(path.read_text("utf-8"))):
        other = package(module, name)
        if other in ORDER:
            assert ORDER.index(other) <= ORDER.index(own), f"{own} imports {other}"
        assert other not in OUTSIDE, f"{own} imports {other}"


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_imports_stand_at_the_top(path: Path) -> None:
    tree = ast.parse(path.read_text("utf-8"))
    inner = [
        inside.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        for inside in ast.walk(node)
        if isinstance(inside, ast.Import | ast.ImportFrom)
    ]
    assert inner == []


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_only_the_app_imports_routes_and_routes_hold_no_sql(path: Path) -> None:
    own = path.relative_to(HOME)
    text = path.read_text("utf-8")
    for module, name in imports(ast.parse(text)):
        if (module.endswith("routes") or name.endswith("routes")) and own.parts[0] != "app.py":
            assert own.name == "routes.py" and module.split(".")[1] == own.parts[0], f"{own} imports {module} {name}"
    if own.name.endswith("routes.py"):
        names = {node.id for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Name)}
        assert not names & {"select", "insert", "update", "delete"}, "SQL stands in services"


@pytest.mark.parametrize("path", [p for p in FILES if "service" in p.name], ids=name_of)
def test_a_service_never_commits_and_knows_no_http(path: Path) -> None:
    text = path.read_text("utf-8")
    assert ".commit(" not in text
    assert "fastapi" not in text


@pytest.mark.parametrize("path", [p for p in FILES if p.parent.parent != HOME and p.parent != HOME], ids=name_of)
def test_a_room_inside_a_package_only_computes(path: Path) -> None:
    """schedule/notice, planning and solver: values in, values out. What is stored and asked is outside."""
    tree = ast.parse(path.read_text("utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            module = (node.module or "") if isinstance(node, ast.ImportFrom) else node.names[0].name
            assert module.split(".")[0] not in {"sqlalchemy", "fastapi", "sqlmodel"}, module
            assert not module.endswith("service"), module


def test_the_order_names_every_package() -> None:
    packages = {p.name for p in HOME.iterdir() if (p / "__init__.py").exists()}
    assert packages | {"app"} == set(ORDER)


def test_the_judge_sees_a_broken_rule() -> None:
    """Negative control: the import that the rule forbids is found by the same functions."""
    found = list(imports(ast.parse("from gradphoto.photos import service\nimport gradphoto.app")))
    assert [package(*one) for one in found] == ["photos", "app"]
