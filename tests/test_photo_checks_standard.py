"""What a campaign may demand of a photo, how an answer travels, the models, and that no bytes make the check fail."""

import hashlib
import json
import os
import re
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradphoto.photos.checking import faces
from gradphoto.photos.checking.check import check
from gradphoto.photos.checking.file import check_file
from gradphoto.photos.checking.jpeg import scan
from gradphoto.photos.checking.report import LEVELS, PhotoReport
from gradphoto.photos.checking.standard import EDITABLE, STANDARD, PhotoStandard, Profile, StandardFault
from photo_variants_file import with_segment
from portraits import ASTRONAUT, compose, head, jpg, portrait

GOOD = portrait()


def test_the_defaults_are_the_national_values() -> None:
    assert (STANDARD.width, STANDARD.height, STANDARD.dpi, STANDARD.quality_min) == (480, 640, 300, 60)
    assert (STANDARD.face_width_min, STANDARD.face_width_max) == (180, 300)
    assert (STANDARD.eyes_min, STANDARD.eyes_max) == (200, 300)
    assert (STANDARD.head_top_min, STANDARD.head_top_max) == (50, 110)
    assert STANDARD.background_colours == ((255, 255, 255), (240, 240, 240), (100, 197, 255))


def test_every_value_can_be_edited_and_comes_back_from_json() -> None:
    assert [one.name for one in EDITABLE] == [one.name for one in fields(PhotoStandard)]
    assert PhotoStandard.from_values(json.loads(json.dumps(STANDARD.values()))) == STANDARD
    assert PhotoStandard.from_values({}) == STANDARD
    for one in EDITABLE:
        assert one.zh and one.group
        assert PhotoStandard.from_values({one.name: one.default}) == STANDARD
    made = PhotoStandard.from_values({"quality_min": 75, "roll_review": 3, "background_colours": [[255, 0, 0]]})
    assert (made.quality_min, made.roll_review, made.background_colours) == (75, 3, ((255, 0, 0),))


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"colour": 1}, "colour"),
        ({"width": "480"}, "width"),
        ({"width": 480.5}, "width"),
        ({"width": True}, "width"),
        ({"width": None}, "width"),
        ({"width": 10}, "width"),
        ({"roll_review": float("nan")}, "roll_review"),
        ({"roll_review": float("inf")}, "roll_review"),
        ({"face_width_min": 310}, "face_width_min"),
        ({"face_width_max": 170}, "face_width_min"),
        ({"eyes_min": 300, "eyes_max": 200}, "eyes_min"),
        ({"face_width_block_below": 200}, "face_width_block_below"),
        ({"face_width_block_above": 200}, "face_width_block_above"),
        ({"sharp_block": 0.5}, "sharp_block"),
        ({"yaw_review": 30}, "yaw_review"),
        ({"width": 4000, "height": 6000, "max_pixels": 300_000}, "max_pixels"),
        ({"background_colours": []}, "background_colours"),
        ({"background_colours": [[1, 2]]}, "background_colours"),
        ({"background_colours": [[1, 2, 256]]}, "background_colours"),
        ({"background_colours": "white"}, "background_colours"),
        ({"background_colours": [[1, 2, 3]] * 9}, "background_colours"),
    ],
    ids=str,
)
def test_what_cannot_be_demanded_names_the_field(values: dict[str, Any], field: str) -> None:
    with pytest.raises(StandardFault) as fault:
        PhotoStandard.from_values(values)
    assert fault.value.field == field
    assert re.search(r"[\u4e00-\u9fff]", fault.value.zh)


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"face_width_min": 240, "face_width_block_below": 100}, "face_small"),
        ({"eyes_min": 100, "eyes_max": 150}, "eyes_height"),
        ({"quality_min": 95}, "quality_low"),
        ({"background_colours": [[255, 0, 0]]}, "background_colour"),
        ({"sharp_review": 1.0}, "blurred"),
        ({"width": 358, "height": 441}, "wrong_size"),
        ({"size_min_kb": 50}, "file_size"),
    ],
    ids=str,
)
def test_an_edited_value_is_what_counts(values: dict[str, Any], code: str) -> None:
    assert code not in {one.code for one in check(GOOD).findings}
    (found,) = [one for one in check(GOOD, PhotoStandard.from_values(values)).findings if one.code == code]
    assert found.measured and found.limit


