import { expectTypeOf, it } from 'vitest';
import type { z } from 'zod';
import type { ConfigInput } from '../../src/config/input.js';
import type { configSchema } from '../../src/config/schema.js';

/** Without the `undefined` that zod adds to what may be left out. */
type Stated<T> = T extends object ? { [K in keyof T]: Stated<Exclude<T[K], undefined>> } : T;

/** The compiler finds it: `npm run typecheck`. */
it('is what the schema takes, key by key', () => {
  expectTypeOf<ConfigInput>().toEqualTypeOf<Stated<z.input<typeof configSchema>>>();
});
