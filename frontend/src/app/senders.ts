// What the outbox can send: one line a deed. A page calls `setFee.record(student_id, params, body)` and lays `setFee.overlay`
// over its list. A sender is a generated function with the op's id as `op_id`; it must be safe to call twice.
import { sendFee, type FeeBody, type FeeParams } from '@/pages/monitor/fee-deed'
import { outbox } from './outbox'

export { outbox }
export const setFee = outbox.register<FeeParams, FeeBody>('set_fee', sendFee)
