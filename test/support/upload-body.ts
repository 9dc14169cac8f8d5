import { draftUploadBody } from '../../src/upload/body.js';

/** The body of an upload whose zip is at hand. */
export function buildUploadBody(upload: {
  readonly functionname: string;
  readonly envs: readonly string[];
  readonly zip: Uint8Array;
}): Promise<Buffer> {
  return draftUploadBody(upload).finish(upload.zip);
}
