import { inspect } from 'node:util';
import { expect } from 'chai';
import { Secret } from '../../../src/kernel/secret.ts';

describe('a secret', () => {
  it('shows itself to nobody who does not ask for its value', () => {
    const secret = new Secret('hush');
    expect(
      `${secret} ${JSON.stringify({ secret })} ${inspect(secret)} ${inspect({ secret }, { depth: 5 })}`,
    ).not.to.include('hush');
    expect(secret.value).to.equal('hush');
  });

  it('is renewed where it has become another one, and stays where its source is broken or empty', () => {
    let read: () => string | undefined = () => 'one';
    const secret = new Secret('one', () => read());
    expect(secret.renew()).to.equal(false);
    read = () => 'two';
    expect(secret.renew()).to.equal(true);
    for (const broken of [
      () => '',
      () => undefined,
      () => {
        throw new Error('gone');
      },
    ]) {
      read = broken;
      expect(secret.renew()).to.equal(false);
    }
    expect(secret.value).to.equal('two');
    expect(new Secret('x').renew()).to.equal(false);
  });
});
