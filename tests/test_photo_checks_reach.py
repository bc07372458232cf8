"""How far the check reaches: sound photos are never refused, wrong ones are told for the right reason.

The astronaut is always measured. Of the synthetic heads, where there are any, a few; GRADPHOTO_ALL_HEADS=1 takes all.

Measured on 14 synthetic heads and the astronaut, 60 faulty pictures a head. The first limits were fitted on all 14
(a prototype); five were fitted again on every other head: of those 97.1 %, of the other heads 96.2 %, of the astronaut
96.7 % caught for the right reason. 0 of 300 sound pictures refused, 21 sent to a person (20 of them one head lit
from one side).

Not seen, or not reliably (passed of tried): date stamps and other text (15 of 15), brown lenses (5 of 15), over-exposed
dark skin (2 of 2), stretching by a third (3 of 15), eyes painted shut (2 of 15), a blue cast (2 of 15); one flipped bit
(two thirds). Glare, covered ears, earrings, retouching, age of the photo, whether it is this student: not looked at.
"""

import os
from collections.abc import Iterable
from functools import cache

import pytest
from PIL import Image

from gradphoto.photos.checking.check import check
from gradphoto.photos.checking.report import PhotoReport, headline
from gradphoto.photos.checking.standard import STANDARD, Profile
from photo_variants import Variant, picture_variants, without_face
from photo_variants_file import file_variants
from portraits import ASTRONAUT, compose, head, head_names, jpg

CAUGHT = 0.95
NOT_SEEN = {"date stamp", "stretched by 1.33", "1 bits flipped"}
SAMPLE = head_names() if os.environ.get("GRADPHOTO_ALL_HEADS") else [ASTRONAUT, *head_names()[4::9]]


def report_of(variant: Variant) -> PhotoReport:
    profile = Profile(variant.options.get("profile", "returned"))
    return check(variant.make(), STANDARD, profile, bool(variant.options.get("expects_record")))


def told(variant: Variant, report: PhotoReport) -> str:
    return f"{variant.of}: {variant.name}: {[(one.code, one.level) for one in report.findings if one.level != 'info']}"


def judged(variants: Iterable[Variant]) -> list[tuple[Variant, PhotoReport]]:
    return [(variant, report_of(variant)) for variant in variants]


@cache
def pictures(of: str) -> list[tuple[Variant, PhotoReport]]:
    return judged(picture_variants(of))


def test_sound_pictures_are_not_refused_and_wrong_ones_are_told_for_the_right_reason() -> None:
    seen = [one for name in SAMPLE for one in pictures(name)]
    good = [(variant, report) for variant, report in seen if variant.expected == "pass"]
    assert len(good) >= 20 * len(SAMPLE)
    assert [told(*one) for one in good if not one[1].accepted] == []
    wrong = [one for one in seen if one[0].expected != "pass"]
    assert len(wrong) >= 60 * len(SAMPLE)
    missed = [told(*one) for one in wrong if not one[0].right(one[1])]
    assert 1 - len(missed) / len(wrong) >= CAUGHT, missed


def test_of_the_astronaut_only_what_is_known_is_missed() -> None:
    missed = {variant.name for variant, report in pictures(ASTRONAUT) if not variant.right(report)}
    assert missed <= NOT_SEEN | {"good, red clothes"}, "a mouth half open, for a person to look at"


def test_pictures_without_a_face_are_refused() -> None:
    for variant, report in judged(without_face()):
        assert variant.right(report), told(variant, report)


def test_files_are_judged_right() -> None:
    seen = judged(file_variants(ASTRONAUT))
    assert len(seen) > 50
    assert {variant.name for variant, report in seen if not variant.right(report)} <= NOT_SEEN


def test_what_is_right_can_be_missed() -> None:
    """The judge of these tests, judged: a sound photo is no faulty one, and a wrong reason is no right one."""
    sound = check(jpg(compose(head(ASTRONAUT))))
    small = check(jpg(compose(head(ASTRONAUT), face_width=105)))
    fault = Variant("", ASTRONAUT, bytes, "wrong", ("face_small",))
    assert not fault.right(sound) and fault.right(small)
    assert not Variant("", ASTRONAUT, bytes, "wrong", ("blurred",)).right(small)
    assert not Variant("", ASTRONAUT, bytes, "pass").right(small)


@pytest.mark.parametrize("name", SAMPLE)
def test_places_are_measured_to_a_few_pixels(name: str) -> None:
    for eyes, width in ((230, 200), (270, 240)):
        report = check(jpg(compose(head(name), eyes=eyes, face_width=width, dx=10)))
        assert report.drawing is not None
        assert abs(report.measures["eyes"] - eyes) < 4
        assert abs(report.measures["face_width"] - width) < 8
        left, right, _ = report.drawing.face
        assert abs(right - left - width) < 8
        assert report.drawing.eye_line[0] < report.drawing.centre < report.drawing.eye_line[2]


def test_an_agencys_picture_is_never_refused_for_what_it_shows() -> None:
    """Its bytes may not change, so a person looks; a student's own photo of the same kind comes back at once."""
    for variant in picture_variants(ASTRONAUT):
        if variant.expected == "block" and "wrong_size" not in variant.codes:
            data = variant.make()
            assert not check(data).accepted
            delivered = check(data, profile=Profile.on_site)
            assert delivered.accepted and any(one.level == "review" for one in delivered.findings)


def test_a_camera_original_is_only_measured() -> None:
    original = check(jpg(compose(head(ASTRONAUT), width=1200, height=1600, face_width=120)), profile=Profile.camera)
    assert original.findings == [] or {one.level for one in original.findings} == {"info"}
    assert abs(original.measures["face_width"] - 120) < 8
    empty = check(next(iter(without_face())).make(), profile=Profile.camera)
    assert [one.code for one in empty.findings if one.about == "picture"] == ["no_face"]


def test_the_headline_is_at_most_three_sentences_worst_first() -> None:
    report = check(jpg(compose(head(ASTRONAUT), face_width=105, angle=12, background=(15, 15, 17), eyes=400)))
    said = headline(report.findings)
    assert len(said) == 3
    assert len({one.code for one in report.findings if one.level == "block"}) >= 3
    worst = next(one for one in report.findings if one.level == "block")
    assert said[0] == worst
    assert said[0].sentence == f"{worst.zh}。{worst.remedy}。" and worst.measured in said[0].sentence
    assert said[0].sentence_en == f"{worst.en}. {worst.remedy_en}."
    assert headline(check(jpg(compose(head(ASTRONAUT)))).findings) == []


def test_a_grey_photo_is_told_so_once() -> None:
    """Two of three sentences said it. Negative control: colour taken out of a photo that is stored in colour."""
    grey = jpg(Image.fromarray(compose(head(ASTRONAUT))).convert("L"))
    assert {"grey", "no_colour"} & {one.code for one in check(grey).findings} == {"grey"}
    stored = jpg(Image.fromarray(compose(head(ASTRONAUT))).convert("L").convert("RGB"))
    assert {"grey", "no_colour"} & {one.code for one in check(stored).findings} == {"no_colour"}


def test_the_brightness_of_a_face_alone_is_no_fault() -> None:
    """A dark face before a light wall passes; the same darkness over the whole picture does not."""
    dark = jpg(compose(head(ASTRONAUT)))
    measured = check(dark).measures
    assert not {"dark", "bright"} & {one.code for one in check(dark).findings}
    assert measured["scene_light"] > STANDARD.dark_scene
    for name in SAMPLE:
        report = check(jpg(compose(head(name))))
        assert not {"dark", "bright"} & {one.code for one in report.findings}, name
