import type { FunctionRecord, UploadOperation } from '../model.js';

const busyText = (status: string): string =>
  `FailedOperation.UpdateFunctionCode: 当前函数处于${status}状态，无法进行此操作，请稍后重试。`;

/** The message seen in public posts: cloud-api.md, "Exact busy message". */
export const BUSY_UPDATING = busyText('Updating');
export const BUSY_CREATING = busyText('Creating');

/** Why code is not taken for a function in the state it is in; null when it is. */
export function refusalOf(
  operation: UploadOperation,
  record: FunctionRecord | undefined,
  name: string,
): string | null {
  if (record === undefined) {
    const missing = `ResourceNotFound.Function: FunctionName parameter could not be found, function [${name}]`;
    return operation === 'update' ? missing : null;
  }
  // Ruled here, no source has the words: a text of its own, so that it is neither waited for nor tried the other way.
  if (record.status === 'CreateFailed') {
    return `InvalidStatus.Function: [${name}] is CreateFailed and must be deleted before it can be created again`;
  }
  if (operation === 'create') return `ResourceInUse.Function: function [${name}] already exists`;
  if (record.status === 'Creating') return BUSY_CREATING;
  return record.status === 'Updating' ? BUSY_UPDATING : null;
}
