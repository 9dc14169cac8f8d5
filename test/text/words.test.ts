/**
 * Words that no message, help text, document or comment uses, because a native reader reads them twice. `PRINT_SENTENCES=1 npx vitest
 * run test/text/words.test.ts` prints every sentence in both languages, for a reading.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { allSentences, literals } from '../support/sentences.js';

const english: readonly (readonly [refused: RegExp, instead: string])[] = [
  [/\bmend(?:s|ed|ing)?\b/i, 'fix'],
  [/\b(?:is|are|was|were) told\b/i, 'is reported'],
  [/\btells?\b/i, 'says'],
  [/\blook(?:s|ed|ing)? again\b|\blooked at again\b/i, 'rescans'],
  [/\btr(?:y|ies|ied|ying) (?:it )?again\b/i, 'is retried, run this again'],
  [/\bbeside\b/i, 'next to'],
  [/\bin force\b/i, 'active'],
  [/\banew\b/i, 'again'],
  [/\bleads? (?:back )?to\b/i, 'points to'],
  [/\bgo(?:es)? on\b|\bgoing on\b/i, 'continues, resumes'],
  [/\bby (?:itself|themselves)\b/i, 'automatically'],
  [/\bis not there\b|\bare not there\b/i, 'does not exist'],
  [/\bbring(?:s)? (?:it|the \w+|them)? ?back\b/i, 'restore'],
  [/\btake (?:it|this|the \w+) out\b|\btake out\b/i, 'remove'],
  [/\bon its way\b/i, 'is being uploaded'],
  [/\bcarried by\b|\bcarries\b/i, 'packed into'],
  [/\bat work\b/i, 'running'],
  [/\bNAME --force\b|\bpush NAME\b/, 'the name itself'],
];

/** In documents, which say more than the program does: the words alone that need a second reading. */
const documents: typeof english = english.filter(([, instead]) =>
  ['fix', 'is reported', 'rescans', 'next to', 'active', 'again', 'points to'].includes(instead),
);

/** In comments. What stands between backticks, and the name behind `@param`, are names of the code. */
const comments: typeof english = [
  [/\b(?:told|tell(?:s|ing)?)\b/i, 'report, say, notify, distinguish'],
  [/\bbesides?\b/i, 'next to, in addition to'],
  [/\btr(?:y|ies|ied|ying) again\b/i, 'retry'],
  ...english.filter(([, instead]) => ['fix', 'rescans', 'active', 'again', 'points to'].includes(instead)),
];

const chinese: readonly (readonly [refused: RegExp, instead: string])[] = [
  [/暂缓/, '待处理'],
  [/账本/, '状态文件'],
  [/应答/, '响应'],
  [/发送(?!请求|到终端|到 \$)/, '上传'],
  [/\d ?ms\b|\} ?ms\b|\d s\b|\} s\b|\bmin\b/, '毫秒、秒、分钟'],
  [/没有值/, '未设置'],
  [/出现了(?!多次)|不同了|不存在了|被中断两次/, '一句通顺的话'],
  [/删去/, '删除'],
  [/您/, '你'],
  [/(?<!开发)云控制台/, '云开发控制台'],
  [/改动/, '修改'],
  [/提问/, '询问'],
  [/打印/, '输出'],
  [/携带/, '打包、附带'],
  [/(?<!其)他人(?!部署$)/, '其他人'],
  [/答复/, '响应'],
  [/证明/, '验证'],
  [/发放/, '签发'],
  [/\bsocket\b/, '套接字'],
  [/(?<!纯)文本行/, '纯文本行'],
  [/可重复(?!上传)/, '可多次指定'],
  [/全部已/, '已全部'],
  [/[\u4e00-\u9fff][,;:?!](?! )|[,;?!](?=[\u4e00-\u9fff])/, '中文标点'],
  [/[\u4e00-\u9fff][A-Za-z]|(?<!\\)[A-Za-z][\u4e00-\u9fff]/, '中英文之间的空格'],
];

/** One language for each sentence: a reader of the other finds the same. */
it('is said in both languages', async () => {
  const sentences = await allSentences();
  expect(sentences.length).toBeGreaterThan(400);
  const [en, zh] = [sentences.map(({ en: text }) => text), sentences.map((each) => each['zh-CN'])];
  expect(en.filter(isChinese)).toEqual([]);
  expect(zh.filter((text) => text === 'undefined')).toEqual([]);
  if (process.env['PRINT_SENTENCES'] === undefined) return;
  const lines = sentences.map((each) => `${each.at}\n  ${each.en}\n  ${each['zh-CN']}\n`);
  process.stdout.write(`${lines.join('')}\n`);
});

