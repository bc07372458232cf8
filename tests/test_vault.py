"""How versions of a photo differ, and what speaks for another edit: evidence beside the batch, never proof."""

import jpegs
import make
from gradphoto.photos.checking.file import check_file
from gradphoto.photos.vault.structure import clues, difference
from test_photos import ROWS, sent

RECORD = b"\xff\xe9\x00\x0eagency 0001!"


def with_record(data: bytes) -> bytes:
    return data[:2] + RECORD + data[2:]


def of(data: bytes) -> dict[str, object]:
    return check_file(data).evidence()


def test_a_lost_record_is_named_while_the_picture_is_the_same() -> None:
    plain = jpegs.sound(1)
    found = difference(of(with_record(plain)), of(plain))
    assert (found.picture, [part.name for part in found.lost], found.added) == ("same_bytes", ["APP9"], [])
    assert "逐字节相同" in found.zh and "丢失了 APP9（16 字节）" in found.zh


def test_saving_it_again_is_seen_in_the_coded_data() -> None:
    kept = with_record(jpegs.sound(1))
    found = difference(of(kept), of(jpegs.resaved(kept)))
    assert found.picture == "other" and "APP9" in [part.name for part in found.lost]


def test_the_same_pixels_coded_another_way() -> None:
    base = jpegs.sound(1)
    before, after = of(jpegs.resaved(base)), of(jpegs.resaved(base, optimize=True))
    assert difference(before, after).picture == "same_pixels"


def test_trailing_bytes_that_come_or_go_are_named() -> None:
    data = jpegs.sound(1)
    assert "文件末尾的附加数据" in difference(of(data), of(data + b"hello")).zh
    assert "附带的记录没有变化" in difference(of(data), of(data)).zh


def test_one_that_was_saved_again_stands_out_from_its_batch() -> None:
    batch = [of(with_record(jpegs.sound(i))) for i in range(10)]
    edited = {clue.code: clue for clue in clues(of(jpegs.resaved(jpegs.sound(99), quality=75)), batch)}
    assert edited["tables"].unusual and edited["records"].unusual
    assert not any(clue.unusual for clue in clues(of(with_record(jpegs.sound(98))), batch))


def test_a_batch_that_does_not_agree_or_is_too_small_says_nothing() -> None:
    mixed = [of(jpegs.resaved(jpegs.sound(i), quality=60 + i)) for i in range(10)]
    assert not any(clue.unusual for clue in clues(of(jpegs.sound(1)), mixed) if clue.code == "tables")
    assert not any(clue.unusual for clue in clues(of(jpegs.resaved(jpegs.sound(2))), [of(jpegs.sound(1))]))


async def test_the_card_over_http(people: make.People) -> None:
    await make.shot()
    for i, row in enumerate(ROWS[:6]):
        await sent(people, with_record(jpegs.sound(i)), f"{row.number}.jpg")
    edited = await sent(people, jpegs.resaved(with_record(jpegs.sound(0)), quality=70), f"{ROWS[0].number}.jpg")
    path = f"{people.at}/photos/{edited['photo_id']}/evidence"
    card = (await people.registrar.get(path)).json()
    unusual = {clue["code"] for clue in card["clues"] if clue["unusual"]}
    assert {"tables", "records"} <= unusual and card["batch"] == 6
    assert sum(one["length"] for one in card["segments"]) == card["size"], "every byte is listed"
    (version,) = card["versions"]
    assert version["picture"] == "other" and "APP9" in version["zh"]
    assert (await (await people.student(ROWS[0].number)).get(path)).status_code == 403
