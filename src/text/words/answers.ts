/** The words about saved events, and about the answers of functions that are called with them. */
import type { EventFault } from '../../model/answer.js';
import type { Catalogue, Language } from '../language.js';
import { listOf, plural, size } from '../text.js';
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
  /** `first`, where there is room for it. */
  readonly firstEver: string;
  /** The words for the code that answered. */
  readonly proven: (fingerprint: string) => string;
  readonly otherCode: string;
  readonly otherCodeHint: string;
  /** Code that should have proven itself answered as if it had no helper. */
  readonly withoutProof: string;
  readonly withoutProofHint: string;
  /** The beginning of a line about results that are not the same in all environments. */
  readonly differs: string;
  readonly valueAt: (place: string, value: string) => string;
  readonly nothingAt: (place: string) => string;
  /** The call did not come to the code. */
  readonly notReached: (message: string) => string;
  readonly mismatch: (pointer: string, expected: string, found: string) => string;
  readonly missingPart: (pointer: string, expected: string) => string;
  readonly didNotFail: (text: string) => string;
  readonly otherError: (text: string, found: string) => string;
  readonly moreLines: (count: number) => string;
  /** In place of the lines that are not as before. */
  readonly hugeDifference: string;
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

const unnamedEn = '(no name)';
const unnamedZh = '（未命名）';

const quoted = (names: readonly string[], unnamed: string, language: Language): string =>
  listOf(
    names.map((name) => (name === '' ? unnamed : `"${name}"`)),
    language,
  );

/** @param names of the events that a file has */
const knownEn = (names: readonly string[]): string =>
  names.length === 0 ? 'The file has no events.' : `The file has ${quoted(names, unnamedEn, 'en')}.`;
