import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * What a process of the server remembers from one request to the next: variables of modules, and of the functions that make
 * stores, caches and jobs once a start. Found by how the code is written, so it relies on the formatter: the two levels of
 * indentation are those of a module and of a function in it.
 */
export interface ProcessState {
  readonly file: string;
  readonly name: string;
}

/** Functions by these names are called at the start, and what they declare lives as long as the process. */
const MAKER =
  /^(?:export )?(?:async )?function (?:(?:create|open|start|listen|guard|gather|serve|show|count|use|repeat|network|renew|audit|limit|require|answerFor)[A-Z]\w*|\w+(?:Matcher|Routes|Endpoints|Options|Log))[<(]/;
const MUTABLE =
  /^(?:export )?(?:let (\w+)|(?:const|let) (\w+)(?:: [^=]+)? = (?:new (?:Map|Set|WeakMap|WeakSet|AsyncLocalStorage)\b(?:<.*>)?\(|\[\];|\{\};))/;
const CONTENT = /= new (?:Map|Set)(?:<.*>)?\(.*$/;
/** A map that is filled where it is declared, and nowhere after. */
const isConstant = (line: string, name: string, source: string) =>
  CONTENT.test(line) &&
  !/\(\);?$/.test(line) &&
  !new RegExp(`\\b${name}\\.(set|add|delete|clear)\\(`).test(source);

/** Everything that `source` keeps, by name. */
export function stateIn(source: string): string[] {
  let inMaker = false;
  const found: string[] = [];
  for (const line of source.split('\n')) {
    if (/^\S/.test(line) && !/^[)}]/.test(line)) inMaker = MAKER.test(line);
    const own = /^ {2}\S/.test(line) && inMaker ? line.slice(2) : line;
    const [, variable, container] = MUTABLE.exec(own) ?? [];
    const name = variable ?? container;
    if (name === undefined || isConstant(own, name, source) || /^[A-Z_]+$/.test(name)) continue;
    found.push(name);
  }
  return found;
}

export function processState(root: string): ProcessState[] {
  return globSync('src/**/*.ts', { cwd: root })
    .map((path) => path.replaceAll('\\', '/'))
    .filter((path) => !/^src\/(commands|development|config)[/.]/.test(path))
    .sort()
    .flatMap((file) => stateIn(readFileSync(join(root, file), 'utf8')).map((name) => ({ file, name })));
}
