"""Every finding says in Chinese and in English what is wrong, how much of it, what is allowed, and what to do."""

import re
from dataclasses import asdict

import pytest
from PIL import Image
from sqlalchemy import update

import jpegs
import make
from gradphoto.core.db import sessions
from gradphoto.photos.checker import check_photo
from gradphoto.photos.checking.check import check
from gradphoto.photos.checking.file_sentences import FILE
from gradphoto.photos.checking.judge import judge
from gradphoto.photos.checking.report import Finding, headline
from gradphoto.photos.checking.saying import finding
from gradphoto.photos.checking.sentences import PICTURE, Sentence
from gradphoto.photos.checking.standard import STANDARD, Profile
from gradphoto.photos.holds import CAMERA_ORIGINAL, OTHER_ID_NUMBER, held_finding
from gradphoto.photos.models import Hold, Photo
from photo_variants_file import exif, file_variants, with_segment
from portraits import ASTRONAUT, compose, head, jpg, portrait
from test_photos import sent

GOOD = portrait()
CHINESE = re.compile(r"[\u3000-\u9fff\uff00-\uffef]")
# Each code is reached by one measure that is out of its limits, starting from a sound photo's measures.
OUT_OF_LIMITS: dict[str, list[dict[str, float]]] = {
    "no_face": [{"faces": 0}], "many_faces": [{"faces": 2}], "upside_down": [{"roll": 170}], "roll": [{"roll": 9}],
    "face_unclear": [{"face_confirmed": 0, "face_score": 0.6}], "face_small": [{"face_width": 120}],
    "face_large": [{"face_width": 360}], "eyes_height": [{"eyes": 360}], "head_top": [{"head_top": 0}],
    "off_centre": [{"face_middle": 320}, {"face_middle": 200}], "yaw": [{"yaw": -20}],
    "stretched": [{"face_shape": 1.0}], "eyes_closed": [{"eyes_open": 0.1}], "mouth_open": [{"mouth_open": 0.3}],
    "blurred": [{"sharpness": 0.1}, {"sharpness_along": 0.1}], "dark": [{"face_light": 50, "scene_light": 90}],
    "bright": [{"face_white": 0.5}, {"face_light": 230}, {"face_burnt": 0.5}], "uneven_light": [{"cheeks": 0.5}],
    "no_colour": [{"colour": 1}], "colour_cast": [{"skin_yellow": -20}, {"skin_red": -5}],
    "sunglasses": [{"eye_white": 0.3}, {"lens_dark": 90}, {"lens_colour": 90}],
    "covered": [{"lower_face": 30, "nose": 30}, {"lower_face_light": 60}],
    "background_dark": [{"background_light": 20}], "background_colour": [{"background_off": 60}],
    "background_uneven": [{"background_uneven": 9}], "background_unseen": [{"background_light": float("nan")}],
    "clothes_blue": [{"clothes_blue": 0.9}], "clothes_like_background": [{"clothes_background": 2}], "not_judged": [],
}  # fmt: skip


def says(sentence: str, value: str) -> bool:
    """The numbers and letters of a measure are the same in both languages."""
    return all(word.lower() in sentence.lower() for word in re.findall(r"[0-9A-Za-z.%°-]+", value))


def assert_said(one: Finding) -> None:
    for said in (one.zh, one.en, one.remedy, one.remedy_en):
        assert said and not said.endswith(("。", ".")), one
        assert "{" not in said, one
    assert CHINESE.search(one.zh) and CHINESE.search(one.remedy), one
    for english in (one.en, one.remedy_en):
        assert not CHINESE.search(english) and english[0] in english[0].upper(), one
    if one.limit:
        assert one.measured, one
        for said in (one.zh, one.en):
            # Nobody needs to hear that no face is 0 faces; a kind of file is told by its name.
            if one.code not in ("no_face", "not_jpeg"):
                assert says(said, one.measured) and says(said, one.limit), one
    if one.level != "info":
        assert one.sentence == f"{one.zh}。{one.remedy}。" and one.sentence_en == f"{one.en}. {one.remedy_en}."
        assert "无需" not in one.remedy and "Nothing needs" not in one.remedy_en, one


