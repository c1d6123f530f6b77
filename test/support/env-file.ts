/**
 * Reads a file as `docker run --env-file` does (docker/cli, opts/file.go): lines that begin with `#` are comments; of all
 * others everything behind the first `=` is the value, as it stands, with its quotes and spaces. Throws where docker does.
 */
export function readEnvFile(text: string): Record<string, string> {
  const env: Record<string, string> = {};
  for (const [index, raw] of text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .entries()) {
    const line = raw.trimStart();
    if (line === '' || line.startsWith('#')) continue;
    const equals = line.indexOf('=');
    const name = equals < 0 ? line : line.slice(0, equals);
    if (name === '' || /\s/.test(name))
      throw new Error(`line ${index + 1}: "${name}" is no name of a variable`);
    // Without "=" docker passes its own variable on, which we do not have.
    if (equals >= 0) env[name] = line.slice(equals + 1);
  }
  return env;
}

/** The words of a line of a shell, as far as our documentation uses it: spaces separate, double quotes hold together. */
export const shellWords = (line: string): string[] =>
  [...line.matchAll(/(?:"[^"]*"|[^\s"])+/g)].map(([word]) => word.replaceAll('"', ''));
