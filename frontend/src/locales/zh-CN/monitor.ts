// Words of the class monitor's phone.
export default {
  fees: { title: '收费登记' },
  check_in: { title: '全班签到' },
  handover: { title: '交款' },
  receipt: { title: '交款收据' },
}
