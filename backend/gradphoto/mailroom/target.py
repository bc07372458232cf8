"""Where a mailbox may lie: mail ports of mail servers, never this machine or its neighbours' back doors."""

import ipaddress
import socket
from typing import NamedTuple

from gradphoto.core.settings import settings
from gradphoto.mailroom.models import Tls

IMAP_PORTS = (143, 993)
SMTP_PORTS = (25, 465, 587, 994)


class MailServerFault(Exception):
    """A mail server did not do what was asked. `zh` is for the registrar; it never holds what the server wrote."""

    def __init__(self, code: str, zh: str) -> None:
        super().__init__(code)
        self.code = code
        self.zh = zh


class Server(NamedTuple):
    host: str
    port: int
    tls: Tls
    login: str
    password: str


def check_target(host: str, port: int, ports: tuple[int, ...]) -> None:
    """Resolves `host` and refuses what no mail server of a school can be. Blocks; MailServerFault."""
    check_port(port, ports)
    try:
        found = {one[4][0] for one in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)}
    except (OSError, UnicodeError):
        raise MailServerFault("no_such_host", f"找不到邮件服务器 {host}，请检查地址是否写对、网络是否可用") from None
    for address in found:
        ip = ipaddress.ip_address(str(address).partition("%")[0])
        ip = getattr(ip, "ipv4_mapped", None) or ip
        loopback = ip.is_loopback and settings().mail_loopback
        if not loopback and (ip.is_loopback or ip.is_link_local or ip.is_multicast or ip.is_unspecified):
            raise MailServerFault("odd_target", f"{host} 不是可以使用的邮件服务器地址")
        if port not in ports and not ip.is_loopback:
            raise _odd_port(port, ports)


def check_port(port: int, ports: tuple[int, ...]) -> None:
    if port not in ports and not settings().mail_loopback:
        raise _odd_port(port, ports)


def _odd_port(port: int, ports: tuple[int, ...]) -> MailServerFault:
    return MailServerFault("port", f"端口 {port} 不是邮件服务的端口，请填 {'、'.join(map(str, ports))} 之一")


def network_fault(error: BaseException, server: Server) -> MailServerFault:
    """Of what goes wrong before a mail server has said anything: in words that say where to look."""
    text = str(error).lower()
    where = f"{server.host}:{server.port}"
    if "certificate" in text:
        return MailServerFault("certificate", f"{where} 的证书不被信任或已过期，请联系邮箱管理员")
    if "ssl" in text or "wrong version" in text or "tls" in text:
        return MailServerFault("tls", f"{where} 的加密方式不对：993、465 端口选“SSL/TLS”，143、587 端口选“STARTTLS”")
    if isinstance(error, ConnectionRefusedError) or "refused" in text:
        return MailServerFault("refused", f"{where} 没有邮件服务应答，请检查地址和端口")
    if isinstance(error, TimeoutError) or "timed out" in text or "timeout" in text:
        return MailServerFault("timeout", f"连接 {where} 超时，请检查网络；稍后会自动再试")
    return MailServerFault("network", f"与 {where} 的连接中断，稍后会自动再试")
