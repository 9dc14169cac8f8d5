/** The part of fs-native-extensions 1.5 that is used: its own package brings no types. */
declare module 'fs-native-extensions' {
  /** Locks a range of an open file for this file description alone. False: somebody else holds it. Throws system errors. */
  export function tryLock(descriptor: number, offset?: number, length?: number): boolean;
}
