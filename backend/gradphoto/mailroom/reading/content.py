"""What a file is by its first bytes, whatever it calls itself."""

_IMAGES = (
    (b"\xff\xd8\xff", "jpeg"), (b"\x89PNG", "png"), (b"GIF8", "gif"), (b"BM", "bmp"),
    (b"II*\0", "tiff"), (b"MM\0*", "tiff"),
)  # fmt: skip
_PACKED = ((b"PK\x03\x04", "zip"), (b"PK\x05\x06", "zip"), (b"Rar!\x1a\x07", "rar"), (b"7z\xbc\xaf\x27\x1c", "7z"),
           (b"\x1f\x8b", "gzip"), (b"\x78\x9f\x3e\x22", "tnef"))  # fmt: skip
_OFFICE = (".docx", ".xlsx", ".pptx", ".wps", ".et", ".odt")
_NAMED = {".rar": "rar", ".7z": "7z", ".gz": "gzip", ".tar": "gzip", ".heic": "heic", ".heif": "heic"}


def kind_of(data: bytes, name: str) -> str:
    """jpeg, png, gif, bmp, tiff, webp, heic, zip, rar, 7z, gzip, tnef or other."""
    ending = name[name.rfind(".") :].lower() if "." in name else ""
    for magic, kind in _IMAGES + _PACKED:
        if data.startswith(magic):
            return "other" if kind == "zip" and ending in _OFFICE else kind
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "webp"
    if data[4:8] == b"ftyp" and data[8:12] in (b"heic", b"heix", b"mif1", b"msf1", b"hevc", b"avif"):
        return "heic"
    return _NAMED.get(ending, "other") if data else "other"


PICTURES = frozenset({"jpeg", "png", "gif", "bmp", "tiff", "webp", "heic"})
PACKED = frozenset({"rar", "7z", "gzip"})
