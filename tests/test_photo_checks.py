"""Photo structure: every fault with its code, nothing refused that is sound, no input that crashes or takes long."""

import io
import random
import struct
import time
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageFilter

from gradphoto.photos.checking.file import check_file as check
from gradphoto.photos.checking.jpeg import MOST_SEGMENTS, scan
from gradphoto.photos.checking.report import PhotoReport, Unreadable
from gradphoto.photos.checking.small import thumbnail
from gradphoto.photos.checking.standard import STANDARD, PhotoStandard, Profile


def drawing(size: tuple[int, int] = (480, 640), mode: str = "RGB") -> Image.Image:
    """A head and shoulders of ellipses on light blue, with a little noise so that the file has a photo's size."""
    width, height = size
    image = Image.new("RGB", size, (100, 197, 255))
    pen = ImageDraw.Draw(image)
    pen.ellipse((width * 0.1, height * 0.75, width * 0.9, height * 1.4), fill=(240, 240, 235))
    pen.ellipse((width * 0.27, height * 0.15, width * 0.73, height * 0.7), fill=(224, 180, 150))
    noise = Image.effect_noise(size, 40).filter(ImageFilter.GaussianBlur(2)).convert("RGB")
    return Image.blend(image, noise, 0.25).convert(mode)


def jpeg(image: Image.Image | None = None, **options: object) -> bytes:
    buffer = io.BytesIO()
    (image or DRAWING).save(buffer, "JPEG", **{"quality": 88, "dpi": (300, 300)} | options)
    return buffer.getvalue()


DRAWING = drawing()
GOOD = jpeg()
HALF = len(GOOD) // 2


def codes(report: PhotoReport, level: str) -> set[str]:
    return {finding.code for finding in report.findings if finding.level == level}


def with_segment(marker: int, payload: bytes) -> bytes:
    return GOOD[:2] + bytes((0xFF, marker)) + struct.pack(">H", len(payload) + 2) + payload + GOOD[2:]


def with_orientation(value: int) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = value
    return jpeg(exif=exif)


def other(kind: str) -> bytes:
    buffer = io.BytesIO()
    if kind == "zip":
        with zipfile.ZipFile(buffer, "w") as archive:
            archive.writestr("x.jpg", GOOD)
    else:
        DRAWING.save(buffer, kind)
    return buffer.getvalue()


def claims(width: int, height: int) -> bytes:
    """The good photo, its header claiming another size."""
    at = GOOD.index(b"\xff\xc0") + 5
    return GOOD[:at] + struct.pack(">HH", height, width) + GOOD[at + 4 :]


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"subsampling": 0},
        {"subsampling": 1},
        {"optimize": True},
        {"restart_marker_blocks": 5},
        {"restart_marker_rows": 1},
        {"quality": 60},
        {"quality": 100},
        {"progressive": True},
    ],
    ids=str,
)
def test_sound_photos_are_accepted_however_they_were_coded(options: dict[str, object]) -> None:
    report = check(jpeg(**options))
    assert report.accepted
    assert codes(report, "review") == set()
    assert (report.kind, report.width, report.height, report.mode) == ("jpeg", 480, 640, "RGB")
    assert codes(report, "info") <= {"progressive", "file_size"}


