import { Option } from 'commander';
import type { LoadOptions } from '../../config/sources.ts';
import { GatehouseError } from '../../kernel/errors.ts';
import type { Terminal } from '../environment.ts';
import type { UserCreationApp } from '../user-creation.ts';
import { withApp } from '../with-app.ts';
import { createRemoteAdministration } from './administration.ts';
import { signInByDevice } from './device-sign-in.ts';
import { createLogins, type Logins, loginsFolder } from './logins.ts';
import { HERE, type Place, placeOf } from './places.ts';
import { createRemoteSession } from './session.ts';
import { signIn } from './sign-in.ts';

/** Opens what commands need that call acts: the server of this machine, or a session at one elsewhere. */

export interface Opening {
  readonly options: LoadOptions;
  readonly terminal: Terminal;
  /** What `--server` says; known once the command line has been read. */
  readonly server: () => string | undefined;
  readonly logins?: Logins;
}

export const serverOption = (): Option =>
  new Option(
    '--server <issuer>',
    `at which server, after gatehouse login; ${HERE} is that of this machine, which is meant where one is configured`,
  ).env('GATEHOUSE_SERVER');

export const loginsOf = ({ options, logins }: Pick<Opening, 'options' | 'logins'>): Logins =>
  logins ?? createLogins(loginsFolder(options.env));

export function withPlace(opening: Opening) {
  const { options, terminal, server } = opening;
  const here = withApp(options);
  return async <T>(work: (app: UserCreationApp) => Promise<T>): Promise<T> => {
    const logins = loginsOf(opening);
    const place = await placeOf({ server: server(), logins, options });
    if (place.kind === 'here') return here(work);
    // Somebody at a terminal sees where it goes, where they have not said so.
    if (server() === undefined && terminal.ask !== undefined) terminal.warn(`At ${place.issuer}:`);
    return work(appThere(place.issuer, logins, terminal));
  };
}

/** As in production: whoever is elsewhere chooses no password of somebody else's. */
export function appThere(issuer: string, logins: Logins, terminal: Terminal): UserCreationApp {
  const isThere = terminal.ask !== undefined;
  const session = createRemoteSession(issuer, {
    logins,
    signIn: isThere
      ? (request, device) => (device ? signInByDevice : signIn)(request, { terminal })
      : undefined,
  });
  return {
    administration: createRemoteAdministration(session, terminal),
    config: { environment: 'production' },
  };
}

/** For commands that call no act: they have nothing to do elsewhere. */
export function assertHere(place: string | undefined, command: string): void {
  if (place === undefined || place === HERE) return;
  throw new GatehouseError('operator_only', {
    status: 400,
    message: `"gatehouse ${command}" works on the machine of the server only.`,
  });
}

export type { Place };
