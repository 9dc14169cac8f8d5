import type { Catalogue } from '../language.js';

/** Notifications of the desktop. They hold names alone, and no text from outside. */
export interface NotifyWords {
  /** @param targets `pay (dev, test)`, at most a few */
  readonly failed: (targets: string, more: number) => string;
  readonly recovered: string;
}

export const notifyWords: Catalogue<NotifyWords> = {
  en: {
    failed: (targets, more) => `Not live: ${targets}${more > 0 ? ` and ${more} more` : ''}`,
    recovered: 'Everything is live again',
  },
  'zh-CN': {
    failed: (targets, more) => `未生效：${targets}${more > 0 ? ` 等另外 ${more} 个` : ''}`,
    recovered: '已全部恢复生效',
  },
};
