/** Reads a cloudbaserc.yaml. */

import { LineCounter, parseDocument } from 'yaml';
import { tooDeepAt } from '../system/json.js';

export type YamlResult =
  | { readonly ok: true; readonly value: unknown }
  /** From 1; null: the text as a whole, by aliases that lead nowhere or would fill the memory. */
  | { readonly ok: false; readonly line: number | null };

/** `key: {{env.X}}` without quotes is no YAML that means anything, yet people write it, and it can mean one thing only. */
const bareTemplate = /^([^#\n]*?:[ \t]+|[ \t]*-[ \t]+)(\{\{[^{}\n]*\}\})(?=[ \t]*(?:#.*)?$)/gm;

export function readYaml(text: string): YamlResult {
  const deep = tooDeepAt(text);
  if (deep !== null) return { ok: false, line: text.slice(0, deep).split('\n').length };
  const lineCounter = new LineCounter();
  const quoted = text.replaceAll('\r\n', '\n').replace(bareTemplate, '$1"$2"');
  const document = parseDocument(quoted, { lineCounter, prettyErrors: false });
  const [first] = document.errors;
  if (first !== undefined) return { ok: false, line: lineCounter.linePos(first.pos[0]).line };
  try {
    return { ok: true, value: document.toJS() };
  } catch (error) {
    if (error instanceof ReferenceError) return { ok: false, line: null };
    throw error;
  }
}
