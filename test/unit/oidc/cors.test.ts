import { expect } from 'chai';
import { originAllowed } from '../../../src/oidc/cors.ts';

describe('origins that may call as a client', () => {
  const uris = ['https://app.example.org/callback', 'http://localhost:5173/', 'com.example.app:/callback'];
  const cases: [origin: string, allowed: boolean][] = [
    ['https://app.example.org', true],
    ['http://localhost:5173', true],
    ['https://app.example.org:8443', false],
    ['http://app.example.org', false],
    ['https://example.org', false],
    ['https://app.example.org.evil.example', false],
    ['https://evil.example', false],
    ['null', false],
    ['', false],
    ['com.example.app:', false],
  ];
  for (const [origin, allowed] of cases) {
    it(`${allowed ? 'allows' : 'refuses'} "${origin}"`, () => {
      expect(originAllowed(origin, uris)).to.equal(allowed);
    });
  }
});
