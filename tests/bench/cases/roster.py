"""The roster: 3,300 rows from the file to the tables, beside nothing but reading the file."""

import io
import time

from crowd import Crowd
from load import ask, drive, multipart, request, shared
from python_calamine import CalamineWorkbook
from report import Measured, Report
from server import Site

import make

FILE = make.DEMO_DATA / "roster-2019.xlsx"


async def run(site: Site, crowd: Crowd, report: Report, rounds: int, quick: bool) -> None:
    data, registrar = FILE.read_bytes(), crowd.staff["registrar"]
    form, kind = multipart(FILE.name, data, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
    for turn in range(rounds):
        at = f"/campaigns/{await _new_campaign(site, crowd, turn)}/roster-imports"
        review = await drive(site.port, [shared([request("POST", at, registrar, form, kind=kind)])])
        (found,) = await ask(site.port, "GET", at, registrar)
        apply = request("POST", f"{at}/{found['import_id']}/apply", registrar, {"withdraw_missing": False})
        applied = await drive(site.port, [shared([apply])])
        began = time.perf_counter()
        rows = CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0).to_python()
        read = time.perf_counter() - began
        n = len(rows) - 1
        report.add(
            Measured("roster_report", review.seconds, "s", n, "calamine, reading the file", read),
            Measured("roster_apply", applied.seconds, "s", n, "calamine, reading the file", read),
        )


async def _new_campaign(site: Site, crowd: Crowd, turn: int) -> str:
    """Like the one that is there, without its people."""
    shown = await ask(site.port, "GET", crowd.at, crowd.staff["registrar"])
    made = await ask(site.port, "POST", "/campaigns", crowd.staff["registrar"], shown | {"name": f"测量 {turn}"})
    campaign_id: str = made["campaign_id"]
    return campaign_id
