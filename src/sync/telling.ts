/** What is told of what happens, and what is taken out of it first. */

import type { Redactor } from '../cloud/redact.js';
import type { Event } from '../model/event.js';
import type { Fact } from '../model/fact.js';

/** Told in a dry run besides `planned`: what would keep the rest from being sent. */
export const toldInDryRun = new Set<Fact['event']>(['held', 'token', 'offline', 'online', 'notice']);

/** A dry run's uploads: accepted at once, and never sent. */
export function plannedFacts(event: Event): Fact[] {
  if (event.type !== 'push-ended' || event.outcome.type !== 'answered') return [];
  const { function: name, envs, fingerprint, cause } = event.job;
  return [{ event: 'planned', function: name, envs, fingerprint, cause }];
}

/** Secrets are kept out of every fact's text; names, sizes and fingerprints hold none. */
export function redacted(fact: Fact, redactor: Redactor): Fact {
  switch (fact.event) {
    case 'push-failed':
      return { ...fact, message: redactor.redact(fact.message), hint: redactor.redact(fact.hint) };
    case 'held':
    case 'lost':
    case 'offline':
    case 'notice':
      return { ...fact, detail: redactor.redact(fact.detail), hint: redactor.redact(fact.hint) };
    case 'online':
      return { ...fact, detail: redactor.redact(fact.detail) };
    case 'token':
      return { ...fact, detail: fact.detail === null ? null : redactor.redact(fact.detail) };
    default:
      return fact;
  }
}
