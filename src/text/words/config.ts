/** Mistakes of the configuration: what was expected where, and what to do. */
import type { ConfigProblem, ConfigProblemKind, TextFormat, ValueType } from '../../model/config-problem.js';
import type { Catalogue, Language } from '../language.js';
import { afterChinese, visible } from '../text.js';
import { type Explanation, explain, saidOf } from './explanation.js';
import { trustWords } from './trust.js';
import { codeWords } from './unreadable.js';

/** The value that should be there, and the step to take now. */
interface Sentences {
  readonly expected: string;
  readonly hint: string;
}

interface ConfigWords {
  readonly types: Readonly<Record<ValueType, string>>;
  readonly formats: Readonly<Record<TextFormat, Sentences>>;
  /** A place in the file, and what should be there. */
  readonly wrong: (path: string, expected: string) => string;
  /** Problems that no `expected …` says: there is no file, or nothing is wrong with it. */
  readonly sentences: { readonly [Kind in SentenceKind]: (problem: ConfigProblem<Kind>) => string };
  readonly kinds: { readonly [Kind in ConfigProblemKind]: (problem: ConfigProblem<Kind>) => Sentences };
}

const intruders: Catalogue<Readonly<Record<'link' | 'owner' | 'special', string>>> = {
  en: {
    link: 'is a link, which tcb-watch did not make',
    owner: 'belongs to another user',
    special: 'is a pipe or a device, which tcb-watch did not make',
  },
  'zh-CN': {
    link: '是链接，并非由 tcb-watch 创建',
    owner: '属于其他用户',
    special: '是管道或设备，并非由 tcb-watch 创建',
  },
};

type SentenceKind = 'no-config' | 'absent-config' | 'untrusted' | 'intruder';

const wants = (expected: string, hint: string): Sentences => ({ expected, hint });
const meantEn = (word: string | null) => (word === null ? null : `Did you mean "${word}"?`);
const meantZh = (word: string | null) => (word === null ? null : `你是不是想写 "${word}"？`);
const quoted = (texts: readonly string[], mark = ', ') => texts.map((text) => `"${text}"`).join(mark);

