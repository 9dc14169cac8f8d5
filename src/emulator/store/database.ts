/**
 * The document database that functions reach through wx-server-sdk: enough of it for what the vendor's samples do, kept in
 * the store. Conditions, changes and stages come as data, the way `src/emulator/runner/sdk.ts` writes them down; what is not here answers
 * with an error that says so.
 */
import { randomBytes } from 'node:crypto';
import { isJsonObject, type JsonObject, parseJson } from '../model.js';
import { aggregate } from './aggregation.js';
import { applyChange, compare, decode, encode, fits, Unsupported, valueAt } from './documents.js';
import type { Storage } from './storage.js';
import { createCoalescer, createOnce } from './tasks.js';

export interface Database {
  /** Does what a function asks for. Never rejects: what is wrong is the error that the function gets. */
  run(env: string, request: JsonObject): Promise<Reply>;
  /** Writes what is not yet written. */
  close(): Promise<void>;
}

export type Reply =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly error: { readonly errCode: number; readonly errMsg: string } };

type Row = Record<string, unknown>;
type Collections = Map<string, Row[]>;

/** An environment's collections, and what writes them down. */
interface Opened {
  collections: Collections;
  readonly persist: () => Promise<void>;
  /** The state that a transaction goes back to, by its number. */
  readonly before: Map<number, Collections>;
}

/** docs/emulator.md, "wx-server-sdk": what a page holds unless `limit` says less, and at most. */
const PAGE = 100;
const MAX_PAGE = 1000;

/** Errors of the vendor's SDK: -502001 a request that fails, -1 a document that is not there. */
const REQUEST_FAILED = -502001;
const NOT_THERE = -1;

/** A failure that reaches the code with its number. */
class DatabaseError extends Error {
  readonly errCode: number;
  constructor(errCode: number, message: string) {
    super(message);
    this.errCode = errCode;
  }
}

export function createDatabase(storage: Pick<Storage, 'loadDatabase' | 'saveDatabase'>): Database {
  const envs = new Map<string, () => Promise<Opened>>();
  const loaded: Opened[] = [];
  let transactions = 0;

  function open(env: string): Promise<Opened> {
    const opened = envs.get(env) ?? createOnce(() => load(env));
    envs.set(env, opened);
    return opened();
  }

  async function load(env: string): Promise<Opened> {
    const opened: Opened = {
      collections: collectionsOf(await storage.loadDatabase(env)),
      persist: createCoalescer(() => storage.saveDatabase(env, textOf(opened.collections))),
      before: new Map(),
    };
    loaded.push(opened);
    return opened;
  }

  async function answer(env: string, request: JsonObject): Promise<unknown> {
    const opened = await open(env);
    const action = String(request['action']);
    switch (action) {
      case 'begin':
        transactions += 1;
        opened.before.set(transactions, structuredClone(opened.collections));
        return { transaction: transactions };
      case 'commit':
        opened.before.delete(Number(request['transaction']));
        return {};
      case 'rollback': {
        const before = opened.before.get(Number(request['transaction']));
        if (before !== undefined) opened.collections = before;
        opened.before.delete(Number(request['transaction']));
        await opened.persist();
        return {};
      }
      default: {
        const { value, isChange } = act(opened.collections, action, request);
        if (isChange) await opened.persist();
        return value;
      }
    }
  }

  return {
    run: async (env, request) => {
      try {
        return { ok: true, value: encode(await answer(env, request)) };
      } catch (error) {
        const errMsg = error instanceof Error ? error.message : String(error);
        const errCode = error instanceof DatabaseError ? error.errCode : REQUEST_FAILED;
        return {
          ok: false,
          error: { errCode, errMsg: `${String(request['on'])}:fail ${errCode} ${errMsg}` },
        };
      }
    },
    close: async () => {
      for (const opened of loaded) await opened.persist();
    },
  };
}

/** An action's result, and whether it changed anything. */
interface Done {
  readonly value: unknown;
  readonly isChange: boolean;
}

