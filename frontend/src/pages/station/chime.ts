// Two tones and a short shake when somebody is called; the switch is remembered on the device.
import { ref } from 'vue'

const STORED = 'gradphoto.chime'
export const chimeOn = ref(localStorage.getItem(STORED) !== 'off')

let audio: AudioContext | undefined

export function toggleChime() {
  chimeOn.value = !chimeOn.value
  localStorage.setItem(STORED, chimeOn.value ? 'on' : 'off')
  if (chimeOn.value) chime()
}

export function chime() {
  // Before the first touch a browser allows neither.
  if (!chimeOn.value || navigator.userActivation?.hasBeenActive === false) return
  navigator.vibrate?.(80)
  try {
    audio ??= new AudioContext()
    void audio.resume()
    for (const [i, hz] of [880, 1175].entries()) {
      const at = audio.currentTime + i * 0.16
      const tone = audio.createOscillator()
      const loud = audio.createGain()
      tone.frequency.value = hz
      loud.gain.setValueAtTime(0.0001, at)
      loud.gain.exponentialRampToValueAtTime(0.25, at + 0.02)
      loud.gain.exponentialRampToValueAtTime(0.0001, at + 0.22)
      tone.connect(loud).connect(audio.destination)
      tone.start(at)
      tone.stop(at + 0.25)
    }
  } catch {
    // A device without sound still shows who is called.
  }
}