const english: ConfigWords = {
  types: {
    text: 'a text in quotation marks',
    number: 'a number',
    integer: 'a whole number',
    boolean: 'true or false',
    list: 'a list in [ ]',
    object: 'an object in { }',
    null: 'null',
    nothing: 'nothing',
  },
  formats: {
    'env-id': wants(
      'an environment id: 1 to 64 letters, digits, "-" and "_", the first a letter or digit',
      'Copy the id from the cloud console.',
    ),
    endpoint: wants(
      'an https address, or "emulator"',
      'Write "https://api.weixin.qq.com", or "emulator" to try it without an account.',
    ),
    url: wants('an https address', 'Write the whole address, starting with https://.'),
    'plain-http': wants(
      'https, or http to this machine',
      'Write https://: plain http shows the token to the whole network.',
    ),
    'url-credentials': wants('an address without a user name or password', 'Remove the part before the @.'),
    'url-query': wants('an address without ? and #', 'End the address before the ? or #.'),
    pointer: wants(
      'a JSON pointer, such as /data/token',
      'Start with a slash. Without `pointer`, the whole answer is the token.',
    ),
    'folder-name': wants(
      'the name of one folder directly in a functions root',
      'Write the name alone, without slashes or a leading dot.',
    ),
    'variable-name': wants(
      'the name of an environment variable: letters, digits and "_"',
      'Write the name alone, without $ and braces. Never write the token itself here.',
    ),
    'header-name': wants('the name of an HTTP header', 'Use letters, digits and "-", without the colon.'),
    'header-value': wants(
      'a header value of one line',
      'Remove line breaks and characters that HTTP does not allow.',
    ),
  },
  wrong: (path, expected) => `${path}: expected ${expected}`,
  sentences: {
    intruder: ({ file, why }) => `${file} ${intruders.en[why]}.`,
    untrusted: ({ path, risk, changed }) =>
      `${path} ${trustWords.en.risks[risk.kind](risk.shown)}. ${changed ? 'This has changed since you agreed' : 'You have not agreed to this yet'}.`,
    'no-config': ({ from }) => `There is no watch.config.json in ${from} or any folder above it.`,
    'absent-config': ({ file }) => `There is no file ${file}.`,
  },
  kinds: {
    'no-config': ({ from }) =>
      wants(
        `watch.config.json in ${from} or a folder above it`,
        'Run tcb-watch init to create one, or name an existing one with --config.',
      ),
    'absent-config': ({ file }) => wants(`a file at ${file}`, 'Restore it, or check --config.'),
    unreadable: ({ file, code }) =>
      wants(
        `a file that can be read: ${file} (${codeWords.en(code)})`,
        'Check that it is a file and that you may read it.',
      ),
    'not-utf8': ({ file }) => wants(`text in UTF-8: ${file}`, 'Save the file as UTF-8 in your editor.'),
    'foreign-owner': ({ file }) =>
      wants(
        `a file that you or root own: ${file}`,
        `Another user owns it, so it is not read. If you trust it, make it yours with: chown "$USER" ${file}.`,
      ),
    intruder: ({ file }) =>
      wants(
        `a file or folder of tcb-watch's own: ${file}`,
        'Remove it: nothing is read, written or deleted through it. tcb-watch makes it again.',
      ),
    proxy: ({ why }) =>
      wants(
        'the address of a proxy, such as http://proxy.example:3128 or socks5://127.0.0.1:1080',
        why === 'percent'
          ? 'Correct this environment variable: a % in a password is written as %25, @ as %40. Without a proxy: unset it.'
          : 'Correct this environment variable, or unset it to connect without a proxy.',
      ),
    'fixed-text': ({ text }) =>
      wants(
        `an address without ${text}`,
        'Write the address itself, or pass it with --endpoint: variables of your machine must not choose where the token goes.',
      ),
    untrusted: ({ risk }) =>
      wants(
        `your agreement: ${trustWords.en.risks[risk.kind](risk.shown)}`,
        'Run tcb-watch trust to see everything and agree to it once, or pass --trust for this run.',
      ),
    syntax: ({ code, at }) =>
      wants(
        `JSON without a mistake in line ${at?.line ?? 1}, column ${at?.column ?? 1} (${code})`,
        'Check for a missing comma, quotation mark or bracket here or just before.',
      ),
    'duplicate-key': ({ key }) =>
      wants(`the key "${key}" only once`, 'Merge the two, or remove one: only the last one would count.'),
    'missing-variable': ({ name }) =>
      wants(
        `a value for the environment variable ${name}`,
        `Set ${name} in the shell, or in .env.local next to this file.`,
      ),
    'bad-variable': ({ text }) =>
      wants(`a variable's name inside \${ }: ${text}`, 'Use letters, digits and "_", such as ${MY_TOKEN}.'),
    'unknown-key': ({ key, suggestion, known }) =>
      wants(
        known.length === 0
          ? 'no such key'
          : suggestion === null
            ? `one of the known keys: ${known.join(', ')}`
            : 'a known key',
        meantEn(suggestion) ?? `Remove "${key}".`,
      ),
    missing: ({ type }) => wants(english.types[type], 'It is missing: add it.'),
    type: ({ types, found }) =>
      wants(
        types.map((type) => english.types[type]).join(' or '),
        `It is ${english.types[found]} now: replace it.`,
      ),
    choice: ({ choices, suggestion }) =>
      wants(
        choices.length === 1 ? quoted(choices) : `one of ${quoted(choices)}`,
        meantEn(suggestion) ?? `Write ${quoted(choices, ' or ')}.`,
      ),
    'one-of': ({ choices, found }) =>
      wants(
        `exactly one of the keys ${quoted(choices)}`,
        found.length === 0 ? 'Choose one and add it.' : `Keep or add one. Found: ${quoted(found)}.`,
      ),
    'too-small': ({ minimum }) => wants(`${minimum} or more`, `Write at least ${minimum}.`),
    'too-large': ({ maximum }) => wants(`${maximum} or less`, `Write at most ${maximum}.`),
    empty: ({ type }) => wants(`${english.types[type]} that is not empty`, 'Fill it in, or remove the key.'),
    format: ({ format }) => english.formats[format],
    duplicate: ({ value, first }) =>
      wants(`"${value}" only once`, `Remove it here: ${first} already has it.`),
    'not-in-envs': ({ suggestion, envs }) =>
      wants(
        `one of the environments in "envs": ${quoted(envs)}`,
        meantEn(suggestion) ?? 'Add it to `envs`, or remove it here.',
      ),
    'never-called': ({ env }) =>
      wants(
        `environments that are not protected, unlike ${env}`,
        'Remove it here: no function is called in a protected environment.',
      ),
    'no-event': ({ name, file, suggestion, known }) =>
      wants(
        `one of the events in ${file}: ${quoted(known)}`,
        meantEn(suggestion) ?? `Add "${name}" to that file, or remove it here.`,
      ),
    'build-output': ({ output }) =>
      wants(
        `a folder of its own inside the function, not ${output}, which holds the sources`,
        'Let the command fill a folder of its own, such as dist.',
      ),
    'own-folder': ({ folder }) =>
      wants(
        `a folder outside .tcb-watch, which tcb-watch fills itself, not ${folder}`,
        'Keep sources in a folder of their own.',
      ),
    'ignore-backslash': ({ pattern }) =>
      wants(
        'a pattern with forward slashes: a backslash does not part folders here, so it ignores nothing',
        `Write "${pattern.replaceAll('\\', '/')}".`,
      ),
    'debounce-order': ({ debounceMs, debounceMaxMs }) =>
      wants(
        `at most debounceMaxMs, which is ${debounceMaxMs}`,
        `Lower debounceMs from ${debounceMs}, or raise debounceMaxMs.`,
      ),
    'hold-unverified': () =>
      wants(
        '"warn", as `verify` is false',
        'Set `verify` to true, or `onForeignChange` to "warn": only asking the cloud shows whether somebody else has deployed.',
      ),
    'no-folder': ({ folder, found }) =>
      wants(
        found === 'file' ? `a folder, not a file: ${folder}` : `a folder that exists: ${folder}`,
        'Correct the path, which is relative to the folder of this file, or create the folder.',
      ),
    'no-root': ({ folders }) =>
      wants(
        `a folder with functions at ${folders.join(' or ')}`,
        'Set `functionsRoot` to the folder that holds your functions, or create it.',
      ),
    'no-store': ({ folder, code }) =>
      wants(
        `a folder that the emulator can use: ${folder} (${code})`,
        'Fix its permissions or remove it, then run this again.',
      ),
    'same-name': ({ name, folders }) =>
      wants(
        `one function "${name}", but both ${folders.join(' and ')} have that name`,
        `Rename or remove one, or name the right one in "functions.${name}.dir".`,
      ),
    'no-shared-folder': ({ name, folders }) =>
      wants(
        `a shared folder "${name}" directly in a functions root: ${folders.join(' or ')}`,
        'Correct the name, create the folder, or remove it from `shared`.',
      ),
  },
};

