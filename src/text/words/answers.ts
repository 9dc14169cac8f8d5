/** What is said about saved events, and about the answers of functions that are called with them. */
import type { EventFault } from '../../model/answer.js';
import type { Catalogue } from '../language.js';
import { size } from '../text.js';
import { type Explanation, explain } from './explanation.js';

type FaultWords = {
  readonly [Kind in EventFault['kind']]: (
    fault: Extract<EventFault, { kind: Kind }>,
    name: string,
  ) => Explanation;
};

export interface AnswerWords {
  readonly faults: FaultWords;
  /** An event without a name. */
  readonly unnamed: string;
  readonly changed: Readonly<Record<'same' | 'different' | 'first', string>>;
  /** What can be said of the code that answered. */
  readonly proven: (fingerprint: string) => string;
  readonly otherCode: string;
  readonly otherCodeHint: string;
  readonly noAnswer: (message: string) => string;
  readonly mismatch: (pointer: string, expected: string, found: string) => string;
  readonly missingPart: (pointer: string, expected: string) => string;
  readonly didNotFail: (text: string) => string;
  readonly moreLines: (count: number) => string;
  readonly result: string;
  readonly noEvent: (name: string, event: string, known: readonly string[]) => string;
  readonly noObject: string;
  readonly inspectsOne: string;
  /** A protected environment, or one that `answers.envs` leaves out. */
  readonly neverThere: (env: string) => string;
  readonly nothingChosen: string;
  readonly unchosen: (name: string) => string;
}

/** @param field of an event */
const fieldForms = {
  name: '"name": "happy"',
  expect: '"expect": {"ok": true} or "expect": {"$error": "text"}',
  ignore: '"ignore": ["/result/time"]',
  envs: '"envs": ["dev-*"]',
} as const;

const quoted = (names: readonly string[]): string => names.map((name) => `"${name}"`).join(', ');

