import { randomBytes } from 'node:crypto';

/** An answer of the API: always an errcode and a message, and what the call adds. */
export interface Answer {
  readonly errcode: number;
  readonly errmsg: string;
  readonly [field: string]: unknown;
}

export const succeeded = (fields: Readonly<Record<string, unknown>> = {}): Answer => ({
  ...fields,
  errcode: 0,
  errmsg: 'ok',
});

/** A failure of the whole call. The request's id is put at the message's end when it is sent. */
export const refused = (errcode: number, errmsg: string): Answer => ({ errcode, errmsg });

/** cloud-api.md, "Errors": documented meanings. */
export const invalidArgs = (what: string): Answer => refused(40097, `invalid args: ${what}`);
export const missingParameter = (name: string): Answer => refused(40101, `missing parameter: ${name}`);

/** Single-environment calls have no list to put these into; the texts are those of the lists. */
export const noSuchEnv = (env: string): Answer =>
  refused(-501000, `ResourceNotFound.Namespace: can't find the env [${env}]`);
export const noSuchFunction = (name: string): Answer =>
  refused(
    -501000,
    `ResourceNotFound.Function: FunctionName parameter could not be found, function [${name}]`,
  );

/** A request's id as the vendor prints it: three groups of eight hexadecimal digits. */
export const newRid = (): string => [1, 2, 3].map(() => randomBytes(4).toString('hex')).join('-');

/** One environment's failure in a list, under the name that this call's list uses for the message. */
export type EnvFailure = Readonly<Record<string, string>>;
