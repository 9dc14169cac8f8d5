/** Why a function's file cannot be read, and what to do: by the system's code, or one of ours. */
import type { ContentProblem } from '../../model/nouns.js';
import type { Catalogue } from '../language.js';
import { type Explanation, explain } from './explanation.js';

/** A file's trouble, in words where the code is one of ours. */
export const codeWords: Catalogue<(code: string) => string> = {
  en: (code) => wordsEn[code] ?? code,
  'zh-CN': (code) => wordsZh[code] ?? code,
};

const wordsEn: Readonly<Record<string, string>> = {
  NOTFILE: 'it is a device',
  TOOLARGE: 'it is too large',
  NOANSWER: 'it is a pipe that gave no text in time',
};
const wordsZh: Readonly<Record<string, string>> = {
  NOTFILE: '它是设备文件',
  TOOLARGE: '文件过大',
  NOANSWER: '它是管道，读取超时',
};

type Unreadable = Extract<ContentProblem, { reason: 'unreadable' }>;

export function unreadableEn({ path, code, target }: Unreadable): Explanation {
  if (target !== undefined)
    return explain(
      `${path} is a link to ${target}, and nothing is there (${code}).`,
      'Restore the target, or remove or ignore the link.',
    );
  switch (code) {
    case 'ENOENT':
      return explain(`${path} does not exist.`, 'Restore it, ignore it, or remove it from `shared`.');
    case 'EILSEQ':
      return explain(
        `${path} has a name that a zip cannot carry: a backslash, a drive letter, or bytes that are not Unicode.`,
        'Rename it, or ignore it.',
      );
    case 'EBUSY':
      return explain(
        `Another program has ${path} open, so it cannot be read (${code}).`,
        'It is read again automatically as soon as that program closes it.',
      );
    case 'ETORN':
      return explain(
        `${path} changed each time it was read.`,
        'It is read again after its next change. If it keeps changing, ignore it.',
      );
    case 'NOTUTF8':
      return explain(`${path} is not UTF-8 text, so its patterns cannot be read.`, 'Save it as UTF-8.');
    case 'NOTOURS':
      return explain(
        `${path} belongs to another user, so its patterns are not followed.`,
        'If you trust it, make it yours with chown, or remove it.',
      );
    case 'EISDIR':
    case 'NOTFILE':
      return explain(`${path} is not a regular file.`, 'Replace it with a text file, or remove it.');
    case 'TOOLARGE':
      return explain(`${path} is too large for a file of this kind.`, 'Make it smaller, or remove it.');
    case 'NOANSWER':
      return explain(`${path} could not be read in time.`, 'Replace it with a regular file, or remove it.');
    default:
      return explain(
        `${path} cannot be read (${code}).`,
        'Check its permissions, or ignore it. If another program has it open, it is read again automatically.',
      );
  }
}

export function unreadableZh({ path, code, target }: Unreadable): Explanation {
  if (target !== undefined)
    return explain(
      `${path} 是指向 ${target} 的链接，但目标不存在（${code}）。`,
      '请恢复目标，或删除、忽略该链接。',
    );
  switch (code) {
    case 'ENOENT':
      return explain(`${path} 不存在。`, '请恢复它、忽略它，或从 `shared` 中删除。');
    case 'EILSEQ':
      return explain(`${path} 的名称无法写入 zip：含有反斜杠、盘符或非 Unicode 字节。`, '请重命名或忽略它。');
    case 'EBUSY':
      return explain(`${path} 正被其他程序占用，无法读取（${code}）。`, '该程序关闭文件后会自动重新读取。');
    case 'ETORN':
      return explain(`${path} 每次读取时都在变化。`, '下次修改后会重新读取；如果一直在变，请忽略它。');
    case 'NOTUTF8':
      return explain(`${path} 不是 UTF-8 文本，无法读取其中的规则。`, '请另存为 UTF-8。');
    case 'NOTOURS':
      return explain(
        `${path} 属于其他用户，因此不会采用其中的规则。`,
        '如果信任它，请用 chown 改为自己所有，或删除它。',
      );
    case 'EISDIR':
    case 'NOTFILE':
      return explain(`${path} 不是普通文件。`, '请换成文本文件，或删除它。');
    case 'TOOLARGE':
      return explain(`${path} 过大，超出此类文件的上限。`, '请精简内容，或删除该文件。');
    case 'NOANSWER':
      return explain(`读取 ${path} 超时。`, '请换成普通文件，或删除它。');
    default:
      return explain(
        `无法读取 ${path}（${code}）。`,
        '请检查权限，或忽略它。如果是被其他程序占用，会自动重新读取。',
      );
  }
}