def file_findings() -> dict[str, list[Finding]]:
    """What the check says of every file that the tests know how to spoil."""
    batch = {"profile": Profile.on_site, "expects_record": True}
    images = [
        check(one.make(), profile=Profile(one.options.get("profile", "returned"))) for one in file_variants(ASTRONAUT)
    ]
    images += [
        check(GOOD, **batch),
        check(GOOD + GOOD, profile=Profile.camera),
        check(GOOD + bytes(STANDARD.max_bytes)),
    ]
    images += [check(with_segment(GOOD, 0xE9, b"x") + b"record", profile=Profile.on_site)]
    images += [check(jpg(compose(head(ASTRONAUT)), quality=20)), check(GOOD.replace(b"\xff\xc0", b"\xff\xc3", 1))]
    images += [check(jpg(compose(head(ASTRONAUT)), dpi=(72, 96))), check(jpg(compose(head(ASTRONAUT)), quality=100))]
    images += [
        check(jpg(Image.new("RGB", (4800, 4800)), progressive=True)),
        check(GOOD[:-2] + b"\xff\xd0" * 600_000 + GOOD[-2:]),
    ]
    for name in ("醒图 3", "画图", "美颜相机", "GIMP"):
        images.append(check(jpg(compose(head(ASTRONAUT)), exif=exif(0x0131, name))))
    found: dict[str, list[Finding]] = {}
    for report in images:
        for one in report.findings:
            if one.about == "file":
                found.setdefault(one.code, []).append(one)
    return found


def test_every_finding_about_a_file_is_said_whole_in_both_languages() -> None:
    found = file_findings()
    found["quarantined"] = [finding("quarantined", "block")]
    assert found.keys() == {key.partition(":")[0] for key in FILE}, "each code was really reached"
    for one in (one for all_of_it in found.values() for one in all_of_it):
        assert_said(one)
    for measured in ("醒图", "美图秀秀"):
        (said,) = [one.en for one in found["edited"] if one.measured == measured][:1]
        assert "Xingtu" in said or "Meitu" in said


def test_every_finding_about_a_picture_is_said_whole_in_both_languages() -> None:
    assert OUT_OF_LIMITS.keys() == PICTURE.keys()
    sound = check(GOOD).measures
    assert judge(sound, STANDARD, Profile.returned) == []
    for code, ways in OUT_OF_LIMITS.items():
        for measures in ways:
            seen = {name: value for name, value in (sound | measures).items() if value == value}
            found = judge(seen, STANDARD, Profile.returned)
            assert code in {one.code for one in found}, code
            assert {one.about for one in found} == {"picture"}
            for one in found:
                assert_said(one)
            assert {one.level for one in judge(seen, STANDARD, Profile.on_site)} <= {"review", "info"}
            assert {one.level for one in judge(seen, STANDARD, Profile.camera)} <= {"info"}
            assert 1 <= len(headline(found)) <= 3
    assert_said(finding("not_judged", "review"))


def test_why_a_photo_waits_is_said_whole_in_both_languages() -> None:
    for one in (*map(held_finding, Hold), CAMERA_ORIGINAL, OTHER_ID_NUMBER):
        assert_said(one)


def test_half_a_finding_is_noticed() -> None:
    """The control of the three tests above."""
    whole = finding("wrong_size", "block", "358x441", "480x640")
    assert_said(whole)
    for lacking in ({"remedy_en": ""}, {"en": "Too 小"}, {"en": "The photo is too small"}, {"zh": "照片太小"}):
        with pytest.raises(AssertionError):
            assert_said(Finding(**asdict(whole) | lacking))
    assert Sentence._fields == ("zh", "en", "remedy", "remedy_en")


async def test_a_finding_from_before_there_was_an_english_remedy_is_still_shown(people: make.People) -> None:
    photo = await sent(people, jpegs.sized("old", (358, 441)), "old.jpg")
    (fault,) = [one for one in photo["findings"] if one["code"] == "wrong_size"]
    assert fault["remedy_en"].startswith("Send the photo that the agency made")
    old = {name: value for name, value in fault.items() if name not in ("remedy_en", "about")}
    async with sessions() as db, db.begin():
        await db.execute(update(Photo).values(findings=[old]))
    listed = (await people.agency.get(f"{people.at}/photos")).json()["photos"]
    (shown_again,) = [one for one in listed[0]["findings"] if one["code"] == "wrong_size"]
    assert shown_again == fault | {"remedy_en": ""}


async def test_the_public_check_says_its_sentences_in_english_too(anybody: make.httpx.AsyncClient) -> None:
    files = {"file": ("p.jpg", jpegs.sized("small", (240, 320)), "image/jpeg")}
    answer = (await anybody.post("/photo-checks", files=files)).json()
    assert len(answer["sentences_en"]) == len(answer["sentences"]) >= 1
    assert answer["sentences_en"][0] == (
        "The photo is 240x320 pixels, must be 480x640 (width x height). "
        "Send the photo that the agency made; do not resize, crop or rotate it yourself."
    )


async def test_nobody_is_told_that_a_photo_was_kept_which_was_only_looked_at() -> None:
    """The same sentences are said of photos that come in and of those that anybody checks."""
    said = [text for one in (*FILE.values(), *PICTURE.values()) for text in one]
    assert not [text for text in said if "已保存" in text or "原样保存" in text or "is kept" in text]
    assert (await check_photo(GOOD)).accepted
