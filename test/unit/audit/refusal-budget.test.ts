import { expect } from 'chai';
import { createRefusalBudget, REFUSALS_PER_MINUTE } from '../../../src/domain/audit/refusal-budget.ts';
import { startTestServer } from '../../support/server.ts';

describe('the budget of refusals in the trail', () => {
  it('tells so many of a network, then that there are more, then nothing until the minute is over', () => {
    let now = 0;
    const budget = createRefusalBudget(() => now, 2);
    const five = (network: string) => Array.from({ length: 5 }, () => budget.take(network));
    expect(five('a')).to.deep.equal(['tell', 'tell', 'last', 'silent', 'silent']);
    expect(five('b')).to.deep.equal(['tell', 'tell', 'last', 'silent', 'silent']);
    now = 60_000;
    expect(budget.take('a')).to.equal('tell');
  });

  it('shares one budget among more networks than it remembers', () => {
    const budget = createRefusalBudget(() => 0, 1);
    for (let n = 0; n < 10_000; n += 1) budget.take(`network-${n}`);
    expect(['x', 'y', 'z'].map((network) => budget.take(network))).to.deep.equal(['tell', 'last', 'silent']);
  });

  it('bounds what a stranger writes through the endpoints', async function () {
    this.timeout(60_000);
    const server = await startTestServer();
    try {
      for (let n = 0; n < REFUSALS_PER_MINUTE + 30; n += 1) {
        const answer = await fetch(`${server.issuer}/userinfo`, {
          headers: { authorization: 'Bearer nobody' },
        });
        expect(answer.status).to.equal(401);
      }
      const [row] = await server.app.database.query<{ refused: number; told: number }>(
        `select count(*) filter (where type = 'token.refused')::int as refused,
           count(*) filter (where type = 'rate_limit.exceeded')::int as told from audit_events`,
      );
      expect(row).to.deep.equal({ refused: REFUSALS_PER_MINUTE, told: 1 });
    } finally {
      await server.stop();
    }
  });
});
