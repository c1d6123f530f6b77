/**
 * How the sample application warns before the session at Gatehouse ends. Its pages ask its own addresses, and those ask
 * Gatehouse: the access token never gets into the browser.
 */
import * as oidc from 'openid-client';
import type { PersonsTokens } from './tokens.ts';

/** What Gatehouse's discovery document names beside the standard. */
const endpoint = (config: oidc.Configuration, name: string): URL =>
  new URL(String(config.serverMetadata()[name as 'issuer']));

/**
 * When the session ends, as JSON. With `active` the person has just said that they are still there. Undefined when the session
 * is over, which is when nothing that was issued in it is good for anything any more.
 */
export async function askAboutSession(
  config: oidc.Configuration,
  tokens: PersonsTokens,
  active: boolean,
): Promise<string | undefined> {
  const url = endpoint(config, active ? 'session_activity_endpoint' : 'session_status_endpoint');
  try {
    const token = await tokens.forGatehouse();
    const answer = await oidc.fetchProtectedResource(config, token, url, active ? 'POST' : 'GET');
    if (!answer.ok) throw new Error(`Gatehouse answered ${answer.status}.`);
    return await answer.text();
  } catch (error) {
    const isRefusal = error instanceof oidc.WWWAuthenticateChallengeError;
    if (isRefusal || (error as { error?: string }).error === 'invalid_grant') return undefined;
    throw error;
  }
}

/** The script of the page: Gatehouse's own, with the addresses of this application. */
export const sessionScript = (config: oidc.Configuration): string => `
import { monitorSession } from ${JSON.stringify(endpoint(config, 'session_monitor_uri'))};

const dialog = document.querySelector('dialog');
const monitor = monitorSession({ status: '/session', activity: '/session/activity', dialog });
monitor.addEventListener('ended', () => location.replace('/'));
`;
