/** An upload with nothing around it: the least that any program could do. */
import type { Emulator } from '../../src/emulator/index.js';

/** Posts the body to the emulator and waits for the answer. */
export async function post(emulator: Emulator, body: Buffer): Promise<void> {
  const { request } = await import('undici');
  const url = `${emulator.url}/componenttcb/batchuploadscfcode?access_token=${emulator.token}`;
  const headers = { 'content-type': 'application/json' };
  const answer = await request(url, { method: 'POST', body, headers });
  await answer.body.text();
}
