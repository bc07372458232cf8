"""The seal: what happens to a photo, its receipt or the manifest is seen and named, with and without our program."""

import copy
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

import tampering as t
from gradphoto.delivery.sealing import photo_verify, seal, tree
from gradphoto.delivery.sealing.handout import verify_page, verify_script
from gradphoto.delivery.sealing.line import MOST_PARTS, parts_of

KEY = t.PUBLIC.hex()
IDS = [case.name for case in t.CASES]

# --- the tree --------------------------------------------------------------------------------------------------------


def test_the_tree_is_the_one_of_rfc_6962() -> None:
    """The test vectors of Certificate Transparency: roots of the first n of eight inputs."""
    inputs = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
    roots = [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ]
    leaves = [tree.leaf_hash(bytes.fromhex(one)) for one in inputs]
    assert [tree.levels(leaves[: n + 1])[-1][0].hex() for n in range(8)] == roots


@given(count=st.integers(1, 70), data=st.data())
def test_a_path_proves_its_own_place_and_no_other(count: int, data: st.DataObject) -> None:
    leaves = [tree.leaf_hash(bytes([i])) for i in range(count)]
    levels = tree.levels(leaves)
    at, other = data.draw(st.integers(0, count - 1)), data.draw(st.integers(0, count - 1))
    way = tree.path(levels, at)
    root = levels[-1][0]
    assert tree.root_of(leaves[at], at, count, way) == root == photo_verify.root_of_path(leaves[at], at, count, way)
    assert (tree.root_of(leaves[at], other, count, way) == root) is (at == other)
    assert tree.root_of(leaves[at], at, count, [*way, root]) != root
    assert tree.root_of(leaves[at], count, count, way) is None


def test_a_leaf_cannot_pass_for_a_node() -> None:
    left, right = tree.leaf_hash(b"a"), tree.leaf_hash(b"b")
    assert tree.leaf_hash(left + right) != tree.levels([left, right])[-1][0]


# --- the signature, ours and the script's own ------------------------------------------------------------------------


def test_rfc_8032_vectors() -> None:
    key = bytes.fromhex("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c")
    signature = bytes.fromhex(
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
        "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
    )
    assert photo_verify.is_signed(key, b"\x72", signature)
    assert not photo_verify.is_signed(key, b"\x73", signature)


@given(secret=st.binary(min_size=32, max_size=32), message=st.binary(max_size=200), at=st.integers(0, 63))
def test_the_script_verifies_what_the_library_signs_and_nothing_else(secret: bytes, message: bytes, at: int) -> None:
    key = Ed25519PrivateKey.from_private_bytes(secret)
    public, signature = key.public_key().public_bytes_raw(), key.sign(message)
    assert photo_verify.is_signed(public, message, signature)
    assert not photo_verify.is_signed(public, message, t.flipped(signature, at))
    assert not photo_verify.is_signed(public, message + b"x", signature)
    order = photo_verify.ORDER
    malleable = (int.from_bytes(signature[32:], "little") + order).to_bytes(33, "little")
    assert not photo_verify.is_signed(public, message, signature[:32] + malleable[:32])


def test_the_heads_are_a_chain() -> None:
    second = seal.seal(t.LINES[:3], t.FACTS | {"number": 2}, seal.head_hash(t.SEALED.head), t.SECRET)
    assert t.SEALED.head["prev"] == "" and second.head["prev"] == seal.head_hash(t.SEALED.head)
    assert seal.is_signed(second.head, second.signature, t.PUBLIC) and seal.holds(t.SEALED.head, t.LINES)
    assert not seal.is_signed(second.head | {"prev": ""}, second.signature, t.PUBLIC)
    assert not seal.is_signed(second.head, "not base64", t.PUBLIC)
    assert not seal.holds(t.SEALED.head, t.LINES[::-1])


def test_our_own_check_agrees_on_every_receipt() -> None:
    for case in t.CASES:
        if case.code == "unreadable":
            continue
        head, line = case.receipt["head"], case.receipt["line"]
        true = seal.is_signed(head, case.receipt["signature"], t.PUBLIC) and seal.belongs(
            head, line, case.receipt["path"]
        )
        assert true is not case.code.startswith("wrong_"), case.name


def test_a_receipt_is_small_and_holds_nobody_else() -> None:
    lines = [copy.copy(t.LINES[i % t.COUNT]) | {"position": i, "number": f"4{i:07d}"} for i in range(3300)]
    receipt = seal.receipt(seal.seal(lines, t.FACTS, "f" * 64, t.SECRET), seal.tree_of(lines), lines[1234])
    text = seal.canonical(receipt).decode()
    assert len(text) < 2048 and len(receipt["path"]) == 12
    assert photo_verify.check_receipt(receipt, t.PHOTOS[1234 % t.COUNT], KEY)[0] == "same"
    assert not any(f'"4{i:07d}"' in text for i in range(3300) if i != 1234)


def test_a_file_in_very_many_parts_has_a_short_line() -> None:
    segments: list[dict[str, Any]] = [
        {"name": "COM", "offset": i * 10, "length": 10, "sha256": f"{i:064x}"} for i in range(1000)
    ]
    parts = parts_of(segments, 10_000)
    assert len(parts) == MOST_PARTS and parts[-1] == ["rest", 230, 9770, ""]


