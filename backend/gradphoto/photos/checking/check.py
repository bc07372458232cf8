"""The whole check of one photo: its file, then what the picture shows. Pure; about 40 ms of one core."""

from dataclasses import replace

import cv2

from gradphoto.photos.checking.file import open_file
from gradphoto.photos.checking.judge import drawing, judge
from gradphoto.photos.checking.picture import measure
from gradphoto.photos.checking.report import PhotoReport, worst_first
from gradphoto.photos.checking.saying import finding
from gradphoto.photos.checking.standard import STANDARD, PhotoStandard, Profile


def check(
    data: bytes,
    standard: PhotoStandard = STANDARD,
    profile: Profile = Profile.returned,
    expects_record: bool = False,
) -> PhotoReport:
    """Worst first, what is wrong with the file before the picture. Any bytes give a report, none an error.

    `expects_record`: the other photos of the batch carry the agency's own data.
    """
    opened = open_file(data, standard, profile, expects_record)
    if opened.pixels is None:
        return opened.report
    height, width = opened.pixels.shape[:2]
    try:
        seen = measure(opened.pixels, standard)
    except (cv2.error, ArithmeticError, LookupError, ValueError):
        # A picture that no model was made for; the file is sound, so a person looks.
        found = [finding("not_judged", "review")]
        return replace(opened.report, findings=worst_first(opened.report.findings + found))
    shaped = abs(width / height - standard.width / standard.height) <= 0.02
    findings = judge(seen, standard, profile, shaped=shaped)
    if "grey" in {one.code for one in opened.report.findings}:  # said of the file already
        findings = [one for one in findings if one.code != "no_colour"]
    return replace(
        opened.report,
        findings=worst_first(opened.report.findings + findings),
        measures=seen,
        drawing=drawing(seen, standard, width, height),
    )
