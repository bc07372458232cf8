"""Mails that no person wrote to us: they are never answered, or two programs would write to each other for ever."""

import re
from collections.abc import Mapping

_MACHINE = re.compile(
    r"^(?:mailer-daemon|postmaster|no[-_.]?reply|do[-_.]?not[-_.]?reply|bounces?|.*-bounces?|notification|newsletter)(?:[+-].*)?@",
    re.IGNORECASE,
)
_BOUNCE = re.compile(
    r"^(?:undeliver|delivery status|mail delivery|returned mail|failure notice|系统退信|退信|自动回复|out of office"
    r"|automatic reply|auto[- ]?reply)",
    re.IGNORECASE,
)


def automatic(headers: Mapping[str, str], sender: str, subject: str, content_type: str) -> str:
    """Why it is one, as a code; "" = a person wrote it. Header names in lower case."""
    submitted = headers.get("auto-submitted", "no").split(";")[0].strip().lower()
    if submitted not in ("no", ""):
        return "auto_reply"
    if headers.get("x-autoreply") or headers.get("x-autorespond") or headers.get("x-auto-response-suppress") == "All":
        return "auto_reply"
    if content_type == "multipart/report" or headers.get("return-path", "-").strip() == "<>":
        return "bounce"
    if _MACHINE.match(sender):
        return "bounce"
    if headers.get("list-unsubscribe") or headers.get("list-id"):
        return "newsletter"
    if headers.get("precedence", "").strip().lower() in ("bulk", "junk", "list", "auto_reply"):
        return "newsletter"
    return "auto_reply" if _BOUNCE.match(subject.strip()) else ""
