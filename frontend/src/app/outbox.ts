// The site's one outbox. Senders are registered in app/senders.ts, so that deeds go out from whatever page is open.
import { createOutbox } from '@/lib/outbox'
import { serverNow } from './clock'
import { isTransient, problemMessage } from './problems'
import { isSessionEnd } from './query'
import { meKept } from './session'

export const outbox = createOutbox({
  name: 'gradphoto-outbox',
  by: () => meKept.value?.student_id ?? null,
  now: serverNow,
  isTransient,
  isSignedOut: isSessionEnd,
  message: problemMessage,
})