const knownZh = (names: readonly string[]): string =>
  names.length === 0 ? '文件中没有事件。' : `文件中的事件：${quoted(names, unnamedZh, 'zh-CN')}。`;

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
      'too-many': ({ count, limit }) =>
        explain(
          `This list has ${count} members, and at most ${limit} are read.`,
          'Keep only events in it. Until then, none of its events is used.',
        ),
      more: ({ count }) =>
        explain(
          count === 1
            ? 'There is 1 more mistake in this file.'
            : `There are ${count} more mistakes in this file.`,
          'Fix those before it first.',
        ),
      absent: ({ name, suggestion, known }) =>
        explain(
          `There is no event "${name}".`,
          suggestion === null ? knownEn(known) : `Did you mean "${suggestion}"?`,
        ),
      'no-file': ({ places }, name) =>
        explain(
          `There are no saved events for ${name}.`,
          `Write some to ${places[0] ?? ''}: [{"name": "happy", "value": {}}].`,
        ),
    },
    unnamed: unnamedEn,
    changed: { same: 'same as before', different: 'changed', first: 'nothing to compare with' },
    firstEver: 'nothing to compare with: no earlier answer to this event is kept',
    proven: (fingerprint) => `proven ${fingerprint}`,
    otherCode: 'answered by other code',
    otherCodeHint:
      'An older instance is still running, or somebody else has deployed. Call again in a minute.',
    withoutProof: 'answered without proof',
    withoutProofHint:
      'An older instance is still running, or somebody else has deployed: call again in a minute. If that does not help, the code changes `main`, `require` or `module` in a way that proof cannot follow: set `"proof": false` for this function.',
    differs: 'differs by environment: ',
    valueAt: (place, value) => `${place} is ${value}`,
    nothingAt: (place) => `${place} is missing`,
    notReached: (message) => `the call did not reach the code: ${message}`,
    mismatch: (pointer, expected, found) => `${pointer}: expected ${expected}, got ${found}`,
    missingPart: (pointer, expected) => `${pointer}: expected ${expected}, but it is missing`,
    didNotFail: (text) => `expected an error with "${text}", but it returned`,
    otherError: (text, found) => `expected an error with "${text}", but it failed with: ${found}`,
    moreLines: (count) => `and ${plural(count, 'more line')}`,
    hugeDifference: 'the difference is too large to show',
    result: 'result',
    noEvent: (name, event, known) => `${name} has no saved event "${event}". ${knownEn(known)}`,
    noObject: `With several environments the event must be a JSON object, such as '{"a":1}'.`,
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
      unreadable: ({ code }) => explain(`无法读取事件（${code}）。`, '请检查该文件的权限，或删除该文件。'),
      outside: () =>
        explain(
          '事件文件位于项目之外，因此不读取。',
          '请把文件移到项目中，或在 `answers.events` 中指定所在文件夹并信任它。',
        ),
      syntax: () => explain('JSON 语法错误。', '请修正此处；修正之前，该文件中的事件都不会使用。'),
      'no-event': () =>
        explain(
          '这一项不是事件。',
          '应写成 {"name": "happy", "value": {…}}，`value` 必须是对象。已跳过此项。',
        ),
      twice: ({ name }) => explain(`事件“${name}”重复定义。`, '请重命名或删除这一处：只有第一个有效。'),
      'too-big': ({ name, bytes, limit }) =>
        explain(
          `事件“${name}”的大小为 ${size(bytes)}，上限为 ${size(limit)}。`,
          '请精简内容。已跳过此事件。',
        ),
      reserved: ({ name }) =>
        explain(
          `事件“${name}”含有保留字段 "$tcbWatch"，只有 tcb-watch 可以使用。`,
          '请删除该字段。已跳过此事件。',
        ),
      field: ({ name, field }) =>
        explain(`事件“${name}”的 \`${field}\` 无效。`, `应写成：${fieldForms[field]}。已跳过此事件。`),
      'too-many': ({ count, limit }) =>
        explain(
          `列表有 ${count} 项，最多读取 ${limit} 项。`,
          '请只保留事件；在此之前，其中的事件都不会使用。',
        ),
      more: ({ count }) => explain(`文件中还有 ${count} 处错误。`, '请先修正前面的错误。'),
      absent: ({ name, suggestion, known }) =>
        explain(
          `没有事件“${name}”。`,
          suggestion === null ? knownZh(known) : `你是不是想写“${suggestion}”？`,
        ),
      'no-file': ({ places }, name) =>
        explain(
          `${name} 没有保存的事件。`,
          `请在 ${places[0] ?? ''} 中添加：[{"name": "happy", "value": {}}]。`,
        ),
    },
    unnamed: unnamedZh,
    changed: { same: '与之前相同', different: '有变化', first: '无可对比的响应' },
    firstEver: '无可对比的响应：没有保留此事件之前的响应',
    proven: (fingerprint) => `已验证 ${fingerprint}`,
    otherCode: '响应来自其他版本',
    otherCodeHint: '旧实例仍在运行，或其他人部署过。请一分钟后重试。',
    withoutProof: '响应未经验证',
    withoutProofHint:
      '旧实例仍在运行，或其他人部署过：请一分钟后重试。如果仍然如此，说明代码以无法跟踪的方式修改了 `main`、`require` 或 `module`：请为该函数设置 `"proof": false`。',
    differs: '各环境不同：',
    valueAt: (place, value) => `${place} 为 ${value}`,
    nothingAt: (place) => `${place} 不存在`,
    notReached: (message) => `调用未到达云函数：${message}`,
    mismatch: (pointer, expected, found) => `${pointer}：应为 ${expected}，实际为 ${found}`,
    missingPart: (pointer, expected) => `${pointer}：应为 ${expected}，但不存在`,
    didNotFail: (text) => `应报错“${text}”，但函数正常返回`,
    otherError: (text, found) => `应报错“${text}”，实际报错：${found}`,
    moreLines: (count) => `另有 ${count} 行`,
    hugeDifference: '差异过大，无法显示',
    result: '结果',
    noEvent: (name, event, known) => `${name} 没有保存的事件“${event}”。${knownZh(known)}`,
    noObject: `指定多个环境时，事件必须是 JSON 对象，例如 '{"a":1}'。`,
    inspectsOne: '--inspect 只能用于一个环境和 JSON 形式的事件。',
    neverThere: (env) => `不会在 ${env} 中调用函数：该环境受保护，或未列入 \`answers.envs\`。`,
    nothingChosen: '没有可调用的函数：请把函数的 `answers` 设为 true，并把事件保存到 events/NAME.json。',
    unchosen: (name) => `未调用 ${name}：请把 \`functions.${name}.answers\` 设为 true，或列出事件名称。`,
  },
};
