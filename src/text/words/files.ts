/** What `status --files NAME` says. */
import type { Catalogue } from '../language.js';

export interface FilesWords {
  readonly packed: (count: number, size: string) => string;
  readonly left: (count: number) => string;
  /** Where the rule stands. */
  readonly by: (rule: string, source: string) => string;
  /** Not by a rule: the local link to a shared folder, and what is no file at all. */
  readonly shared: string;
  readonly special: string;
  readonly built: string;
}

export const filesWords: Catalogue<FilesWords> = {
  en: {
    packed: (count, size) => `${count} packed, ${size} before packing`,
    left: (count) => `${count} left out`,
    by: (rule, source) => `${rule} (${source})`,
    shared: 'the local link; the shared folder itself is packed',
    special: 'neither a file nor a folder',
    built: 'This function has a build: listed is its folder, not what the build makes.',
  },
  'zh-CN': {
    packed: (count, size) => `打包 ${count} 个，压缩前 ${size}`,
    left: (count) => `不打包 ${count} 个`,
    by: (rule, source) => `${rule}（${source === 'built-in' ? '内置' : source}）`,
    shared: '本地链接；共享文件夹本身会打包',
    special: '既不是文件也不是文件夹',
    built: '该函数需要构建：列出的是其文件夹，而不是构建产物。',
  },
};
