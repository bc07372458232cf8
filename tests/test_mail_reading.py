"""What a mail says and brings: subjects in every manner, bytes of every kind, files told apart; without a server."""

import base64
import io
import random
import time
import zipfile
from email.message import EmailMessage

import pytest
from hypothesis import example, given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st

import make
from gradphoto.mailroom.answers import letter
from gradphoto.mailroom.candidates import Person, score
from gradphoto.mailroom.causes import CAUSES, cause
from gradphoto.mailroom.choosing import choose
from gradphoto.mailroom.models import MailState
from gradphoto.mailroom.reading.mail import key_of_headers, mail_key, read_headers, read_mail
from gradphoto.mailroom.reading.parts import MOST_FILES
from gradphoto.mailroom.reading.subject import keys_of_subject, names_agree, names_class, written_name
from gradphoto.mailroom.reading.unzip import LIMITS
from gradphoto.mailroom.reading.words import header_text
from gradphoto.photos.matching.names import keys_of
from mailpost import mail

JPEG = b"\xff\xd8\xff\xe0" + b"\0" * 20_000
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20_000
ID_NUMBER = make.id_number(1)
SAID = "毕业生照片-土木1404-张三丰-4140000"


# --- subjects --------------------------------------------------------------------------------------------------------

# the subject, 学号 that it names, whose name it is, whether the name agrees
MANNERS = [
    (SAID, "4140000", "张三丰", True),
    ("毕业生照片—土木1404—张三丰—4140000", "4140000", "张三丰", True),
    ("毕业生照片－－土木1404－－张三丰－－4140000", "4140000", "张三丰", True),
    ("毕业生照片–土木1404_张三丰 - 4140000", "4140000", "张三丰", True),
    ("毕业生照片土木1404张三丰4140000", "4140000", "张三丰", True),
    ("毕业生照片 土木1404 张三丰 4140000", "4140000", "张三丰", True),
    ("毕业生照片－土木１４０４－张三丰－４１４００００", "4140000", "张三丰", True),
    ("4140000-张三丰-土木1404-毕业生照片", "4140000", "张三丰", True),
    ("张三丰4140000土木1404", "4140000", "张三丰", True),
    ("Re: 毕业生照片-土木1404-张三丰-4140000", "4140000", "张三丰", True),
    ("转发：Fw: 回复: 毕业生照片-土木1404-张三丰-4140000", "4140000", "张三丰", True),
    ("[外部] Re[2]: 毕业生照片-土木1404-张三丰-4140000", "4140000", "张三丰", True),
    ("毕业生照片-土木1404-张 三 丰-4140000", "4140000", "张三丰", True),
    ("毕业生照片-土木1404班-张三丰-4140000（补交）", "4140000", "张三丰", True),
    ("毕业照（土木1404班张三丰，学号：4140000）", "4140000", "张三丰", True),
    ("姓名：张三丰 班级：土木1404 学号：4140000", "4140000", "张三丰", True),
    ("毕业生照片-机F15-阿卜杜拉·买买提-U201512345", "U201512345", "阿卜杜拉·买买提", True),
    ("毕业生照片-机F15-阿卜杜拉-买买提-U201512345", "U201512345", "阿卜杜拉·买买提", True),
    ("毕业生照片-机F15-阿卜杜拉．买买提-u201512345", "U201512345", "阿卜杜拉·买买提", True),
    ("毕业生照片-留1501-Anna-Maria Schmidt-4150001", "4150001", "ANNA-MARIA SCHMIDT", True),
    ("毕业生照片-计算机2015-1班-张三丰-4140000", "4140000", "张三丰", True),
    ("毕业生照片-材料E151-张三丰-4140000", "4140000", "张三丰", True),
    ("毕业生照片-计-1501-张三丰-4140000", "4140000", "张三丰", True),
    ("毕业生照片-张三丰-4140000", "4140000", "张三丰", True),
    ("毕业生照片-土木1404-4140000", "4140000", "张三丰", None),
    ("老师您好，我的照片 4140000", "4140000", "张三丰", None),
    ("毕业生照片-土木1404-李四-4140000", "4140000", "张三丰", False),
    ("毕业生照片-土木1404-张三-4140000", "4140000", "张三丰", False),
    ("毕业生照片-土木1404-张三丰丰-4140000", "4140000", "张三丰", False),
    ("毕业生照片-土木1404-张三丰", None, "张三丰", True),
    (f"毕业生照片-土木1404-张三丰-{ID_NUMBER}", None, "张三丰", True),
    ("", None, "张三丰", None),
    ("毕业生照片土木14044140000张三丰", "4140000", "张三丰", True),
]