const chinese: ConfigWords = {
  types: {
    text: '带引号的字符串',
    number: '数字',
    integer: '整数',
    boolean: 'true 或 false',
    list: '数组 [ ]',
    object: '对象 { }',
    null: 'null',
    nothing: '空',
  },
  formats: {
    'env-id': wants(
      '环境 ID：1 到 64 个字母、数字、“-”或“_”，以字母或数字开头',
      '请从云开发控制台复制环境 ID。',
    ),
    endpoint: wants(
      'https 地址，或 "emulator"',
      '请写 "https://api.weixin.qq.com"；没有账号时可写 "emulator" 试用。',
    ),
    url: wants('https 地址', '请写完整地址，以 https:// 开头。'),
    'plain-http': wants(
      'https 地址，或指向本机的 http 地址',
      '请写 https://，否则 token 会在网络上明文传输。',
    ),
    'url-credentials': wants('不含用户名和密码的地址', '请删除 @ 及其之前的部分。'),
    'url-query': wants('不含 ? 和 # 的地址', '请删除 ? 或 # 及其后的内容。'),
    pointer: wants('JSON 指针，例如 /data/token', '请以斜杠开头。不写 `pointer` 时，整个响应就是 token。'),
    'folder-name': wants('函数根目录下某个文件夹的名称', '请只写名称，不含斜杠，也不以点开头。'),
    'variable-name': wants(
      '环境变量名：字母、数字和“_”',
      '请只写变量名，不带 $ 和花括号，也不要写 token 本身。',
    ),
    'header-name': wants('HTTP 请求头的名称', '请使用字母、数字和“-”，不带冒号。'),
    'header-value': wants('单行的请求头值', '请删除换行和 HTTP 不允许的字符。'),
  },
  wrong: (path, expected) => `${path}：应为${afterChinese(expected)}`,
  sentences: {
    intruder: ({ file, why }) => `${file} ${intruders['zh-CN'][why]}。`,
    untrusted: ({ path, risk, changed }) =>
      `${path} 会${trustWords['zh-CN'].risks[risk.kind](risk.shown)}。${changed ? '信任之后内容有变化' : '你尚未信任此操作'}。`,
    'no-config': ({ from }) => `${from} 及其上级目录中没有 watch.config.json。`,
    'absent-config': ({ file }) => `文件 ${file} 不存在。`,
  },
  kinds: {
    'no-config': ({ from }) =>
      wants(
        `${from} 或其上级目录中的 watch.config.json`,
        '请运行 tcb-watch init 生成，或用 --config 指定已有的配置文件。',
      ),
    'absent-config': ({ file }) => wants(`文件 ${file}`, '请恢复它，或检查 --config。'),
    unreadable: ({ file, code }) =>
      wants(`可读取的文件：${file}（${codeWords['zh-CN'](code)}）`, '请确认它是文件，并且你有读取权限。'),
    'not-utf8': ({ file }) => wants(`UTF-8 文本：${file}`, '请在编辑器中另存为 UTF-8。'),
    'foreign-owner': ({ file }) =>
      wants(
        `你本人或 root 拥有的文件：${file}`,
        `该文件属于其他用户，因此不会读取。如果信任它，请运行 chown "$USER" ${file} 改为自己所有。`,
      ),
    intruder: ({ file }) =>
      wants(
        `tcb-watch 自己的文件或目录：${file}`,
        '请删除它，tcb-watch 会重新创建。在此之前，不会通过它读取、写入或删除任何内容。',
      ),
    proxy: ({ why }) =>
      wants(
        '代理地址：http://proxy.example:3128、https://…、socks5://127.0.0.1:1080 或 socks4://…',
        why === 'percent'
          ? '请修正该环境变量：密码中的 % 写作 %25，@ 写作 %40。不使用代理时请取消设置。'
          : '请修正该环境变量；不使用代理时请取消设置。',
      ),
    'fixed-text': ({ text }) =>
      wants(
        `不含 ${text} 的地址`,
        '请直接写出地址，或用 --endpoint 指定：不能由本机的环境变量决定 token 发往何处。',
      ),
    untrusted: ({ risk }) =>
      wants(
        `你的确认：${trustWords['zh-CN'].risks[risk.kind](risk.shown)}`,
        '请运行 tcb-watch trust 查看全部操作并确认信任，或加 --trust 仅信任本次运行。',
      ),
    syntax: ({ code, at }) =>
      wants(
        `正确的 JSON，第 ${at?.line ?? 1} 行第 ${at?.column ?? 1} 列有误（${code}）`,
        '请检查此处及之前是否缺少逗号、引号或括号。',
      ),
    'duplicate-key': ({ key }) => wants(`唯一的键 "${key}"`, '请合并两处或删除一处，否则只有最后一处有效。'),
    'missing-variable': ({ name }) =>
      wants(`环境变量 ${name} 的值`, `请在 shell 或此文件同目录的 .env.local 中设置 ${name}。`),
    'bad-variable': ({ text }) =>
      wants(`\${ } 中的变量名：${text}`, '请使用字母、数字和“_”，例如 ${MY_TOKEN}。'),
    'unknown-key': ({ key, suggestion, known }) =>
      wants(
        known.length === 0
          ? '空（此处不能有键）'
          : suggestion === null
            ? `以下键之一：${known.join('、')}`
            : '已知的键',
        meantZh(suggestion) ?? `请删除 "${key}"。`,
      ),
    missing: ({ type }) => wants(chinese.types[type], '此处缺失，请补上。'),
    type: ({ types, found }) =>
      wants(
        types.map((type) => chinese.types[type]).join('或'),
        `当前是${afterChinese(chinese.types[found])}，请改正。`,
      ),
    choice: ({ choices, suggestion }) =>
      wants(
        choices.length === 1 ? quoted(choices) : `${quoted(choices, '、')} 之一`,
        meantZh(suggestion) ?? `请写 ${quoted(choices, ' 或 ')}。`,
      ),
    'one-of': ({ choices, found }) =>
      wants(
        `以下键中的一个：${quoted(choices, '、')}`,
        found.length === 0 ? '请选择一个并补上。' : `请保留或补上其中一个。现有：${quoted(found, '、')}。`,
      ),
    'too-small': ({ minimum }) => wants(`不小于 ${minimum} 的数`, `请至少写 ${minimum}。`),
    'too-large': ({ maximum }) => wants(`不大于 ${maximum} 的数`, `请最多写 ${maximum}。`),
    empty: ({ type }) => wants(`非空的${chinese.types[type]}`, '请填写内容，或删除此键。'),
    format: ({ format }) => chinese.formats[format],
    duplicate: ({ value, first }) =>
      wants(`不重复的值，而 "${value}" 出现了多次`, `请删除此处的值：${first} 中已有。`),
    'not-in-envs': ({ suggestion, envs }) =>
      wants(
        `"envs" 中的环境之一：${quoted(envs, '、')}`,
        meantZh(suggestion) ?? '请把它加入 `envs`，或在此处删除。',
      ),
    'never-called': ({ env }) =>
      wants(`不受保护的环境（${env} 受保护）`, '请从此处删除：受保护的环境中不会调用任何函数。'),
    'no-event': ({ name, file, suggestion, known }) =>
      wants(
        `${file} 中的事件之一：${quoted(known, '、')}`,
        meantZh(suggestion) ?? `请在该文件中添加 "${name}"，或从此处删除。`,
      ),
    'build-output': ({ output }) =>
      wants(
        `函数文件夹内的子文件夹，而不是 ${output}（其中是源文件本身）`,
        '请让命令写入单独的文件夹，例如 dist。',
      ),
    'own-folder': ({ folder }) =>
      wants(
        `.tcb-watch 之外的文件夹，而不是 ${folder}（.tcb-watch 由 tcb-watch 写入）`,
        '请把源代码放在单独的文件夹中。',
      ),
    'ignore-backslash': ({ pattern }) =>
      wants(
        '使用正斜杠的规则：反斜杠在此不是路径分隔符，这条规则不会忽略任何文件',
        `请改写为 "${pattern.replaceAll('\\', '/')}"。`,
      ),
    'debounce-order': ({ debounceMs, debounceMaxMs }) =>
      wants(
        `不大于 debounceMaxMs（${debounceMaxMs}）的数`,
        `请调小 debounceMs（${debounceMs}），或调大 debounceMaxMs。`,
      ),
    'hold-unverified': () =>
      wants(
        '"warn"（因为 `verify` 为 false）',
        '请把 `verify` 设为 true，或把 `onForeignChange` 设为 "warn"：只有查询云端才能知道是否有其他人部署过。',
      ),
    'no-folder': ({ folder, found }) =>
      wants(
        found === 'file' ? `文件夹而不是文件：${folder}` : `存在的文件夹：${folder}`,
        '请更正路径（相对于此文件所在目录），或新建该文件夹。',
      ),
    'no-root': ({ folders }) =>
      wants(
        `存放函数的文件夹：${folders.join(' 或 ')}`,
        '请把 `functionsRoot` 设为函数所在的文件夹，或新建该文件夹。',
      ),
    'no-store': ({ folder, code }) =>
      wants(`模拟器可使用的文件夹：${folder}（${code}）`, '请修正其权限或将其删除，然后重试。'),
    'same-name': ({ name, folders }) =>
      wants(
        `唯一的函数 "${name}"，而 ${folders.join(' 和 ')} 同名`,
        `请重命名或删除其中一个，或用 "functions.${name}.dir" 指定正确的那个。`,
      ),
    'no-shared-folder': ({ name, folders }) =>
      wants(
        `函数根目录下的共享文件夹 "${name}"：${folders.join(' 或 ')}`,
        '请更正名称、新建该文件夹，或从 `shared` 中删除。',
      ),
  },
};

