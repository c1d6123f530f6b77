import { type Caused, readCaused } from './caused.ts';
import { writesNone } from './causes.ts';
import { ADMIN_ROUTE_CAUSES } from './causes-admin.ts';
import { REFUSALS, ROUTE_CAUSES } from './causes-routes.ts';

/** What the tests of a whole run have not caused, or have found to be otherwise than the lists say: one line each. */
export function missingFrom(caused: readonly Caused[], types: readonly string[]): string[] {
  const seen = new Set(caused.map(({ type }) => type));
  const byRoute = Map.groupBy(
    caused.filter(({ route }) => route !== undefined),
    ({ route }) => String(route),
  );
  const written = (route: string) => new Set(byRoute.get(route)?.map(({ type }) => type));
  return [
    ...types.filter((type) => !seen.has(type)).map((type) => `no test causes ${type}`),
    ...[...byRoute.keys()].flatMap((route) => {
      const causes = ROUTE_CAUSES[route] ?? ADMIN_ROUTE_CAUSES[route];
      const allowed: readonly string[] = causes === undefined || writesNone(causes) ? [] : causes;
      return [...written(route)]
        .filter((type) => ![...allowed, ...REFUSALS].includes(type))
        .map((type) => `${route} writes ${type}, which causes-routes.ts does not say`);
    }),
    ...Object.entries(ROUTE_CAUSES).flatMap(([route, causes]) =>
      writesNone(causes) || causes.some((type) => written(route).has(type))
        ? []
        : [`no test has ${route} write what causes-routes.ts says: ${causes.join(', ')}`],
    ),
  ];
}

/** Prints what is missing of a run that has left its notes in `folder`. Resolves to how much. */
export async function tellMissing(folder: string, types: readonly string[]): Promise<number> {
  const missing = missingFrom(await readCaused(folder), types);
  for (const line of missing) console.error(line);
  return missing.length;
}
