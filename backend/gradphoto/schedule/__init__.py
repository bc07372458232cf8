"""The truth about time. Three rooms inside only compute, the files here store, allow and answer.

notice/     the words of a notice: text, tables, files -> facts, slots and findings with the words they came from;
            `reader` begins, `placement` lays it over the roster, `writing` prints it again
planning/   a timetable as a value (`plan`): changes to it, what does not fit, the stress test, repairs; and
            everybody's own minute (`minutes`) with the simulator that tries it
solver/     a whole timetable from nothing; the only place that knows OR-Tools

draft_service    the timetable as it is edited        publish_service   versions, and what holds
arrival_service  who is told to come when             notice_service    the kept notice and its rulings
"""
