/** How much of the day's quotas is used, where the vendor publishes it. */
import type { Cloud } from '../cloud/cloud.js';
import type { Config } from '../config/model.js';
import { isUnpublished, usedUpAt } from '../core/quotas.js';
import type { Finding } from '../model/finding.js';
import { type MeteredCall, meteredCalls, type PublishedQuota } from '../model/nouns.js';
import { steadyNow } from '../system/clock.js';

const project = { function: null, env: null } as const;

/** Nothing is said of what is not published. */
export async function checkQuotas(
  cloud: Pick<Cloud, 'quota'>,
  { requestsPerSecond }: Pick<Config, 'requestsPerSecond'>,
): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  const rates: number[] = [];
  for (const api of meteredCalls) {
    const outcome = await cloud.quota(api);
    if (outcome.ok) {
      if (outcome.quota.limit > 0) findings.push(findingOf(api, outcome.quota));
      if (outcome.quota.perSecond !== null) rates.push(outcome.quota.perSecond);
    } else if (!isUnpublished(outcome.failure)) {
      // The other calls would be answered alike.
      return [...findings, { kind: 'quota-unknown', ...project, failure: outcome.failure }];
    }
  }
  const rate = Math.min(...rates);
  return rate < requestsPerSecond ? [...findings, { kind: 'rate-lowered', ...project, rate }] : findings;
}

function findingOf(api: MeteredCall, quota: PublishedQuota): Finding {
  const { used, limit } = quota;
  const figures = { ...project, api, used, limit };
  if (used >= limit) return { kind: 'quota-gone', ...figures };
  const until = usedUpAt({ last: { quota, at: steadyNow() }, earlier: null });
  return used * 2 > limit ? { kind: 'quota-high', ...figures, until } : { kind: 'quota-known', ...figures };
}
