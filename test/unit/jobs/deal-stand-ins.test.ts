import { expect } from 'chai';
import { createDealStandIns } from '../../../src/jobs/deal-stand-ins.ts';

describe('dealing out stand-ins', () => {
  it('reads once in five seconds, at once where a new kind of hash has come, and every minute otherwise', async () => {
    let refreshed = 0;
    const standIns = {
      urgent: false,
      refresh: async () => {
        refreshed += 1;
        standIns.urgent = false;
      },
    };
    const job = createDealStandIns({ standIns });
    expect(await job.round()).to.equal(60_000);
    for (let again = 0; again < 3; again += 1) expect(await job.round()).to.be.within(1, 5_000);
    expect(refreshed).to.equal(1);
    standIns.urgent = true;
    expect(await job.round()).to.equal(60_000);
    expect(refreshed).to.equal(2);
    expect(await job.round()).to.be.within(1, 5_000);
    expect(refreshed).to.equal(2);
  });
});
