/** Contents that were sent before, as they are sent once more: with the helper of today where it goes along. */
import { type DressedAgain, dressAgain } from '../content/dressing.js';
import type { PackedFile } from '../content/snapshot.js';
import type { History } from '../history/history.js';
import type { Version } from '../history/model.js';
import type { UndoStep } from '../history/undo.js';
import type { EventOf, PushJob, PushOutcome } from '../model/event.js';
import type { Fingerprint, FunctionName, FunctionSpec } from '../model/nouns.js';
import { dressedFingerprint } from '../proof/key.js';
import type { UploadBodies, UploadContent } from '../upload/bodies.js';

export interface Earlier {
  /** The steps with the fingerprints of what is sent for them. */
  aim(name: FunctionName, steps: readonly UndoStep[]): Promise<EventOf<'undo'>['steps']>;
  /** The body of exactly this content, or why there is none to send. */
  bodyFor(job: PushJob): Promise<EarlierContent | PushOutcome>;
}

export interface EarlierContent extends UploadContent {
  readonly version: Version;
}

export interface EarlierOptions {
  readonly history: Pick<History, 'read' | 'filesOf'>;
  readonly bodies: Pick<UploadBodies, 'bodyOf'>;
  readonly specOf: (name: FunctionName) => FunctionSpec | undefined;
  /** Of the key that a function's helper answers to; null: no upload carries the helper. */
  readonly keyDigestOf: (name: FunctionName) => string | null;
}

export function createEarlier({ history, bodies, specOf, keyDigestOf }: EarlierOptions): Earlier {
  const dress = async (name: FunctionName, files: readonly PackedFile[]): Promise<DressedAgain | null> => {
    const keyDigest = keyDigestOf(name);
    return keyDigest === null ? null : dressAgain(name, files, keyDigest);
  };

  const aimStep = async (name: FunctionName, step: UndoStep): Promise<EventOf<'undo'>['steps'][number]> => {
    const version = step.fingerprint === null ? null : await versionOf(name, step.fingerprint);
    // The core says it where nothing is kept, as for everything that cannot be sent.
    if (version === null) return step;
    const { env } = step;
    const carries = specOf(name)?.helperIn?.includes(env) === true;
    const files = carries ? await history.filesOf(name, version.fingerprint) : null;
    const dressed = files === null ? null : await dress(name, files);
    if (dressed !== null) return { env, fingerprint: dressed.fingerprint, dressed: true };
    return { env, fingerprint: files === null && carries ? version.fingerprint : version.content };
  };

  /** The version that is kept of it, whatever helper it went with then. */
  const versionOf = async (name: FunctionName, fingerprint: Fingerprint): Promise<Version | null> => {
    const { versions } = await history.read(name);
    const keyDigest = keyDigestOf(name);
    const isIt = ({ content }: Version): boolean =>
      content === fingerprint ||
      (keyDigest !== null && dressedFingerprint(content, keyDigest) === fingerprint);
    return versions.find((each) => each.fingerprint === fingerprint) ?? versions.find(isIt) ?? null;
  };

  return {
    aim: (name, steps) => Promise.all(steps.map((step) => aimStep(name, step))),
    async bodyFor({ function: name, fingerprint, envs }) {
      const version = await versionOf(name, fingerprint);
      const files = version === null ? null : await history.filesOf(name, version.fingerprint);
      if (version === null || files === null) return notKept(fingerprint);
      if (version.content === fingerprint)
        return { ...(await bodies.bodyOf(name, files, files, envs)), version };
      const dressed = await dress(name, files);
      // It was asked for by a release with another helper, which is not to be had any more: a person has to ask again.
      if (dressed?.fingerprint !== fingerprint) return notKept(fingerprint);
      return { ...(await bodies.bodyOf(name, files, dressed.entries, envs)), version };
    },
  };
}

function notKept(fingerprint: Fingerprint): PushOutcome {
  const nothing = { errcode: null, httpStatus: null, rid: null, retryAfterMs: null };
  const message = `version ${fingerprint.slice(0, 8)} is not kept any more`;
  return { type: 'failed', failure: { class: 'function', origin: 'history', message, ...nothing } };
}
