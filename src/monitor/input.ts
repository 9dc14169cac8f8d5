/**
 * Cuts what the terminal sends into whole sequences. blessed loses all but the first of several mouse events in one
 * chunk, and sequences that arrive in two (docs/decisions.md, "Why blessed, without its widgets?").
 */
import { StringDecoder } from 'node:string_decoder';

export interface InputEvents {
  /** One key or one mouse event, whole. */
  readonly onSequence: (sequence: string) => void;
  /** Pasted text, without the brackets around it. */
  readonly onPaste: (text: string) => void;
}

export interface InputSplitter {
  take(chunk: Buffer): void;
  close(): void;
}

/** How long the rest of a sequence is waited for, ms: then Escape was just Escape. Over a slow line it takes this long. */
const patienceMs = 50;
/** A paste of more characters is dropped. */
const longestPaste = 1_000_000;
/** Nothing of such a paste is a key, up to its end, or until the terminal has been silent for so long, ms. */
const silenceMs = 1000;

const esc = '\u001b';
const pasteBegin = `${esc}[200~`;
const pasteEnd = `${esc}[201~`;
/** Whole sequences: old mouse reports, function keys of the console, CSI, SS3, answers of the terminal, Alt and a key. */
const whole = [
  /^\u001b\[M[\s\S]{3}/,
  /^\u001b\[\[[A-E]/,
  /^\u001b\[(?!M|\[)[0-?]*[ -/]*[@-~$^]/,
  /^\u001bO[\x21-\x7e]/,
  /^\u001b[\]P_^X](?:[^\u0007\u001b]|\u001b(?!\\))*(?:\u0007|\u001b\\)/,
  /^\u001b\u001b(?:\[[0-?]*[@-~]|O[@-~])/,
  /^\u001b[^[O\]P_^X\u001b]/u,
];
/** The text that may become one of them. */
const begun = /^\u001b(?:$|\[|O$|[\]P_^X]|\u001b(?:$|\[[0-?]*$|O$))/;

export function createInputSplitter({ onSequence, onPaste }: InputEvents): InputSplitter {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  let timer: NodeJS.Timeout | undefined;
  /** In a paste that is too long. */
  let drops = false;

  const giveUp = (): void => {
    timer = undefined;
    const [first = '', ...more] = [...rest];
    rest = more.join('');
    if (first === '') return;
    // A begun sequence that never ends is dropped; Escape alone was a key.
    if (rest === '' || rest.startsWith(esc)) onSequence(first);
    else rest = '';
    run();
  };
  const run = (): void => {
    while (rest !== '') {
      const length = step(rest, onSequence, onPaste);
      if (length === 0) break;
      rest = rest.slice(length);
    }
    if (rest !== '' && timer === undefined && !rest.startsWith(pasteBegin))
      timer = setTimeout(giveUp, patienceMs);
  };
  const drop = (): void => {
    const end = rest.indexOf(pasteEnd);
    drops = end === -1;
    // The end may have come in part.
    rest = drops ? rest.slice(1 - pasteEnd.length) : rest.slice(end + pasteEnd.length);
    if (drops) timer = setTimeout(endDropping, silenceMs);
    else run();
  };
  const endDropping = (): void => {
    [timer, drops, rest] = [undefined, false, ''];
  };
  return {
    take(chunk) {
      clearTimeout(timer);
      timer = undefined;
      rest += decoder.write(chunk);
      if (rest.length > longestPaste) {
        drops ||= rest.startsWith(pasteBegin);
        if (!drops) rest = '';
      }
      if (drops) drop();
      else run();
    },
    close: () => clearTimeout(timer),
  };
}

/** Hands on the first thing in the text; returns how long it was, 0 where it is not whole yet. */
function step(text: string, onSequence: InputEvents['onSequence'], onPaste: InputEvents['onPaste']): number {
  if (text.startsWith(pasteBegin)) {
    const end = text.indexOf(pasteEnd);
    if (end === -1) return 0;
    onPaste(text.slice(pasteBegin.length, end));
    return end + pasteEnd.length;
  }
  if (!text.startsWith(esc)) {
    const character = String.fromCodePoint(text.codePointAt(0) ?? 0);
    onSequence(character);
    return character.length;
  }
  for (const pattern of whole) {
    const match = pattern.exec(text);
    if (match === null) continue;
    onSequence(match[0]);
    return match[0].length;
  }
  if (begun.test(text)) return 0;
  onSequence(esc);
  return 1;
}
