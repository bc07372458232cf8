// Which of the waiting photos is chosen. The next one takes the place of the one that is done.
import { computed, ref, watch, type Ref } from 'vue'
import type { TrayPhotoOut } from '@/api'

/** `changed`: another photo stands there, by a tap, by a key, or because somebody else has dealt with the one before. */
export function useChosen(photos: Ref<TrayPhotoOut[]>, changed: () => void) {
  const photoId = ref('')
  const photo = computed(() => photos.value.find((one) => one.photo_id === photoId.value) ?? photos.value[0])
  const place = ref(0)
  // While none is chosen the first one stands in, which is no place.
  watch(photo, (one) => one && one.photo_id === photoId.value && (place.value = photos.value.indexOf(one)), { flush: 'sync' })
  watch(photos, (now) => {
    if (!now.some((one) => one.photo_id === photoId.value)) photoId.value = now[Math.min(place.value, now.length - 1)]?.photo_id ?? ''
  })
  watch(() => photo.value?.photo_id, changed)
  return { photo, choose: (id = '') => void (photoId.value = id) }
}
