import { expect } from 'chai';

import { fakeContext, sampleBrand, samplePages } from '../../support/page-server.ts';
import { pageStates } from '../../support/page-states.ts';

/** For whom a password is: a manager saves and offers it under that name (WHATWG HTML, section 4.10.18.7.1). */
describe('forms with a password', () => {
  it('name the account before it, in every state', async () => {
    const { pages } = await samplePages(sampleBrand);
    const without: string[] = [];
    let forms = 0;
    for (const { name, view, model } of pageStates) {
      const ctx = fakeContext();
      await pages.render(ctx, view, model);
      for (const [form] of String(ctx.body).matchAll(/<form\b.*?<\/form>/gsu)) {
        const password = form.indexOf('type="password"');
        if (password < 0) continue;
        forms += 1;
        const username = form.search(/autocomplete="username\b/u);
        if (username < 0 || username > password) without.push(name);
      }
    }
    expect(forms).to.be.above(10);
    expect(without).to.deep.equal([]);
  });
});
