import type { TestReport } from '../../oidc/test-answers.ts';
import type { DecodedToken } from '../../oidc/test-report.ts';
import type { ClaimOnPage, LifetimeOnPage, TestViews } from './views.ts';

/** The longest value that is shown, in characters. */
const MOST_SHOWN = 4_000;

/** JSON in which nothing is invisible or turns the text around it: such characters stand as escapes. */
const asShown = (value: unknown): string => {
  const json = JSON.stringify(value) ?? 'null';
  const text = json.replaceAll(/[\p{C}\p{Zl}\p{Zp}]/gu, (character) =>
    Array.from(
      { length: character.length },
      (_, at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`,
    ).join(''),
  );
  return text.length > MOST_SHOWN ? `${text.slice(0, MOST_SHOWN)}…` : text;
};

const claimsOnPage = (claims: Readonly<Record<string, unknown>>): ClaimOnPage[] =>
  Object.entries(claims).map(([name, value]) => ({ name, value: asShown(value) }));

const tokenOnPage = ({ header, claims }: DecodedToken) => ({
  algorithm: String(header.alg ?? ''),
  claims: claimsOnPage(claims),
});

/** What the page says of a test. Pure. */
export function reportOnPage(
  report: TestReport,
): Omit<TestViews['test-sign-in'], 'client' | 'account' | 'zoneinfo'> {
  const { accessToken, idToken, userinfo } = report;
  const lifetimes = [
    { of: 'idToken' as const, seconds: report.idTokenSeconds },
    { of: 'accessToken' as const, seconds: accessToken.seconds },
    { of: 'refreshToken' as const, seconds: report.refreshTokenSeconds },
  ].filter((each): each is LifetimeOnPage => each.seconds !== undefined);
  const withoutValue = Map.groupBy(report.withoutValue, ({ scope }) => scope);
  return {
    ...(report.acr === undefined ? {} : { acr: report.acr }),
    amr: report.amr,
    ...(report.signedInAt === undefined ? {} : { signedInAt: report.signedInAt }),
    scopes: report.scopes,
    withoutValue: [...withoutValue].map(([scope, found]) => ({
      scope,
      claims: found.map(({ claim }) => claim),
    })),
    ...(idToken === undefined ? {} : { idToken: tokenOnPage(idToken) }),
    ...(userinfo === undefined ? {} : { userinfo: claimsOnPage(userinfo) }),
    accessToken: {
      type: accessToken.type,
      scope: accessToken.scope,
      audience: accessToken.audience,
      ...(accessToken.decoded === undefined ? {} : { jwt: tokenOnPage(accessToken.decoded) }),
    },
    lifetimes,
    refreshToken: report.refreshTokenSeconds !== undefined,
  };
}
