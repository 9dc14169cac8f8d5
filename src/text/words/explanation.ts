export interface Explanation {
  /** The event, and the thing that it happened to. */
  readonly detail: string;
  /** The remedy; empty where there is nothing to do. */
  readonly hint: string;
}

export function explain(detail: string, hint = ''): Explanation {
  return { detail, hint };
}
