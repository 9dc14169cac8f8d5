/** A short message in the last row that goes away by itself. */
import type { Toast } from './model.js';

/** How long something that was just said stays, ms. */
const toastMs = 4000;

export function toastOf(text: string, tone: Toast['tone'], at: number): Toast {
  return { text, tone, until: at + toastMs };
}
