/** The text of src/proof/helper-text.ts, of that of src/proof/helper.cjs. */
export function minified(source: string): string;
