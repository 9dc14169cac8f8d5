/** How much of the day's quota of a call is used, where the vendor publishes it. */
import type { MeteredCall } from '../../model/nouns.js';
import type { Catalogue } from '../language.js';

interface QuotaWords {
  readonly calls: Readonly<Record<MeteredCall, string>>;
  /** @param call in the words of `calls` */
  readonly used: (call: string, used: string, limit: string) => string;
  /** Behind it. @param time at which nothing is left */
  readonly until: (time: string) => string;
  readonly usedUp: string;
  /** In the header. */
  readonly brief: (call: string, share: string) => string;
  readonly briefUntil: (time: string) => string;
}

export const quotaWords: Catalogue<QuotaWords> = {
  en: {
    calls: {
      '/componenttcb/batchuploadscfcode': 'uploads',
      '/componenttcb/batchuploadscf': 'creations',
      '/componenttcb/getscflist': 'lists',
    },
    used: (call, used, limit) => `${used} of ${limit} ${call} used today`,
    until: (time) => `; at this pace none are left at ${time}`,
    usedUp: '; none are left today',
    brief: (call, share) => `${call} ${share}`,
    briefUntil: (time) => ` (until ${time})`,
  },
  'zh-CN': {
    calls: {
      '/componenttcb/batchuploadscfcode': '上传',
      '/componenttcb/batchuploadscf': '创建函数',
      '/componenttcb/getscflist': '查询列表',
    },
    used: (call, used, limit) => `今日${call}额度已用 ${used}/${limit}`,
    until: (time) => `；按目前的速度，将于 ${time} 用完`,
    usedUp: '；今日已用完',
    brief: (call, share) => `${call} ${share}`,
    briefUntil: (time) => `（可用至 ${time}）`,
  },
};

const figure = (count: number): string => count.toLocaleString('en-US');

/** `812/10,000`. */
export const shareText = (used: number, limit: number): string => `${figure(used)}/${figure(limit)}`;

interface UsedQuota {
  readonly api: MeteredCall;
  readonly used: number;
  readonly limit: number;
  /** The time in words; null: it lasts. */
  readonly until: string | null;
}

/** A sentence without its stop. */
export function quotaText({ api, used, limit, until }: UsedQuota, language: keyof typeof quotaWords): string {
  const words = quotaWords[language];
  const text = words.used(words.calls[api], figure(used), figure(limit));
  if (used >= limit) return `${text}${words.usedUp}`;
  return until === null ? text : `${text}${words.until(until)}`;
}
