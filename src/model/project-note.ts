/** Something that was found and not taken over, so that nobody believes it was. */
type AnyNote =
  | { readonly kind: 'unreadable'; readonly file: string; readonly code: string }
  /** `line` null: the whole of it. */
  | { readonly kind: 'not-understood'; readonly file: string; readonly line: number | null }
  /** A value in a .js file that only running it would give. */
  | { readonly kind: 'computed'; readonly file: string; readonly line: number }
  /** A key that is read and whose value is of no form that is known. */
  | { readonly kind: 'odd-value'; readonly file: string; readonly key: string }
  | { readonly kind: 'root-missing'; readonly file: string; readonly root: string }
  | {
      readonly kind: 'pattern-left';
      readonly file: string;
      readonly pattern: string;
      /** It cannot be written as a gitignore pattern; it would leave out what a function needs to start. */
      readonly why: 'regexp' | 'needed';
    }
  /** An environment's place that nobody has filled in: `{{envId}}`, `your-env-id`. */
  | { readonly kind: 'placeholder'; readonly file: string; readonly value: string }
  | { readonly kind: 'variable-unset'; readonly file: string; readonly name: string }
  /** The variable file of a production mode: nobody syncs there on every save. */
  | { readonly kind: 'production-left'; readonly file: string }
  /** Functions in TypeScript, and no esbuild to build them with. */
  | { readonly kind: 'esbuild-absent'; readonly functions: readonly string[] };

export type ProjectNoteKind = AnyNote['kind'];
export type ProjectNote<Kind extends ProjectNoteKind = ProjectNoteKind> = Extract<AnyNote, { kind: Kind }>;
