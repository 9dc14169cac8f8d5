/** Facts about a source of tokens that others need without reading it: its secrets, its file, its address. */
import type { TokenSource } from './model.js';
import type { Variables } from './text.js';

/** The secrets that the token's source itself holds: what must never be printed. */
export function secretsOf(token: TokenSource | null, variables: Variables): string[] {
  switch (token?.kind) {
    case undefined:
    case 'withheld':
    case 'file':
    case 'command':
      return [];
    case 'env':
      return [variables[token.name] ?? ''];
    case 'url':
      return Object.values(token.headers);
    case 'wxcomponent':
      return [token.password];
    case 'cloudbase':
      return secretsOf(token.from, variables);
    case 'component':
      return [token.appSecret, token.verifyTicket.kind === 'value' ? token.verifyTicket.value : ''];
    default:
      return token satisfies never;
  }
}

/** The file that a source reads, absolute: never packed, and watched. null: it reads none. */
export function tokenFileOf(token: TokenSource | null): string | null {
  switch (token?.kind) {
    case 'cloudbase':
      return tokenFileOf(token.from);
    case 'file':
      return token.path;
    case 'component':
      return token.verifyTicket.kind === 'file' ? token.verifyTicket.path : null;
    case 'env':
    case 'command':
    case 'url':
    case 'wxcomponent':
    case 'withheld':
    case undefined:
      return null;
    default:
      return token satisfies never;
  }
}

/** The address that a source asks for the token, other than the endpoint; null: it asks none. */
export function tokenUrlOf(token: TokenSource | null): string | null {
  switch (token?.kind) {
    case 'cloudbase':
      return tokenUrlOf(token.from);
    case 'url':
    case 'wxcomponent':
      return token.url;
    case 'env':
    case 'file':
    case 'command':
    case 'component':
    case 'withheld':
    case undefined:
      return null;
    default:
      return token satisfies never;
  }
}
