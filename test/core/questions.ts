/**
 * A person at a first start, who is asked before code in the cloud is replaced that this project has never sent. What was asked is
 * noted apart from the core, so that nothing is replaced that no question named.
 */
export class Questions {
  /** The targets that this project has begun to send to. */
  private readonly sent = new Set<string>();
  /** Code that was in the cloud at a question that did not name it, and the content that the disk held then. */
  private readonly unnamed = new Map<string, string>();
  /** How often a question named something, and nobody was asked about an environment because nothing of it would be replaced. */
  readonly tally = { asked: 0, unasked: 0 };

  /** An environment's question is over: the code that lay there, and what of it the question named. */
  answered(there: ReadonlyMap<string, string>, named: ReadonlySet<string>): void {
    if (named.size > 0) this.tally.asked += 1;
    else this.tally.unasked += 1;
    for (const [target, content] of there)
      if (!named.has(target) && !this.sent.has(target)) this.unnamed.set(target, content);
  }

  /** An upload begins. @returns what is wrong with it, or null */
  faultOf(target: string, content: string, isSaid: boolean): string | null {
    const isUnnamed = this.unnamed.get(target) === content && !isSaid;
    this.sent.add(target);
    this.unnamed.delete(target);
    return isUnnamed ? `${target}: ${content} replaces code that no question named` : null;
  }

  /** Another cloud: nothing was sent there. */
  forgetAll(): void {
    this.sent.clear();
    this.unnamed.clear();
  }
}
