import { UrlProblems } from '../../../src/kernel/connection-url.ts';

/** What is wrong with a URL, as its reader says it; nothing where it reads the URL. */
export function problemsOf(read: (url: string) => unknown, url: string): string {
  try {
    read(url);
  } catch (error) {
    if (error instanceof UrlProblems) return error.message;
    throw error;
  }
  return '';
}
