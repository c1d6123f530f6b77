import { expect } from 'chai';
import { isThisMachine } from '../../../src/kernel/this-machine.ts';

it('this machine is loopback, and nothing that only looks like it', () => {
  for (const host of [
    'localhost',
    'LOCALHOST',
    '127.0.0.1',
    '127.3.2.1',
    '::1',
    '[::1]',
    '::ffff:127.0.0.1',
    '/run',
  ])
    expect(isThisMachine(host), host).to.equal(true);
  for (const host of [
    'localhost.example.org',
    '127.0.0.1.example.org',
    '0.0.0.0',
    '10.0.0.1',
    '::',
    'db',
    '127.1',
  ])
    expect(isThisMachine(host), host).to.equal(false);
});
