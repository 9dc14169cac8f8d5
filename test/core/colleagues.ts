/**
 * Somebody else deploys to the same environments, and a person says what is to become of it. What they did is noted apart from the
 * core, so that nothing of theirs is replaced without a reason and none of it is taken for ours.
 */
import type { PushJob } from '../../src/model/event.js';

/** How often what is about other people's deployments happened. */
export interface Tally {
  /** The core saw that somebody else had deployed. */
  seen: number;
  /** Our own change was kept back by it (`onForeignChange: "hold"`). */
  keptBack: number;
  /** Our own change went over it (`onForeignChange: "warn"`). */
  replaced: number;
  /** A person went back to content of ours over it. */
  undone: number;
  /** A person took back what was undone. */
  redone: number;
  /** A person let it stay. */
  adopted: number;
  /** It was in order to the end. */
  stayed: number;
}

export function noTally(): Tally {
  return { seen: 0, keptBack: 0, replaced: 0, undone: 0, redone: 0, adopted: 0, stayed: 0 };
}

export function sumOf(one: Tally, other: Tally): Tally {
  return {
    seen: one.seen + other.seen,
    keptBack: one.keptBack + other.keptBack,
    replaced: one.replaced + other.replaced,
    undone: one.undone + other.undone,
    redone: one.redone + other.redone,
    adopted: one.adopted + other.adopted,
    stayed: one.stayed + other.stayed,
  };
}

/** A deployment of theirs over content of ours that the core knew to run, so that a look shows it. */
interface Deployment {
  readonly at: number;
  readonly over: string;
}

/** The facts that are known of the function and the environment that an upload goes to. */
export interface Circumstances {
  readonly target: string;
  /** A person asked for it, by force or by going back. */
  readonly isAsked: boolean;
  /** The environment can be looked at. */
  readonly isListed: boolean;
  readonly wantedAt: number;
  /** Changes of our own wait for a look, and stay behind what it shows. */
  readonly holds: boolean;
}

export class Colleagues {
  readonly tally = noTally();
  private readonly deployments = new Map<string, Deployment>();
  /** Where a person let theirs stay, and the content that the disk held then. */
  private readonly stays = new Map<string, string>();
  /** The same, until an upload is accepted: one that was refused changes nothing. */
  private readonly said = new Map<string, string>();
  private seen = new Set<string>();
  private kept = new Set<string>();

  /** @param over the content of ours that the core knows to run there; null: it could not distinguish theirs from it */
  deployed(target: string, at: number, over: string | null): void {
    if (over !== null && !this.deployments.has(target)) this.deployments.set(target, { at, over });
  }

  adopted(target: string, content: string): void {
    this.tally.adopted += 1;
    // From here on it is over what is on disk.
    this.deployments.delete(target);
    this.stays.set(target, content);
    this.said.set(target, content);
  }

  /** From here on nobody can say what runs there. */
  forget(target: string): void {
    this.deployments.delete(target);
    this.stays.delete(target);
  }

  forgetAll(): void {
    this.deployments.clear();
    this.stays.clear();
    this.said.clear();
  }

  /** An upload begins. @returns what is wrong with it, or null */
  faultOf(job: PushJob, circumstances: Circumstances): string | null {
    const { target, isAsked, isListed, wantedAt, holds } = circumstances;
    const theirs = this.deployments.get(target);
    const stays = this.stays.get(target);
    this.forget(target);
    if (isAsked) return null;
    if (stays === job.fingerprint) return `${target}: what was let stay is replaced without a change of ours`;
    if (theirs === undefined) return null;
    if (theirs.over === job.fingerprint) return `${target}: what ran before theirs is sent again by itself`;
    const isKept = holds && isListed && theirs.at < wantedAt;
    return isKept ? `${target}: a change is sent over theirs without a look` : null;
  }

  /** Whether a look has to show that somebody else's code runs there. */
  isVisible(target: string): boolean {
    return this.deployments.has(target);
  }

  /** A person let it stay as long as the disk holds this content. */
  isLetStay(target: string, content: string | undefined): boolean {
    return content !== undefined && this.stays.get(target) === content;
  }

  /** Some time before, and nothing of ours has gone there since. */
  wasLetStay(target: string, content: string | undefined): boolean {
    return content !== undefined && this.said.get(target) === content;
  }

  /** The cloud accepted content of ours. */
  accepted(target: string): void {
    this.said.delete(target);
  }

  /** @param foreign the targets of which the core says that theirs runs there, @param kept those of them that keep a change of ours back */
  count(foreign: readonly string[], kept: readonly string[]): void {
    this.tally.seen += foreign.filter((target) => !this.seen.has(target)).length;
    this.tally.keptBack += kept.filter((target) => !this.kept.has(target)).length;
    this.seen = new Set(foreign);
    this.kept = new Set(kept);
  }
}
