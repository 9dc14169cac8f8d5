import * as undici from 'undici';
import { expect, it } from 'vitest';
import { loadHttpParts } from '../../src/cloud/http-parts.js';

it('what is loaded of undici is what its index offers', async () => {
  const { Agent, buildConnector } = await loadHttpParts();
  expect([Agent === undici.Agent, buildConnector === undici.buildConnector]).toEqual([true, true]);
});
