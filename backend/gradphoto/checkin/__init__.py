"""The day in the room: through the door, a ticket, called, shot. Three sequences: door, call, shot.

coming      `opening` (which slot, pure), `service`, `ticket_service` (the hot statement), `make_up_service`,
            `reshoot_service`
the line    `line_service` reads it, `line` makes each screen's view of it (pure), `speed_service` one student's wait
a station   `station_service`, `call_service` (the statement that calls)
minutes     `replan_service` keeps them true, `arrival_service` tells them again, `calendar`
"""
