// Words of the screens in the room.
export default {
  board: { title: '叫号屏' },
  door: { title: '签到口' },
}
