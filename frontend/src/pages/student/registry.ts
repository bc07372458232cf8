// What the student's answer needs before it may be sent. Pure.
import type { RegistryState } from '@/api'

export type Answer = Exclude<RegistryState, 'unknown'>
export const ANSWERS = ['confirmed', 'wrong', 'not_shown'] as const satisfies readonly Answer[]
/** 有误 without saying what is wrong helps nobody. */
export const mayAnswer = (answer: Answer | null, note: string) => answer !== null && (answer !== 'wrong' || note.trim() !== '')
