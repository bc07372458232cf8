"""The two tools that anybody may have, the school's public keys written in: `verify.html` and `photo_verify.py`."""

import base64
import hashlib
import re
from collections.abc import Sequence
from html import escape
from pathlib import Path

HERE = Path(__file__).parent
_STYLE = re.compile(r"<style>(.*?)</style>", re.S)
_SCRIPT = re.compile(r"<script>(.*?)</script>", re.S)


def verify_page(keys: Sequence[str], key_at: str) -> tuple[str, str]:
    """The page, and the Content-Security-Policy that is also inside it: its own script and style, and no network.
    `keys` in hex, the one in use first."""
    page = (HERE / "verify.html").read_text("utf-8")
    style, script = (_hash(found[1]) for found in (_STYLE.search(page), _SCRIPT.search(page)) if found)
    policy = f"default-src 'none'; script-src '{script}'; style-src '{style}'; base-uri 'none'; form-action 'none'"
    return page.replace("{{CSP}}", policy).replace("{{KEYS}}", " ".join(keys)).replace(
        "{{KEY_AT}}", escape(key_at)
    ), policy


def verify_script(keys: Sequence[str]) -> str:
    script = (HERE / "photo_verify.py").read_text("utf-8")
    return script.replace('\nKEYS = ""', f'\nKEYS = "{" ".join(keys)}"', 1)


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