const configWords: Catalogue<ConfigWords> = { en: english, 'zh-CN': chinese };

/** One mistake as the events carry it. */
export interface DescribedProblem extends Sentences {
  readonly path: string;
}

/**
 * A mistake in the configuration in words: where, what was expected there, and what to do.
 * @internal
 */
export function describeConfigProblem(problem: ConfigProblem, language: Language): DescribedProblem {
  const sentences: Sentences = saidOf(configWords[language].kinds, problem.kind, problem);
  return { path: problem.path, ...sentences };
}

/**
 * The value that should be at a place, for people.
 * @internal
 */
export function expectedAt(path: string, expected: string, language: Language): string {
  return configWords[language].wrong(path, expected);
}

/**
 * A mistake for people: whole sentences. Where there is no file, nothing can be said of a place in it.
 * @internal
 */
export function explainConfigProblem(problem: ConfigProblem, language: Language): Explanation {
  const { path, expected, hint } = describeConfigProblem(problem, language);
  const { sentences } = configWords[language];
  const isWhole = (each: ConfigProblem): each is ConfigProblem<SentenceKind> => each.kind in sentences;
  const detail: string = isWhole(problem)
    ? saidOf(sentences, problem.kind, problem)
    : expectedAt(path, expected, language);
  // Everything in what is to be agreed to is seen; else a name stands as it is written, in the hint as in the sentence.
  return explain(problem.kind === 'untrusted' ? visible(detail) : detail, hint);
}
