/** The two languages that every message exists in. A catalogue that lacks a message does not compile. */
export type Language = 'en' | 'zh-CN';

/**
 * One section of the messages, whole in each language.
 * @internal
 */
export type Catalogue<Words> = Readonly<Record<Language, Words>>;

/**
 * The language of this process: TCB_WATCH_LANG, then LC_ALL, LC_MESSAGES, LANG; English where none says Chinese.
 * @internal
 */
export function languageOf(environment: Readonly<Record<string, string | undefined>>): Language {
  const wish = ['TCB_WATCH_LANG', 'LC_ALL', 'LC_MESSAGES', 'LANG']
    .map((name) => environment[name])
    .find((value) => value !== undefined && value !== '');
  // The output is UTF-8: in a locale of another encoding (zh_CN.GB18030) Chinese would be unreadable, English is not.
  const isOtherEncoding = /\.(?!utf-?8)/i.test(wish ?? '');
  return wish?.toLowerCase().startsWith('zh') === true && !isOtherEncoding ? 'zh-CN' : 'en';
}