# --- every tampering, told in Python and by the script ---------------------------------------------------------------


@pytest.mark.parametrize("case", t.CASES, ids=IDS)
def test_what_happened_is_named(case: t.Case) -> None:
    code, sentence = photo_verify.check_receipt(case.receipt, case.photo, KEY)
    assert code == case.code and case.words in sentence, (code, sentence)


@pytest.fixture(scope="module")
def script(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("tool") / "photo_verify.py"
    path.write_text(verify_script([KEY]), "utf-8")
    return path


def run(script: Path, *arguments: Any) -> tuple[int, str]:
    """As somebody runs it: alone, without our program on the path."""
    words = [sys.executable, "-I", "-S", str(script), *map(str, arguments)]
    done = subprocess.run(words, capture_output=True, timeout=60, check=False, env={"PYTHONIOENCODING": "utf-8"})
    assert not done.stderr, done.stderr
    return done.returncode, done.stdout.decode()


@pytest.mark.parametrize("case", t.CASES, ids=IDS)
def test_the_script_says_the_same(case: t.Case, script: Path, tmp_path: Path) -> None:
    (tmp_path / "receipt.json").write_bytes(seal.canonical(case.receipt))
    (tmp_path / "photo.jpg").write_bytes(case.photo)
    status, said = run(script, tmp_path / "receipt.json", tmp_path / "photo.jpg")
    expected = 0 if case.code == "same" else 3 if case.code == "unreadable" else 2 if "wrong" in case.code else 1
    assert (status, case.words in said, "不解读图片社" in said) == (expected, True, True), said


@pytest.mark.parametrize(("name", "manifest", "words"), t.MANIFESTS, ids=[one[0] for one in t.MANIFESTS])
def test_the_script_refuses_a_false_manifest(
    name: str, manifest: bytes, words: str, script: Path, tmp_path: Path
) -> None:
    (tmp_path / "manifest.jsonl").write_bytes(manifest)
    status, said = run(script, folder(tmp_path / "照片", t.FOLDER).parent / "manifest.jsonl", tmp_path / "照片")
    assert status == 2 and words in said, said


def test_the_script_checks_a_whole_folder(script: Path, tmp_path: Path) -> None:
    (tmp_path / "manifest.jsonl").write_bytes(t.manifest_of())
    good = run(script, tmp_path / "manifest.jsonl", folder(tmp_path / "good", t.FOLDER))
    assert good[0] == 0 and "通过：21 张通过，0 处有问题。" in good[1], good
    status, said = run(script, tmp_path / "manifest.jsonl", folder(tmp_path / "bad", t.troubled_folder()))
    assert status == 1 and "不通过：17 张通过，5 处有问题。" in said, said
    for file, words in t.FOUND.items():
        assert any(row.startswith(file) and words in row for row in said.splitlines()), (file, said)


def folder(path: Path, files: dict[str, bytes]) -> Path:
    path.mkdir()
    for name, data in files.items():
        (path / name).write_bytes(data)
    return path


def test_without_the_schools_key_nothing_passes(tmp_path: Path) -> None:
    bare = Path(photo_verify.__file__)
    (tmp_path / "receipt.json").write_text(json.dumps(t.RECEIPT), "utf-8")
    (tmp_path / "photo.jpg").write_bytes(t.PHOTO)
    files = (tmp_path / "receipt.json", tmp_path / "photo.jpg")
    assert run(bare, *files)[0] == 3
    assert run(bare, *files, "--key", KEY)[0] == 0
    assert run(bare, *files, "--key", seal.public_key(t.FORGER).hex())[0] == 2
    assert run(bare, tmp_path / "no such.json", tmp_path / "photo.jpg", "--key", KEY)[0] == 3


def test_what_an_earlier_key_sealed_passes_and_its_fingerprint_is_said(tmp_path: Path) -> None:
    newer = seal.public_key(t.FORGER).hex()
    (tmp_path / "receipt.json").write_text(json.dumps(t.RECEIPT), "utf-8")
    (tmp_path / "photo.jpg").write_bytes(t.PHOTO)
    (tmp_path / "manifest.jsonl").write_bytes(t.manifest_of())
    photos = folder(tmp_path / "photos", t.FOLDER)
    for keys, status, words in (([newer, KEY], 0, "（以前用过的）"), ([KEY], 0, "（现用的）"), ([newer], 2, "太旧")):
        tool = tmp_path / "tool.py"
        tool.write_text(verify_script(keys), "utf-8")
        for files in ((tmp_path / "receipt.json", tmp_path / "photo.jpg"), (tmp_path / "manifest.jsonl", photos)):
            done, said = run(tool, *files)
            assert (done, words in said, seal.fingerprint(t.PUBLIC) in said) == (status, True, status == 0), said


def test_the_page_holds_the_key_and_a_policy_that_lets_nothing_out() -> None:
    page, policy = verify_page([KEY], 'http://x/"><script>')
    assert f'content="{KEY}"' in page and policy in page and "{{" not in page
    assert policy.startswith("default-src 'none'; script-src 'sha256-") and "unsafe" not in policy
    assert '"><script>' not in page.replace("<script>\n'use strict'", "")
    assert "://" not in page.split("<script>")[1], "no address in the script"
