"""File names of uploaded photos: what they claim, and that no ID number of them is stored."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradphoto.photos.matching.names import keys_of, mask_filename

ID = "11010519491231002X"


@pytest.mark.parametrize(
    ("filename", "id_number", "numbers", "name"),
    [
        (f"{ID}.jpg", ID, (), None),
        ("11010519491231002x.JPG", ID, (), None),
        ("１１０１０５１９４９１２３１００２Ｘ.jpeg", ID, (), None),
        (f"C:\\光盘\\照片\\{ID}(1).jpg", ID, (), None),
        (f"照片-{ID} - 副本.jpg.jpg", ID, (), None),
        (f"张三 {ID} 41500001.jpg", ID, ("41500001",), "张三"),
        ("毕业生照片-土木1404-张三丰-4140000.jpg", None, ("4140000",), "张三丰"),
        ("41500001.jpg", None, ("41500001",), None),
        ("41500001(2).jpg", None, ("41500001",), None),
        ("41500001（2）.JPG", None, ("41500001",), None),
        ("41500001 - 副本 (3).JPG", None, ("41500001",), None),
        ("复件 41500001.jpg", None, ("41500001",), None),
        ("41500001_copy.jpeg", None, ("41500001",), None),
        ("４１５００００１．ＪＰＧ", None, ("41500001",), None),
        ("41500001.JPG.jpg", None, ("41500001",), None),
        ("甲学院/甲1501/41500001.jpg", None, ("41500001",), None),
        ("１１０１０５１９４９１２３１００２ｘ.JPG.jpg", ID, (), None),
        (f"{ID} (12).jpg", ID, (), None),
        (f"{ID[:-1]}X-41500001.jpg", ID, ("41500001",), None),
        ("买买提·吐尔逊_41500001.jpg", None, ("41500001",), "买买提·吐尔逊"),
        ("H12345678.jpg", "H12345678", ("H12345678",), None),
        ("CAN110081092501.jpg", "CAN110081092501", (), None),
        ("110105194912310021.jpg", None, (), None),
        (f"{ID}_119900199704070001.jpg", None, (), None),
        ("微信图片_20181023094512.jpg", None, (), None),
        ("mmexport1540371234567.jpg", None, (), None),
        ("IMG_20181023_094512.jpg", None, (), None),
        ("照片.jpg", None, (), None),
        ("", None, (), None),
    ],
)
def test_what_a_file_name_claims(
    filename: str, id_number: str | None, numbers: tuple[str, ...], name: str | None
) -> None:
    keys = keys_of(filename)
    assert (keys.id_number, keys.student_numbers, keys.name) == (id_number, numbers, name)
    assert keys.damaged_id is (filename == "110105194912310021.jpg")
    assert ID not in repr(keys)


@given(st.text(max_size=300))
def test_any_file_name_is_read_and_masked(text: str) -> None:
    keys_of(text)
    stored = mask_filename(f"{text}{ID}.jpg")
    assert ID not in stored and len(stored) <= 255
    stored.encode()


def test_masked_file_names_keep_what_is_not_secret() -> None:
    assert mask_filename(f"/tmp/张三-{ID}.jpg") == "张三-110105************.jpg"
    assert mask_filename("41500001.jpg") == "41500001.jpg"
