// Words of the sheets to be printed.
export default {
  poster: 'Poster',
  door: 'Door list',
  door_of: 'Door list of slot {label}',
  sheets: 'Class sheet',
  sheets_of: 'Class sheets of slot {label}',
  sheets_note: '{n} sheets, each class on a page of its own',
  paper: 'Paper',
  a3: 'A3 landscape',
  a4: 'A4 landscape',
  excel: 'Export as Excel',
  to_timetable: 'Back to the timetable',
  back: 'Back',
  class: 'Class',
  nothing: 'Nothing to print',
  nothing_note: 'This slot has no classes, or the link is out of date.',
}
