/** An upload with nothing around it: the least that any program could do. */

/** Posts the body and waits for the answer. */
export async function post(endpoint: string, body: Buffer): Promise<void> {
  const { request } = await import('undici');
  const url = `${endpoint}/componenttcb/batchuploadscfcode?access_token=token`;
  const headers = { 'content-type': 'application/json' };
  const answer = await request(url, { method: 'POST', body, headers });
  await answer.body.text();
}
