import { expect } from 'chai';
import { createLogger } from '../../src/log.ts';
import { APPLICATION_REFUSED } from '../../src/wire/protocol.ts';
import { type Claims, useAssertions } from './assertions.ts';

/** Clocks of applications that are off: how far is a setting, and the log says when it was too far. */
describe('CLOCK_TOLERANCE_SECONDS', function tolerance() {
  this.timeout(60_000);
  const lines: Record<string, unknown>[] = [];
  const log = createLogger(
    { server: { logLevel: 'warn' } },
    { write: (line) => void lines.push(JSON.parse(line)) },
  );
  const { now, made, everywhere } = useAssertions({
    settings: { CLOCK_TOLERANCE_SECONDS: '30' },
    replace: { log },
  });

  it('is how far ahead an assertion may begin, at every endpoint', async () => {
    for (const changes of [
      () => ({ nbf: now() + 20 }),
      () => ({ iat: now() + 20 }),
      () => ({ exp: now() - 20, iat: now() - 60 }),
    ]) {
      expect(await everywhere(() => made(changes()))).to.equal('accepted');
    }
  });

  const wrong: [string, () => Claims][] = [
    ['nbf', () => ({ nbf: now() + 45 })],
    ['iat', () => ({ iat: now() + 45 })],
    ['exp', () => ({ exp: now() - 45, iat: now() - 60 })],
    ['aud', () => ({ aud: 'https://other.example' })],
  ];
  for (const [claim, changes] of wrong) {
    it(`is bounded, and the log says which claim was wrong: ${claim}`, async () => {
      const from = lines.length;
      expect(await everywhere(() => made(changes()))).to.equal('401 invalid_client');
      const told = lines.slice(from);
      expect(told).to.have.length(4);
      for (const line of told) {
        expect(line).to.include({ msg: APPLICATION_REFUSED, parameter: `client_assertion (${claim})` });
        expect(line.change).to.match(claim === 'aud' ? /issuer/u : /CLOCK_TOLERANCE_SECONDS/u);
        expect(JSON.stringify(line)).to.not.match(/eyJ|other\.example/u);
      }
    });
  }
});
