/**
 * Mints a component token of our own. It replaces the one that the team's platform uses, which dies about 5 minutes
 * later (docs/cloud-api.md, "The token"): so it is minted as seldom as can be.
 */

import type { TokenSource } from '../../config/model.js';
import { steadyNow } from '../../system/clock.js';
import { readAnswer } from '../answers.js';
import { readTokenFile } from './file.js';
import { checkToken, noToken, type Reading, type TokenDependencies } from './reading.js';

type ComponentSource = Extract<TokenSource, { readonly kind: 'component' }>;
type Minted = Extract<Reading, { readonly ok: true }> & { readonly renewAt: number };
type Failed = Extract<Reading, { readonly ok: false }>;

/** A token of 7200 s is renewed after 1 h 50: this much before its end. */
const renewBeforeMs = 10 * 60_000;
/** So many may be minted in one span: a token that is refused at once must not make us mint without end. */
const mostMinted = 3;
const mintSpanMs = 5 * 60_000;

/** Gives the same token until it is due for renewal or the cloud refused it. */
export function createComponentReader(
  source: ComponentSource,
  dependencies: TokenDependencies,
): { read(signal: AbortSignal): Promise<Reading>; rejected(value: string): void } {
  const now = dependencies.now ?? steadyNow;
  let held: Minted | null = null;
  let refused = false;
  let minted: readonly number[] = [];
  dependencies.redactor.add(source.appSecret);
  if (source.verifyTicket.kind === 'value') dependencies.redactor.add(source.verifyTicket.value);
  return {
    async read(signal) {
      minted = minted.filter((at) => now() - at < mintSpanMs);
      const good = held !== null && !refused && now() < held.renewAt;
      if (held !== null && (good || minted.length >= mostMinted)) return held;
      const reading = await mint(source, dependencies, signal, now());
      if (!reading.ok) return reading;
      minted = [...minted, now()];
      held = reading;
      refused = false;
      return reading;
    },
    rejected(value) {
      if (value === held?.value) refused = true;
    },
  };
}

async function mint(
  source: ComponentSource,
  dependencies: TokenDependencies,
  signal: AbortSignal,
  issuedAt: number,
): Promise<Minted | Failed> {
  const ticket = await readTicket(source.verifyTicket);
  if (!ticket.ok) return noToken(`component-ticket:${ticket.problem}`);
  dependencies.redactor.add(ticket.value);
  const outcome = await dependencies.http.request({
    method: 'POST',
    url: `${dependencies.endpoint}/cgi-bin/component/api_component_token`,
    headers: { 'content-type': 'application/json' },
    body: Buffer.from(
      JSON.stringify({
        component_appid: source.appId,
        component_appsecret: source.appSecret,
        component_verify_ticket: ticket.value,
      }),
    ),
    signal,
  });
  const answer = readAnswer(outcome, 'component_access_token');
  if (answer.ok) return readMinted(answer.fields, issuedAt);
  const { errcode, message, rid } = answer.failure;
  const text = dependencies.redactor.redact(rid === null ? message : `${message} (rid ${rid})`);
  if (errcode === null) return noToken(`component-unreachable:${text}`);
  const passes = answer.failure.class === 'transient';
  return noToken(
    passes ? `component-unreachable:${errcode} ${text}` : `component-refused:${errcode}:${text}`,
  );
}

function readTicket(ticket: ComponentSource['verifyTicket']): Promise<Reading> {
  return ticket.kind === 'file'
    ? readTokenFile(ticket.path)
    : Promise.resolve(checkToken(ticket.value, 'verifyTicket'));
}

/** `{component_access_token, expires_in}`, the life in seconds. */
function readMinted(fields: Readonly<Record<string, unknown>>, issuedAt: number): Minted | Failed {
  const { component_access_token: value, expires_in: seconds } = fields;
  if (typeof value !== 'string' || typeof seconds !== 'number' || !(seconds > 0)) {
    return noToken('malformed:component');
  }
  const checked = checkToken(value, 'component');
  if (!checked.ok) return checked;
  const lifeMs = seconds * 1000;
  return {
    ...checked,
    renewAt: issuedAt + Math.max(lifeMs - renewBeforeMs, lifeMs / 2),
    expiresAt: issuedAt + lifeMs,
  };
}