@pytest.mark.parametrize(("said", "number", "name", "agrees"), MANNERS, ids=[one[0] or "empty" for one in MANNERS])
def test_a_subject_in_any_manner(said: str, number: str | None, name: str, agrees: bool | None) -> None:
    keys = keys_of_subject(said)
    assert (number in keys.numbers) if number else (keys.numbers == ())
    assert names_agree(keys, name) is agrees
    assert written_name(keys, name) == (name if agrees else "")


def test_an_id_number_in_the_subject_is_seen_and_is_no_student_number() -> None:
    assert keys_of_subject(f"毕业生照片-{ID_NUMBER}").id_numbers == (ID_NUMBER,)
    assert keys_of_subject(f"毕业生照片-{ID_NUMBER[:-1]}0").id_numbers == (), "control: a wrong check digit is none"


def test_whether_it_speaks_of_a_photo() -> None:
    assert keys_of_subject("毕业照片").marked and keys_of_subject("图像采集").marked
    assert not keys_of_subject("关于召开例会的通知").marked


def test_a_class_is_found_with_and_without_its_dashes() -> None:
    keys = keys_of_subject("毕业生照片-材料-E151-张三丰-4140000")
    assert names_class(keys, "材料E151") and names_class(keys, "材料E151班") and not names_class(keys, "材料E152")


# --- words of headers ------------------------------------------------------------------------------------------------


def word(charset: str, data: bytes) -> str:
    return f"=?{charset}?B?{base64.b64encode(data).decode()}?="


GBK, UTF8 = SAID.encode("gbk"), SAID.encode()
HEADERS = {
    "gb2312": word("gb2312", GBK),
    "GBK": word("GBK", GBK),
    "gb18030 quoted": "=?GB18030?Q?" + "".join(f"={byte:02X}" for byte in GBK) + "?=",
    "utf-8": word("utf-8", UTF8),
    "cut within a character, GBK": f"{word('gbk', GBK[:7])}\r\n {word('gbk', GBK[7:])}",
    "cut within a character, UTF-8": f"{word('UTF-8', UTF8[:8])} {word('utf-8', UTF8[8:])}",
    "raw GBK": GBK,
    "raw UTF-8": UTF8,
    "says gb2312, is UTF-8": word("gb2312", UTF8),
    "says utf-8, is GBK": word("utf-8", GBK),
    "says iso-8859-1, is GBK": word("iso-8859-1", GBK),
    "says nothing": word("", GBK),
    "unknown charset": word("x-unknown", UTF8),
    "without padding": word("utf-8", UTF8).rstrip("?=").rstrip("=") + "?=",
    "RFC 2231 language": word("utf-8*zh-cn", UTF8),
    "folded": f"{word('utf-8', UTF8[:21])}\r\n\t{word('utf-8', UTF8[21:])}",
}


@pytest.mark.parametrize("raw", HEADERS.values(), ids=HEADERS)
def test_a_header_in_any_coding(raw: str | bytes) -> None:
    assert header_text(raw) == SAID


def test_words_that_are_what_they_say_are_left_as_they_are() -> None:
    assert header_text("=?iso-8859-1?Q?M=FCller?=") == "Müller"
    assert header_text(word("big5", "畢業生照片".encode("big5"))) == "畢業生照片"
    assert header_text("plain, with =? no word") == "plain, with =? no word"