const root = fileURLToPath(new URL('../../', import.meta.url));

function filesBelow(folder: string, ending: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith(ending))
    .map((name) => join(folder, name));
}

/** Rooms that write for people, without what is read by machines or in English alone. */
const writers = ['text', 'cli', 'monitor', 'reactions', 'sync', 'history', 'daemon', 'doctor', 'answers'];
const notForPeople = new Set([
  // The catalogue of the marks themselves; words in one language each; JSON; the protocol of agents; an error of ours.
  ...['src/text/text.ts', 'src/cli/init-text.ts', 'src/cli/mcp-tools.ts', 'src/history/files.ts'],
  ...filesBelow('src/text/words', '.ts'),
]);

/** `${a}: ${b}`, `${a} (${b})` and lists by commas are English: `labelled`, `noted` and `listOf` know both languages. */
it('no text is put together with English marks', () => {
  const files = writers.flatMap((room) => filesBelow(`src/${room}`, '.ts'));
  const found = files
    .filter((file) => !notForPeople.has(file))
    .flatMap((file) =>
      readFileSync(join(root, file), 'utf8')
        .split('\n')
        .filter((line) => /\}: \$\{|\} \(\$\{|join\('[,:;] '\)|\.detail\} \$\{|\.message\} \$\{/.test(line))
        .map((line) => `${file}: ${line.trim()}`),
    );
  expect(found).toEqual([]);
});

/** A line of a Chinese document without what stands as it is: code, targets of links, and the anchors that follow the headings. */
const proseOf = (line: string): string => line.replace(/`[^`]*`/g, '`x`').replace(/\]\([^)]*\)/g, ']');

function refusedIn(text: string, list: typeof english): string[] {
  return list
    .filter(([refused]) => refused.test(text))
    .map(([refused, instead]) => `${refused.exec(text)?.[0]} → ${instead}: ${text}`);
}

const chineseDocuments = ['README.zh-CN.md', ...filesBelow('docs', '.zh-CN.md')];

const isChinese = (text: string): boolean => /[\u4e00-\u9fff]/.test(text);

/** Every source whose literals people read: the catalogues, the keys, and what an editor shows of the configuration. */
const sources = [...filesBelow('src/text/words', '.ts'), 'src/monitor/keys.ts', 'src/config/schema-page.ts'];

/** The comments of a source that begin a line, or follow code on it. */
function commentsOf(code: string): string[] {
  const found = code.match(/(?<=^[ \t]*)\/\*[\s\S]*?\*\/|(?<=^|[\s;{,])\/\/ .*$/gm) ?? [];
  return found.map((comment) => comment.replace(/`[^`]*`/g, '``').replace(/@param \w+/g, '@param'));
}

const commented = ['src', 'test', 'scripts'].flatMap((folder) =>
  ['.ts', '.mjs'].flatMap((ending) => filesBelow(folder, ending)),
);

describe('words that are not used', () => {
  it.each(sources)('%s', (file) => {
    const texts = literals(readFileSync(join(root, file), 'utf8'));
    const found = texts.flatMap((text) => refusedIn(text, isChinese(text) ? chinese : english));
    expect(found).toEqual([]);
  });

  it('in comments', () => {
    const found = commented.flatMap((file) =>
      commentsOf(readFileSync(join(root, file), 'utf8'))
        .flatMap((comment) => refusedIn(comment, comments))
        .map((refused) => `${file}: ${refused}`),
    );
    expect(commented.length).toBeGreaterThan(400);
    expect(found).toEqual([]);
  });

  /** Whoever reads such a comment has to guess what it is about: a function, a file, a state. */
  it('in comments: a beginning that names no subject', () => {
    const found = commented.flatMap((file) =>
      commentsOf(readFileSync(join(root, file), 'utf8'))
        .filter((comment) => /^\/[*/]+\s(?:\s*\*\s)?What\b/.test(comment))
        .map((comment) => `${file}: What → the subject, in a noun: ${comment}`),
    );
    expect(found).toEqual([]);
  });

  it.each(['README.md', ...filesBelow('docs', '.md').filter((name) => !name.includes('zh-CN'))])(
    '%s',
    (file) => {
      const lines = readFileSync(join(root, file), 'utf8').split('\n');
      expect(lines.flatMap((line) => refusedIn(line, documents))).toEqual([]);
    },
  );

  it.each(chineseDocuments)('%s', (file) => {
    const text = readFileSync(join(root, file), 'utf8').replace(/^```[\s\S]*?^```$/gm, '');
    const found = text.split('\n').flatMap((line) => refusedIn(proseOf(line), chinese));
    expect(found).toEqual([]);
  });
});