def test_the_reference_photo_has_no_finding_and_its_segments_cover_every_byte() -> None:
    report = check(GOOD)
    assert report.findings == []
    assert sum(segment.length for segment in report.segments) == len(GOOD)
    assert [segment.offset for segment in report.segments] == sorted(segment.offset for segment in report.segments)
    assert report.evidence()["segments"][0]["marker"] == "FFD8"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty"),
        (other("PNG"), "not_jpeg"),
        (other("GIF"), "not_jpeg"),
        (other("BMP"), "not_jpeg"),
        (other("WEBP"), "not_jpeg"),
        (other("TIFF"), "not_jpeg"),
        (other("zip"), "not_jpeg"),
        (b"%PDF-1.7", "not_jpeg"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "not_jpeg"),
        (b"  <!DOCTYPE html><html>", "not_jpeg"),
        (b"nonsense", "not_jpeg"),
        (b"\xff\xd8\xff", "corrupt"),
        (GOOD[:HALF], "truncated"),
        (GOOD[:-2], "truncated"),
        (GOOD[:HALF] + b"\xff\xd9", "corrupt"),
        (GOOD[:HALF] + bytes(512) + GOOD[HALF + 512 :], "corrupt"),
        (GOOD[:HALF] + bytes(len(GOOD) - HALF - 2) + GOOD[-2:], "corrupt"),
        (GOOD[:20] + b"junk" + GOOD[20:], "corrupt"),
        (jpeg(drawing((358, 441))), "wrong_size"),
        (jpeg(drawing((640, 480))), "wrong_size"),
        (jpeg(drawing(mode="CMYK")), "cmyk"),
        (jpeg(drawing(mode="L")), "grey"),
        (claims(65500, 65500), "bomb"),
        (claims(480, 0), "corrupt"),
        (with_segment(0xFE, b"") + b"", None),
        (b"\xff\xd8" + b"\xff\xfe\0\2" * 5000 + GOOD[2:], "corrupt"),
        (GOOD + bytes(STANDARD.max_bytes), "too_large"),
        (GOOD + other("zip"), "trailing_file"),
        (GOOD + GOOD, "trailing_file"),
        (GOOD + b"<script>alert(1)</script>", "trailing_file"),
        (GOOD + b"PK record" + other("zip"), "trailing_file"),
    ],
    ids=lambda value: str(value) if isinstance(value, str) else "",
)
def test_what_cannot_be_accepted_says_why_in_chinese(data: bytes, code: str | None) -> None:
    report = check(data)
    assert codes(report, "block") == ({code} if code else set())
    assert report.accepted is (code is None)
    for finding in report.findings:
        assert finding.zh and finding.en and finding.remedy
    if code == "wrong_size":
        assert report.findings[0].limit == "480x640"
        assert report.findings[0].measured in report.findings[0].zh