# --- parts -----------------------------------------------------------------------------------------------------------


def zipped(**entries: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return out.getvalue()


def related(image: bytes, name: str, content_id: bool) -> bytes:
    """A picture within the text; a phone writes the same without a Content-ID."""
    lines = [
        b"From: a@b.test",
        b"Subject: " + SAID.encode(),
        b'Content-Type: multipart/related; boundary="x"',
        b"",
        b"--x",
        b"Content-Type: text/html",
        b"",
        b'<img src="cid:one@two">' if content_id else b"<p>hi</p>",
        b"--x",
        b'Content-Type: image/jpeg; name="' + name.encode() + b'"',
        b"Content-Transfer-Encoding: base64",
        b"Content-Disposition: inline",
        *([b"Content-ID: <one@two>"] if content_id else []),
        b"",
        base64.encodebytes(image),
        b"--x--",
        b"",
    ]
    return b"\r\n".join(lines)


def forwarded(inner: bytes, subject: str = "Fw:") -> bytes:
    head = f"From: a@b.test\r\nSubject: {subject}\r\nMIME-Version: 1.0\r\n".encode()
    return head + b"Content-Type: message/rfc822\r\n\r\n" + inner


def within(times: int) -> bytes:
    raw = mail(SAID, ("a.jpg", JPEG))
    for _ in range(times):
        raw = forwarded(raw)
    return raw


def attached(kind: str, name: str) -> bytes:
    """A whole mail as an attachment in Base64, which RFC 2046 forbids and QQ and Outlook do."""
    head = f"From: a@b.test\r\nSubject: Fw:\r\nMIME-Version: 1.0\r\nContent-Type: {kind}\r\n".encode()
    head += b'Content-Disposition: attachment; filename="' + name.encode() + b'"\r\nContent-Transfer-Encoding: base64'
    return head + b"\r\n\r\n" + base64.encodebytes(mail(SAID, ("a.jpg", JPEG)))


QQ = '<a href="https://wx.mail.qq.com/ftn/download?func=3&key=abc">进入下载页面</a>'
# raw, (kind, code) of the parts, what is chosen: a position or the code of the cause
PARTS = {
    "one attachment": (mail(SAID, ("a.jpg", JPEG)), [("attachment", "")], 1),
    "two, the same bytes": (mail(SAID, ("a.jpg", JPEG), ("b.jpg", JPEG)), [("attachment", "")] * 2, 1),
    "two different": (mail(SAID, ("a.jpg", JPEG), ("b.jpg", JPEG + b"x")), [("attachment", "")] * 2, "several_photos"),
    "a JPEG and a PNG": (mail(SAID, ("a.jpg", JPEG), ("b.png", PNG)), [("attachment", "")] * 2, 1),
    "one PNG only": (mail(SAID, ("a.jpg", PNG)), [("attachment", "")], 1),
    "two PNGs": (mail(SAID, ("a.png", PNG), ("b.png", PNG + b"x")), [("attachment", "")] * 2, "not_jpeg"),
    "nothing": (mail(SAID), [], "no_attachment"),
    "empty file": (mail(SAID, ("a.jpg", b"")), [("attachment", "empty_file")], "empty_file"),
    "a document": (mail(SAID, ("a.docx", zipped(x=b"1"))), [("other", "no_picture")], "no_picture"),
    "RAR": (mail(SAID, ("a.rar", b"Rar!\x1a\x07\0xx")), [("attachment", "archive_kind")], "archive_kind"),
    "7z": (mail(SAID, ("a.7z", b"7z\xbc\xaf\x27\x1cxx")), [("attachment", "archive_kind")], "archive_kind"),
    "ZIP": (mail(SAID, ("a.zip", zipped(**{"照片/a.jpg": JPEG}))), [("zip_entry", "")], 1),
    "ZIP with a leaf": (
        mail(SAID, ("a.zip", zipped(**{"a.jpg": JPEG, "b.txt": b"hi"}))),
        [("zip_entry", ""), ("zip_entry", "not_a_photo")],
        1,
    ),
    "broken ZIP": (mail(SAID, ("a.zip", b"PK\x03\x04xx")), [("zip_entry", "broken_archive")], "broken_archive"),
    "winmail.dat": (mail(SAID, ("winmail.dat", b"\x78\x9f\x3e\x22xx")), [("other", "winmail")], "winmail"),
    "pasted into the text": (related(JPEG, "a.jpg", True), [("inline", "pasted_in")], "pasted_in"),
    "inline by a phone": (related(JPEG, "a.jpg", False), [("attachment", "")], 1),
    "a logo": (related(JPEG[:900], "logo.jpg", True), [("signature_image", "signature_image")], "no_attachment"),
    "超大附件": (mail(SAID, html=QQ), [], "cloud_link"),
    "超大附件 and the photo": (mail(SAID, ("a.jpg", JPEG), html=QQ), [("attachment", "")], 1),
    "百度网盘": (mail(SAID, text="链接: https://pan.baidu.com/s/1abc 提取码: 1234"), [], "cloud_link"),
    "forwarded": (forwarded(mail(SAID, ("a.jpg", JPEG))), [("attachment", "")], 1),
    "forwarded four times": (within(4), [("attachment", "")], 1),
    "forwarded five times": (within(5), [("other", "mail_within")], "mail_within"),
    "forwarded in Base64": (attached("message/rfc822", "a.eml"), [("attachment", "")], 1),
    "forwarded as a file": (attached("application/octet-stream", "原邮件.EML"), [("attachment", "")], 1),
    "a file that is no mail": (attached("application/octet-stream", "a.dat"), [("other", "no_picture")], "no_picture"),
    "a Content-ID with an escape": (
        related(JPEG, "a.jpg", True).replace(b"cid:one@two", b"cid:one%40two"),
        [("inline", "pasted_in")],
        "pasted_in",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("raw", "parts", "chosen"), PARTS.values(), ids=PARTS)
def test_parts_are_told_apart(raw: bytes, parts: list[tuple[str, str]], chosen: int | str) -> None:
    read = read_mail(raw)
    choice = choose(read)
    assert not read.broken
    assert [(part.kind.value, part.code) for part in read.parts] == parts
    assert (choice.position or (choice.cause and choice.cause.code)) == chosen
    assert choice.cause is None or choice.cause.remedy, "every fault has a way out"


def test_the_subject_of_the_mail_inside_counts_where_the_outer_one_says_nothing() -> None:
    assert read_mail(forwarded(mail(SAID, ("a.jpg", JPEG)))).subjects == ("Fw:", SAID)


def test_what_was_not_looked_at_is_not_taken_for_absent() -> None:
    """One photo among the first sixty files is not surely the only one."""
    leaves = [(f"{n}.txt", b"x") for n in range(MOST_FILES)]
    few, many = read_mail(mail(SAID, ("a.jpg", JPEG), *leaves[1:])), read_mail(mail(SAID, ("a.jpg", JPEG), *leaves))
    assert (few.cut, choose(few).position) == (False, 1)
    assert many.cut and choose(many).held and choose(many).cause == cause("too_many_files")


@pytest.mark.parametrize("charset", ["gbk", "utf-8"])
def test_names_of_files_in_any_coding(charset: str) -> None:
    name = "张三丰-证件照.jpg"
    raw = mail(SAID, ("plain.jpg", JPEG))
    coded = word(charset, name.encode(charset)).encode()
    rfc2231 = charset.encode() + b"''" + "".join(f"%{byte:02X}" for byte in name.encode(charset)).encode()
    for found in (
        raw.replace(b'filename="plain.jpg"', b'filename="' + coded + b'"'),
        raw.replace(b'filename="plain.jpg"', b"filename*=" + rfc2231),
        raw.replace(b'filename="plain.jpg"', b'filename="' + name.encode(charset) + b'"'),
    ):
        assert read_mail(found).parts[0].name == name
    assert read_mail(raw).parts[0].name == "plain.jpg", "control"


@pytest.mark.parametrize(
    ("headers", "why"),
    [
        ({"Auto_Submitted": "auto-replied"}, "auto_reply"),
        ({"Auto_Submitted": "auto-generated (vacation)"}, "auto_reply"),
        ({"Return_Path": "<>"}, "bounce"),
        ({"List_Unsubscribe": "<https://x.test>"}, "newsletter"),
        ({"Precedence": "bulk"}, "newsletter"),
        ({"X_Autoreply": "yes"}, "auto_reply"),
        ({}, ""),
        ({"Auto_Submitted": "no"}, ""),
    ],
)
def test_programs_are_known_by_their_headers(headers: dict[str, str], why: str) -> None:
    assert read_mail(mail(SAID, ("a.jpg", JPEG), **headers)).automatic == why


def test_programs_are_known_by_sender_and_subject() -> None:
    assert read_mail(mail(SAID, sender="MAILER-DAEMON@x.test")).automatic == "bounce"
    assert read_mail(mail(SAID, sender="no-reply@x.test")).automatic == "bounce"
    assert read_mail(mail("自动回复：外出")).automatic == "auto_reply"
    assert read_mail(mail("退信通知")).automatic == "auto_reply"
    assert read_mail(mail(SAID, sender="norely@x.test")).automatic == ""


@pytest.mark.parametrize(
    ("said", "address"),
    [
        ("a@b.test", "a@b.test"),
        ('"x@y.test" <A@B.test>', "a@b.test"),
        ("=?gbk?B?1cXI/Q==?= <a@b.test>", "a@b.test"),
        ("nobody", ""),
        ("<>", ""),
        ("a@b.test\r\n Bcc: c@d.test", "a@b.test"),
    ],
)
def test_the_address_of_the_sender(said: str, address: str) -> None:
    assert read_mail(f"From: {said}\r\nSubject: x\r\n\r\nhi".encode()).sender == address


def test_copies_have_one_key_and_a_borrowed_message_id_does_not_hide_a_mail() -> None:
    one = mail(SAID, ("a.jpg", JPEG), message_id="<1@x.test>")
    copy = b"Received: by other.test\r\n" + one
    other = mail(SAID, ("a.jpg", JPEG), message_id="<1@x.test>", sender="mallory@x.test")
    assert mail_key(one) == mail_key(copy) == key_of_headers(one) != mail_key(other)
    bare = mail(SAID, ("a.jpg", JPEG))
    assert key_of_headers(bare) is None and mail_key(bare) != mail_key(bare + b" ")


def test_ten_thousand_parts_are_no_trouble() -> None:
    part = b"--x\r\nContent-Type: image/jpeg\r\n\r\n\xff\xd8\xff1\r\n"
    many = b'Subject: x\r\nContent-Type: multipart/mixed; boundary="x"\r\n\r\n' + part * 10_000 + b"--x--"
    assert len(read_mail(many).parts) == MOST_FILES
    deep = b"".join(
        b'Content-Type: multipart/mixed; boundary="%d"\r\n\r\n--%d\r\n' % (depth, depth) for depth in range(3_000)
    )
    assert read_mail(b"Subject: x\r\n" + deep).subjects


# --- what is told ----------------------------------------------------------------------------------------------------


def test_an_answer_greets_says_why_and_never_shows_an_id_number() -> None:
    causes = [cause("signs_differ"), cause("late", f"号码 {ID_NUMBER} 晚了")]
    written = letter(MailState.held, causes, name="张三丰", subject=f"毕业生照片-{ID_NUMBER}", campaign="2019 届")
    assert written.body.startswith("张三丰同学，你好：") and CAUSES["signs_differ"][0] in written.body
    assert ID_NUMBER not in written.body + written.subject and ID_NUMBER[:6] in written.subject
    assert letter(MailState.refused, causes, name="", subject="", campaign="x").body.startswith("同学，你好：")


def test_every_cause_says_what_is_wrong_without_a_full_stop() -> None:
    for code, (said, remedy) in CAUSES.items():
        assert said and not said.endswith("。") and not remedy.endswith("。"), code
        assert cause(code).sentence.endswith("。")
    assert cause("encrypted").zh.startswith("压缩包里"), "codes of ZIP entries are spoken too"


def test_scores_rank_what_agrees() -> None:
    subject, files = keys_of_subject(SAID), [keys_of(f"{ID_NUMBER}.jpg")]
    right = score(Person("4140000", "张三丰", "土木1404", True), subject, files)
    near = score(Person("4140001", "李四", "土木1404", False), subject, files)
    namesake = score(Person("4159999", "张三丰", "机151", False), subject, files)
    nobody = score(Person("4159999", "王五", "机151", False), subject, files)
    assert 1 > right.value > namesake.value > near.value > nobody.value == 0
    assert right.reasons[:2] == ("证件号一致", "主题里的学号一致") and near.reasons == ("学号只差一位", "班级一致")


# --- anything at all -------------------------------------------------------------------------------------------------

SEEDS = [
    mail(SAID, ("a.jpg", JPEG[:60])),
    forwarded(mail(SAID, ("a.zip", zipped(a=b"1")))),
    related(JPEG[:90], "a", True),
]


@given(
    raw=st.sampled_from(SEEDS),
    cuts=st.lists(st.tuples(st.integers(0, 3000), st.integers(0, 40), st.binary(max_size=30)), max_size=6),
)
@hypothesis(max_examples=300)
def test_a_damaged_mail_is_no_crash(raw: bytes, cuts: list[tuple[int, int, bytes]]) -> None:
    for at, length, new in cuts:
        raw = raw[:at] + new + raw[at + length :]
    _no_crash(raw)


@given(raw=st.binary(max_size=800))
@example(b"Content-Type: text/plain; charset*=x''%\r\n\r\n")
@example(b"Subject: =?utf-16?B?2AA=?=\r\nFrom: =?unicode_escape?Q?=5Cud800?=\r\n\r\n")
@example(b'Content-Type: multipart/mixed; boundary=""\r\n\r\n--\r\n\r\n')
@example(b"Content-Disposition: attachment; filename*0*=gbk''%\r\n\r\nx")
@hypothesis(max_examples=300)
def test_any_bytes_are_no_crash(raw: bytes) -> None:
    _no_crash(raw)


@given(st.text(max_size=300))
def test_any_subject_is_no_crash(said: str) -> None:
    keys = keys_of_subject(said)
    assert names_agree(keys, "张三丰") in (True, False, None) and len(keys.numbers) <= 20


def _no_crash(raw: bytes) -> None:
    read = read_mail(raw)
    choose(read)
    assert mail_key(raw) and read_headers(raw).broken
    said = "".join((*read.subjects, read.sender, read.message_id, *(part.name for part in read.parts)))
    said.encode()
    assert "\0" not in said


# --- bombs -----------------------------------------------------------------------------------------------------------


def test_many_archives_in_a_mail_unpack_no_more_than_one() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        dense = random.Random(1).randbytes(400_000)
        archive.writestr("a.jpg", b"\xff\xd8\xff" + dense + bytes(15_000_000))
    message = EmailMessage()
    message["From"], message["Subject"] = "a@b.test", "照片"
    for turn in range(20):
        message.add_attachment(packed.getvalue(), maintype="application", subtype="zip", filename=f"{turn}.zip")
    read = read_mail(message.as_bytes())
    assert sum(len(part.data) for part in read.parts) <= LIMITS.total_bytes
    assert [part.code for part in read.parts] == ["", "", *["too_much"] * 18]


def test_a_mail_of_millions_of_parts_is_not_taken_apart() -> None:
    raw = (
        b"From: a@b.test\r\nSubject: x\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n" + b"--x\r\n\r\n" * 200_000
    )
    began = time.process_time()
    read = read_mail(raw)
    assert read.broken and read.sender == "a@b.test"
    assert time.process_time() - began < 2
