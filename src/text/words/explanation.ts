export interface Explanation {
  /** What happened, to what. */
  readonly detail: string;
  /** What to do now; empty where there is nothing to do. */
  readonly hint: string;
}

export function explain(detail: string, hint = ''): Explanation {
  return { detail, hint };
}