@pytest.mark.parametrize(
    ("data", "code", "level"),
    [
        (with_orientation(6), "orientation", "review"),
        (with_orientation(1), "segments", "info"),
        (with_segment(0xE9, b"agency record"), "segments", "info"),
        (with_segment(0xFE, b"comment"), "segments", "info"),
        (GOOD + b"agency record after the end", "trailing", "info"),
        (jpeg(quality=20), "file_size", "info"),
        (jpeg(dpi=(72, 72)), "dpi", "info"),
        (jpeg(progressive=True), "progressive", "info"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_a_person_should_know_does_not_block(data: bytes, code: str, level: str) -> None:
    report = check(data)
    assert report.accepted
    assert code in codes(report, level)
    assert "orientation" not in codes(check(with_orientation(1)), "review")


@pytest.mark.parametrize("value", [0, 9, 255])
def test_a_rotation_mark_that_means_nothing_is_no_fault(value: int) -> None:
    """Some programs write 0. Negative control: 2, which does mean something."""
    assert "orientation" not in codes(check(with_orientation(value), profile=Profile.returned), "block")
    assert "orientation" in codes(check(with_orientation(2), profile=Profile.returned), "block")


def test_what_is_a_little_too_large_does_not_look_like_the_limit() -> None:
    for most, measured, limit in ((STANDARD.max_bytes, "8.01 MB", "8 MB"), (100_000, "97.67 KB", "97.66 KB")):
        (found,) = check(
            GOOD + bytes(most - len(GOOD) + (10_000 if most > 10**6 else 10)), PhotoStandard(max_bytes=most)
        ).findings
        assert (found.measured, found.limit) == (measured, limit)
    (bomb,) = [one for one in check(GOOD, PhotoStandard(max_pixels=300_000)).findings if one.code == "bomb"]
    assert bomb.limit == "0.3 百万像素"


def test_the_agencys_own_data_is_listed_by_place_and_hash_only() -> None:
    report = check(with_segment(0xE9, b"secret of agency\0...") + b"tail")
    (own,) = [segment for segment in report.segments if segment.marker == "FFE9"]
    assert (own.offset, own.length) == (2, 24)
    assert report.trailing_bytes == 4
    assert report.segments[-1].name == "trailing"
    assert "secret" not in repr(report.evidence())


def test_flipped_bits_are_mostly_seen_and_pillow_alone_sees_none_of_them() -> None:
    """The control is the reason for the strict decode: by Pillow these files would pass."""
    source = random.Random(135)
    seen = passed_by_pillow = 0
    for _ in range(20):
        data = bytearray(GOOD)
        for _ in range(20):
            data[source.randrange(700, len(data) - 2)] ^= 1 << source.randrange(8)
        seen += not check(bytes(data)).accepted
        try:
            Image.open(io.BytesIO(data)).load()
            passed_by_pillow += 1
        except OSError:
            pass
    assert seen >= 18
    assert passed_by_pillow >= 10


def test_another_standard_accepts_another_size() -> None:
    data = jpeg(drawing((358, 441)))
    assert check(data, PhotoStandard(width=358, height=441)).accepted
    assert not check(data).accepted


@pytest.mark.parametrize(
    "data",
    [GOOD, jpeg(drawing((3000, 4000))), with_orientation(6), jpeg(drawing(mode="CMYK"))],
    ids=("good", "large", "turned", "CMYK"),
)
def test_thumbnails_are_small_upright_and_without_metadata(data: bytes) -> None:
    tagged = data[:2] + with_segment(0xFE, b"who")[2:9] + data[2:]
    small = Image.open(io.BytesIO(thumbnail(tagged)))
    assert small.size[0] == 240 and small.mode == "RGB"
    assert {key for key in small.info if not key.startswith("jfif")} == set()
    assert "COM" not in {segment.name for segment in scan(thumbnail(tagged)).segments}


def test_a_cameras_original_may_have_more_pixels_than_a_photo() -> None:
    data = jpeg(DRAWING.resize((6048, 4024)))
    assert "bomb" not in codes(check(data, profile=Profile.camera), "block")
    assert thumbnail(data).startswith(b"\xff\xd8")
    assert "bomb" in codes(check(data), "block"), "a finished photo may not"
    beyond = jpeg(DRAWING.resize((8200, 6200)))
    assert "bomb" in codes(check(beyond, profile=Profile.camera), "block")


def test_thumbnails_of_what_is_no_picture_are_refused() -> None:
    for data in (b"", b"\xff\xd8\xff", GOOD[:HALF], claims(65500, 65500), other("PNG")):
        with pytest.raises(Unreadable):
            thumbnail(data)


EIGHT = STANDARD.max_bytes - 100


@pytest.mark.parametrize(
    "data",
    [
        b"\xff" * EIGHT,
        b"\xff\xd8\xff" + b"\xff" * EIGHT,
        b"\xff\xd8" + b"\xff\xd0" * (EIGHT // 2),
        b"\xff\xd8" + b"\xff\xfe\0\2" * (EIGHT // 4),
        GOOD[:-2] + b"\xff" * (EIGHT - len(GOOD)) + b"\xff\xd9",
        GOOD[:-2] + b"\xff\xd0" * ((EIGHT - len(GOOD)) // 2) + b"\xff\xd9",
        GOOD[:-2] + bytes(EIGHT - len(GOOD)) + b"\xff\xd9",
        GOOD[: GOOD.index(b"\xff\xda")] + b"\xff\xc4\x00\x13\x00" + bytes(16) + GOOD[GOOD.index(b"\xff\xda") :],
        jpeg(drawing((4800, 4800)), progressive=True, quality=30),
    ],
    ids=["fill", "fill after SOI", "RST", "COM", "fill in data", "RST in data", "zeros", "empty DHT", "progressive"],
)
def test_eight_megabytes_of_anything_take_no_longer_than_a_moment(data: bytes) -> None:
    started = time.perf_counter()
    report = check(data)
    assert time.perf_counter() - started < 3  # measured well under 1 s; the margin is for a loaded machine
    assert not report.accepted or codes(report, "review") == {"leftover"} or b"\xc4\x00\x13" in data
    assert len(report.segments) <= MOST_SEGMENTS + 1


@given(st.binary(max_size=400))
def test_no_bytes_crash_the_check(tail: bytes) -> None:
    for data in (tail, b"\xff\xd8" + tail, GOOD[:600] + tail):
        report = check(data)
        assert report.findings
        seen = scan(data)
        assert sum(segment.length for segment in seen.segments) <= len(data)


@given(st.integers(2, len(GOOD) - 40), st.binary(min_size=1, max_size=40))
@settings(max_examples=150, deadline=None)
def test_no_damaged_photo_crashes_the_check(at: int, put: bytes) -> None:
    data = GOOD[:at] + put + GOOD[at + len(put) :]
    report = check(data)
    assert report.accepted is not any(finding.level == "block" for finding in report.findings)
