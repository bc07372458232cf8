// Where the small picture of a photo lies.
import { client } from '@/api/client.gen'
import { meKept } from './session'

export const thumbnailOf = (photoId: string) =>
  client.buildUrl({ url: '/api/v1/campaigns/{campaign_id}/photos/{photo_id}/thumbnail', path: { campaign_id: meKept.value?.campaign_id ?? '', photo_id: photoId } })
