/** The two languages that every message exists in. A catalogue that lacks a message does not compile. */
export type Language = 'en' | 'zh-CN';

/** One section of the messages, whole in each language. */
export type Catalogue<Words> = Readonly<Record<Language, Words>>;

/** The language of this process: TCB_WATCH_LANG, then LC_ALL, LC_MESSAGES, LANG; English where none says Chinese. */
export function languageOf(environment: Readonly<Record<string, string | undefined>>): Language {
  const wish = ['TCB_WATCH_LANG', 'LC_ALL', 'LC_MESSAGES', 'LANG']
    .map((name) => environment[name])
    .find((value) => value !== undefined && value !== '');
  return wish?.toLowerCase().startsWith('zh') === true ? 'zh-CN' : 'en';
}
