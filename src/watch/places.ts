/**
 * The folders that the caller named, and where they really are. A folder may be a link, may be missing, and may be another
 * one after it was deleted and made again; the tree below knows real, existing folders only.
 */

import { sep } from 'node:path';
import { isWithin, spelledBySystem } from '../system/paths.js';
import type { WatchedPlaces } from './model.js';
import { identityOf, lookThrough } from './stat.js';

export interface Place {
  /** As the caller wrote it. */
  readonly given: string;
  readonly kind: 'root' | 'extra';
  /** Without links; null while it is not there. */
  real: string | null;
  identity: string | null;
}

export interface Places {
  all(): readonly Place[];
  /** The real folders that exist. */
  tops(): readonly string[];
  /** The place whose real folder this is. */
  at(dir: string): Place | undefined;
  /** A real path in the caller's own terms. */
  toGiven(path: string): string;
  update(places: WatchedPlaces): void;
  /** Rescans every place and reports those that went, came, or are another folder now. */
  look(): void;
}

/** @param onMoved the place is as it is now; `before`: its real folder until now. Not called for the first places. */
export function createPlaces(
  first: WatchedPlaces,
  onMoved: (place: Place, before: string | null) => void,
): Places {
  let places = listed(first).map(settled);
  const look = (): void => {
    for (const place of places) {
      const { real, identity } = place;
      settled(place);
      if (place.real !== real || place.identity !== identity) onMoved(place, real);
    }
  };
  return {
    all: () => places,
    tops: () => places.flatMap((place) => (place.real === null ? [] : [place.real])),
    at: (dir) => places.find((place) => place.real === dir),
    toGiven: (path) => toGiven(places, path),
    update: (next) => {
      const wanted = listed(next);
      const gone = places.filter((place) => !wanted.some((other) => same(place, other)));
      const added = wanted.filter((place) => !places.some((other) => same(place, other)));
      places = [...places.filter((place) => !gone.includes(place)), ...added];
      for (const place of gone) {
        const before = place.real;
        place.real = null;
        if (before !== null) onMoved(place, before);
      }
      look();
    },
    look,
  };
}

function listed(places: WatchedPlaces): Place[] {
  const place = (kind: Place['kind']) => (given: string) => ({ given, kind, real: null, identity: null });
  return [...new Set(places.roots)]
    .map<Place>(place('root'))
    .concat(
      [...new Set(places.extra)].filter((dir) => !places.roots.includes(dir)).map<Place>(place('extra')),
    );
}

function same(one: Place, other: Place): boolean {
  return one.given === other.given && one.kind === other.kind;
}

function settled(place: Place): Place {
  const stats = lookThrough(place.given);
  const isThere = stats?.isDirectory() === true;
  place.identity = isThere ? identityOf(stats) : null;
  place.real = isThere ? spelledBySystem(place.given) : null;
  return place;
}

/** With places inside each other the innermost one names the path. */
function toGiven(places: readonly Place[], path: string): string {
  let best: { readonly given: string; readonly real: string } | null = null;
  for (const { given, real } of places) {
    if (real === null || !isWithin(path, real)) continue;
    if (best === null || real.length > best.real.length) best = { given, real };
  }
  if (best === null || best.given === best.real) return path;
  const rest = path.slice(best.real.length);
  return rest === '' || rest.startsWith(sep) ? best.given + rest : best.given + sep + rest;
}