export const answerWords: Catalogue<AnswerWords> = {
  en: {
    faults: {
      unreadable: ({ code }) =>
        explain(`The events cannot be read (${code}).`, 'Fix the permissions of the file, or remove it.'),
      outside: () =>
        explain(
          'The events lie outside the project, so they are not read.',
          'Put the file into the project, or name its folder in `answers.events` and agree to that.',
        ),
      syntax: () => explain('This is not JSON.', 'Fix it here. Until then, none of its events is used.'),
      'no-event': () =>
        explain(
          'This is no event.',
          'Write {"name": "happy", "value": {…}}, with an object as `value`. It is skipped.',
        ),
      twice: ({ name }) =>
        explain(
          `The event "${name}" is here a second time.`,
          'Rename or remove this one: only the first is used.',
        ),
      'too-big': ({ name, bytes, limit }) =>
        explain(
          `The event "${name}" has ${size(bytes)}, and at most ${size(limit)} are sent.`,
          'Make it smaller. It is skipped.',
        ),
      reserved: ({ name }) =>
        explain(
          `The event "${name}" has the key "$tcbWatch", which only tcb-watch may send.`,
          'Remove the key. The event is skipped.',
        ),
      field: ({ name, field }) =>
        explain(
          `\`${field}\` of the event "${name}" cannot be understood.`,
          `Write it like this: ${fieldForms[field]}. The event is skipped.`,
        ),
      absent: ({ name, suggestion, known }) =>
        explain(
          `There is no event "${name}".`,
          suggestion === null ? `The file has ${quoted(known)}.` : `Did you mean "${suggestion}"?`,
        ),
      'no-file': ({ places }, name) =>
        explain(
          `There are no saved events for ${name}.`,
          `Write some to ${places[0] ?? ''}: [{"name": "happy", "value": {}}].`,
        ),
    },
    unnamed: '(no name)',
    changed: { same: 'same as before', different: 'changed', first: 'first answer' },
    proven: (fingerprint) => `proven ${fingerprint}`,
    otherCode: 'answered by other code',
    otherCodeHint:
      'An older instance is still running, or somebody else has deployed. Call again in a minute.',
    noAnswer: (message) => `failed: ${message}`,
    mismatch: (pointer, expected, found) => `${pointer}: expected ${expected}, got ${found}`,
    missingPart: (pointer, expected) => `${pointer}: expected ${expected}, but it is missing`,
    didNotFail: (text) => `expected an error with "${text}", but it returned`,
    moreLines: (count) => `and ${count} more lines`,
    result: 'result',
    noEvent: (name, event, known) => `${name} has no saved event "${event}". There are: ${quoted(known)}.`,
    noObject: 'several environments need an object',
    inspectsOne: '--inspect takes one environment and an event as JSON.',
    neverThere: (env) =>
      `No function is called in ${env}: it is protected, or \`answers.envs\` leaves it out.`,
    nothingChosen:
      'No function is called: set `answers` of a function to true, and save its events to events/NAME.json.',
    unchosen: (name) =>
      `${name} is not called: set \`functions.${name}.answers\` to true, or to names of events.`,
  },
  'zh-CN': {
    faults: {
      unreadable: ({ code }) => explain(`无法读取事件（${code}）。`, '请修正该文件的权限，或删除它。'),
      outside: () =>
        explain(
          '事件文件位于项目之外，因此不读取。',
          '请把文件放进项目，或在 `answers.events` 中写明其文件夹并确认信任。',
        ),
      syntax: () => explain('这里不是有效的 JSON。', '请在此处修正。在此之前，不使用其中的任何事件。'),
      'no-event': () =>
        explain(
          '这不是一个事件。',
          '请写成 {"name": "happy", "value": {…}}，其中 `value` 为对象。此条已跳过。',
        ),
      twice: ({ name }) => explain(`事件“${name}”在此重复出现。`, '请重命名或删除这一个：只使用第一个。'),
      'too-big': ({ name, bytes, limit }) =>
        explain(`事件“${name}”为 ${size(bytes)}，不能超过 ${size(limit)}。`, '请缩小它。此条已跳过。'),
      reserved: ({ name }) =>
        explain(`事件“${name}”含有键 "$tcbWatch"，该键仅供 tcb-watch 使用。`, '请删除该键。此条已跳过。'),
      field: ({ name, field }) =>
        explain(`无法理解事件“${name}”的 \`${field}\`。`, `请写成：${fieldForms[field]}。此条已跳过。`),
      absent: ({ name, suggestion, known }) =>
        explain(
          `没有事件“${name}”。`,
          suggestion === null ? `文件中有 ${quoted(known)}。` : `是否想写“${suggestion}”？`,
        ),
      'no-file': ({ places }, name) =>
        explain(`${name} 没有保存的事件。`, `请写入 ${places[0] ?? ''}：[{"name": "happy", "value": {}}]。`),
    },
    unnamed: '（未命名）',
    changed: { same: '与之前相同', different: '有变化', first: '首次响应' },
    proven: (fingerprint) => `已证实 ${fingerprint}`,
    otherCode: '响应的是其他代码',
    otherCodeHint: '旧实例仍在运行，或有他人部署。请一分钟后再调用。',
    noAnswer: (message) => `失败：${message}`,
    mismatch: (pointer, expected, found) => `${pointer}：应为 ${expected}，实际为 ${found}`,
    missingPart: (pointer, expected) => `${pointer}：应为 ${expected}，但不存在`,
    didNotFail: (text) => `应报错“${text}”，但正常返回了`,
    moreLines: (count) => `另有 ${count} 行`,
    result: '结果',
    noEvent: (name, event, known) => `${name} 没有保存的事件“${event}”。现有：${quoted(known)}。`,
    noObject: '多个环境时必须是对象',
    inspectsOne: '--inspect 只能用于一个环境和 JSON 形式的事件。',
    neverThere: (env) => `不会在 ${env} 中调用函数：它受保护，或不在 \`answers.envs\` 之内。`,
    nothingChosen: '没有可调用的函数：请把函数的 `answers` 设为 true，并把事件保存到 events/NAME.json。',
    unchosen: (name) => `未调用 ${name}：请把 \`functions.${name}.answers\` 设为 true，或写明事件名称。`,
  },
};
