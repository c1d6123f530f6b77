import type { CDPSession, Page } from 'playwright-core';

/** An authenticator that Chromium pretends to have: it is touched, and knows its owner, as long as nobody says otherwise. */
export interface SecurityKey {
  /** How many passkeys are on it. */
  count(): Promise<number>;
  /** Its owner does not touch it any more, or does again. */
  answers(yes: boolean): Promise<void>;
}

export async function pluggedIn(page: Page): Promise<SecurityKey> {
  const chromium: CDPSession = await page.context().newCDPSession(page);
  await chromium.send('WebAuthn.enable', { enableUI: false });
  const { authenticatorId } = await chromium.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  return {
    async count() {
      return (await chromium.send('WebAuthn.getCredentials', { authenticatorId })).credentials.length;
    },
    async answers(yes) {
      await chromium.send('WebAuthn.setAutomaticPresenceSimulation', { authenticatorId, enabled: yes });
    },
  };
}