function act(collections: Collections, action: string, request: JsonObject): Done {
  const name = String(request['collection']);
  const rows = collections.get(name) ?? [];
  // Collections are made in the console; here the first use makes them.
  collections.set(name, rows);
  const query = decode(request['query']);
  const found = (): Row[] =>
    rows.filter((row) => fits(row, (isJsonObject(query) ? query['where'] : undefined) ?? {}));
  const data = decode(request['data']);
  switch (action) {
    case 'create':
      return { value: {}, isChange: true };
    case 'add':
      return { value: { _id: add(rows, data) }, isChange: true };
    case 'get':
      return { value: { data: page(found(), isJsonObject(query) ? query : {}) }, isChange: false };
    case 'count':
      return { value: { total: found().length }, isChange: false };
    case 'update': {
      const changed = found();
      for (const row of changed) applyChange(row, asRow(data));
      return { value: { stats: { updated: changed.length } }, isChange: changed.length > 0 };
    }
    case 'remove': {
      const removed = new Set(found());
      collections.set(
        name,
        rows.filter((row) => !removed.has(row)),
      );
      return { value: { stats: { removed: removed.size } }, isChange: removed.size > 0 };
    }
    case 'document': {
      const [row] = found();
      if (row !== undefined) return { value: { data: row }, isChange: false };
      throw new DatabaseError(NOT_THERE, `document with _id ${String(request['id'])} does not exist`);
    }
    case 'set': {
      const id = String(request['id']);
      const at = rows.findIndex((row) => row['_id'] === id);
      const row: Row = {};
      applyChange(row, { ...asRow(data), _id: id });
      if (at === -1) rows.push(row);
      else rows[at] = row;
      return {
        value: { _id: id, stats: { updated: Number(at !== -1), created: Number(at === -1) } },
        isChange: true,
      };
    }
    case 'aggregate': {
      const stages = decode(request['stages']);
      const list = aggregate(
        rows,
        Array.isArray(stages) ? stages : [],
        (other) => collections.get(other) ?? [],
      );
      return { value: { list }, isChange: false };
    }
    default:
      throw new Unsupported(`database: ${action}`);
  }
}

const asRow = (value: unknown): Row => (isJsonObject(value) ? { ...value } : {});

function add(rows: Row[], data: unknown): unknown {
  const row: Row = {};
  applyChange(row, asRow(data));
  row['_id'] ??= randomBytes(16).toString('hex');
  if (rows.some((other) => other['_id'] === row['_id'])) {
    throw new DatabaseError(REQUEST_FAILED, `duplicate key error: _id ${String(row['_id'])}`);
  }
  rows.push(row);
  return row['_id'];
}

function page(rows: readonly Row[], query: JsonObject): readonly Row[] {
  const { orders, skip, limit, fields } = query;
  const from = typeof skip === 'number' ? skip : 0;
  const count = Math.min(typeof limit === 'number' ? limit : PAGE, MAX_PAGE);
  const sorted = sort(rows, Array.isArray(orders) ? orders.filter(isJsonObject) : []);
  return sorted.slice(from, from + count).map((row) => (isJsonObject(fields) ? pick(row, fields) : row));
}

function sort(rows: readonly Row[], orders: readonly JsonObject[]): readonly Row[] {
  return [...rows].sort((a, b) => {
    for (const { field, down } of orders) {
      const order = compare(valueAt(a, String(field)), valueAt(b, String(field)));
      if (order !== 0) return down === true ? -order : order;
    }
    return 0;
  });
}

/** Either the fields named, or all but those named with `false` or 0; `_id` stays unless it is named so. */
function pick(row: Row, fields: JsonObject): Row {
  const wanted = Object.entries(fields).filter(([key, value]) => key !== '_id' && value);
  const picked: Row = {};
  if (wanted.length === 0) Object.assign(picked, structuredClone(row));
  for (const [key] of wanted) {
    const value = valueAt(row, key);
    if (value !== undefined) applyChange(picked, { [key]: value });
  }
  for (const [key, value] of Object.entries(fields)) if (!value) delete picked[key];
  if (fields['_id'] === undefined || fields['_id']) picked['_id'] = row['_id'];
  return picked;
}

function collectionsOf(text: string | null): Collections {
  const parsed = text === null ? null : parseJson(text);
  if (parsed?.ok !== true || !isJsonObject(parsed.value)) return new Map();
  return new Map(
    Object.entries(parsed.value).map(([name, rows]) => [
      name,
      (Array.isArray(rows) ? rows : []).map((row) => asRow(decode(row))),
    ]),
  );
}

const textOf = (collections: Collections): string =>
  `${JSON.stringify(encode(Object.fromEntries(collections)), null, 1)}\n`;