def test_a_report_travels_as_json() -> None:
    for data in (GOOD, b"", GOOD[:9000], with_segment(GOOD, 0xE9, b"record") + b"tail"):
        report = check(data)
        assert PhotoReport.from_json(json.loads(json.dumps(report.to_json(), allow_nan=False))) == report


def test_the_coding_is_the_same_for_a_batch_and_another_after_saving_again() -> None:
    other = check_file(jpg(compose(head(ASTRONAUT), background=(240, 240, 240))))
    assert check_file(GOOD).coding == other.coding != ""
    assert check_file(portrait(seed=2)).coding == check_file(GOOD).coding
    assert check_file(jpg(compose(head(ASTRONAUT)), quality=75)).coding != other.coding
    assert [check_file(jpg(compose(head(ASTRONAUT)), quality=q)).quality for q in (20, 60, 75, 95)] == [20, 60, 75, 95]


def test_the_models_are_the_ones_that_were_measured() -> None:
    sums = dict(reversed(line.split()) for line in (faces.MODELS / "SHA256SUMS").read_text().splitlines())
    files = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in faces.MODELS.glob("*.tflite")}
    assert files == sums and len(files) == 5
    notice = Path(faces.MODELS / "NOTICE.md").read_text()
    assert all(name in notice for name in files)
    assert "Apache License" in Path(faces.MODELS / "LICENSE").read_text()


# --- any bytes --------------------------------------------------------------------------------------------------------

EXAMPLES = int(os.environ.get("GRADPHOTO_EXAMPLES", "300"))
SMALL = jpg(compose(head(ASTRONAUT)), quality=30)
Change = tuple[str, float, bytes]
changes = st.lists(
    st.tuples(
        st.sampled_from(["flip", "put", "cut", "double", "zero"]), st.floats(0, 1), st.binary(min_size=1, max_size=40)
    ),
    min_size=1,
    max_size=6,
)


def mutated(data: bytes, wanted: list[Change]) -> bytes:
    made = bytearray(data)
    for how, where, what in wanted:
        at = int(where * max(0, len(made) - 1))
        match how:
            case "flip" if made:
                made[at] ^= what[0] or 1
            case "put":
                made[at : at + len(what)] = what
            case "cut":
                del made[at : at + len(what) * 8]
            case "double":
                made[at:at] = made[at : at + len(what) * 64]
            case "zero":
                made[at : at + len(what)] = bytes(len(what))
    return bytes(made)


@given(changes, st.sampled_from(list(Profile)))
@settings(max_examples=EXAMPLES, deadline=None)
def test_no_mutated_photo_makes_the_check_fail(wanted: list[Change], profile: Profile) -> None:
    """GRADPHOTO_EXAMPLES=10000 makes it a soak."""
    data = mutated(SMALL, wanted)
    report = check(data, STANDARD, profile)
    assert PhotoReport.from_json(json.loads(json.dumps(report.to_json(), allow_nan=False))) == report
    assert report.accepted is not any(one.level == "block" for one in report.findings)
    order = [LEVELS.index(one.level) for one in report.findings]
    assert order == sorted(order)
    assert sum(one.length for one in scan(data).segments) <= len(data)


@given(st.integers(1, 300), st.integers(1, 300), st.binary(min_size=3, max_size=3), st.integers(1, 95))
@settings(max_examples=40, deadline=None)
def test_no_picture_makes_the_check_fail(width: int, height: int, colour: bytes, quality: int) -> None:
    """Also with every measure let through: one pixel, one colour, a strip."""
    face = compose(head(ASTRONAUT), background=(colour[0], colour[1], colour[2]))
    from_corner = jpg(face[:height, :width].copy(), quality=quality)
    for data in (from_corner, jpg(face[-height:, -width:].copy(), quality=quality)):
        loose = replace(STANDARD, width=width, height=height)
        for standard in (STANDARD, loose):
            assert check(data, standard).kind == "jpeg"
