import { readFile } from 'node:fs/promises';
import { expect } from 'chai';
import { viewsPath } from '../../support/page-server.ts';
import { Session, settle, Tab } from './monitored-tab.ts';

const LIMIT_BYTES = 3_072;
const file = `${viewsPath}/assets/session-monitor.js`;

describe('the script that watches a session', function monitor() {
  this.timeout(20_000);
  let source: string;
  before(async () => {
    source = await readFile(file, 'utf8');
  });

  it('has three kilobytes at most, as it is', async () => {
    expect((await readFile(file)).byteLength).to.be.at.most(LIMIT_BYTES);
  });

  it('asks once, and again when it is time to warn; then warns, counts and closes', async () => {
    const tab = await new Tab().open(source);
    await tab.pass(1_079);
    expect(tab.asked).to.deep.equal(['/status']);
    await tab.pass(2);
    expect(tab.names()).to.deep.equal(['warn']);
    expect(tab.dialog.open).to.equal(true);
    await tab.pass(20);
    expect(tab.dialog.shown).to.equal('01:39');
    tab.dialog.close();
    await settle();
    expect(tab.asked.at(-1)).to.equal('/activity');
    expect(tab.names()).to.deep.equal(['warn', 'extended']);
    expect(tab.last().left).to.equal(1_200);
    expect(tab.told).to.have.length(1);
    await tab.pass(1_000);
    expect(tab.names(), 'as if nothing had been').to.deep.equal(['warn', 'extended']);
  });

  it('warns of nothing where somebody was active elsewhere', async () => {
    const tab = await new Tab().open(source);
    await tab.pass(1_000);
    tab.session.lastUse = 1_000;
    await tab.pass(1_000);
    expect(tab.names()).to.deep.equal(['extended']);
    expect(tab.session.lastUse, 'asking is no use').to.equal(1_000);
  });

  it('closes what it has opened when another tab goes on, and does not go on itself', async () => {
    const tab = await new Tab().open(source);
    await tab.pass(1_090);
    tab.session.lastUse = 1_090;
    tab.channel.onmessage?.();
    await settle();
    expect(tab.dialog.open).to.equal(false);
    expect(tab.asked).to.not.include('/activity');
  });

  it('ends when the server says so, once, and tells the other tabs', async () => {
    const tab = await new Tab().open(source);
    tab.session.ended = true;
    await tab.listeners.get('focus')?.();
    await settle();
    await tab.pass(30);
    expect(tab.names()).to.deep.equal(['ended']);
    expect(tab.last()).to.include({ expired: false });
    expect(tab.told).to.have.length(1);
    await tab.monitor.extend();
    expect(tab.asked).to.have.length(2);
  });

  it('ends in time by itself, for want of use', async () => {
    const tab = await new Tab().open(source);
    await tab.pass(1_203);
    expect(tab.names()).to.deep.equal(['warn', 'ended']);
    expect(tab.last()).to.include({ expired: true, final: false });
    expect(tab.dialog.open).to.equal(false);
  });

  it('knows after a sleep what has become of the session, without any event of the browser', async () => {
    const over = await new Tab().open(source);
    await over.pass(10);
    await over.sleep(7_200);
    expect(over.names()).to.deep.equal(['ended']);
    expect(over.last().expired).to.equal(true);
    const near = await new Tab().open(source);
    await near.pass(10);
    await near.sleep(1_100);
    expect(near.names()).to.deep.equal(['warn']);
    const early = await new Tab().open(source);
    await early.pass(10);
    await early.sleep(300);
    expect(early.names()).to.deep.equal([]);
    expect(early.asked).to.have.length(2);
  });

  it('is not taken in by a clock that is set, forward or back', async () => {
    for (const jump of [7_200, -7_200]) {
      const tab = await new Tab().open(source);
      await tab.pass(10);
      tab.wall += jump;
      await tab.pass(1_060);
      expect(tab.names(), String(jump)).to.deep.equal([]);
      expect(tab.asked).to.have.length(2);
      await tab.pass(15);
      expect(tab.names(), String(jump)).to.deep.equal(['warn']);
    }
  });

  it('asks again while nobody answers, and ends by itself when it must be over', async () => {
    const tab = await new Tab().open(source);
    tab.session.failing = true;
    await tab.pass(1_210);
    expect(tab.names()).to.deep.equal([]);
    expect(tab.asked.length).to.be.within(20, 50);
    await tab.pass(10);
    expect(tab.names()).to.deep.equal(['ended']);
    expect(tab.last().expired).to.equal(true);
  });

  it('opens again when going on has failed', async () => {
    const tab = await new Tab().open(source);
    await tab.pass(1_085);
    tab.session.failing = true;
    tab.dialog.close();
    await settle();
    expect(tab.dialog.open).to.equal(false);
    tab.session.failing = false;
    await tab.pass(10);
    expect(tab.dialog.open).to.equal(true);
    expect(tab.names()).to.deep.equal(['warn', 'warn']);
  });

  it('says of an end that nothing puts off that it is one, also when it comes near by going on', async () => {
    const session = new Session();
    session.absolute = 1_203;
    const tab = await new Tab(session).open(source);
    await tab.pass(1_085);
    expect(tab.dialog.attributes).to.not.include('data-final');
    tab.dialog.close();
    await settle();
    await tab.pass(30);
    expect(tab.names()).to.deep.equal(['warn', 'extended', 'warn']);
    expect(tab.last().final).to.equal(true);
    expect(tab.dialog.attributes).to.include('data-final');
    tab.dialog.close();
    await settle();
    const uses = tab.asked.filter((url) => url === '/activity').length;
    expect(uses, 'there is nothing to go on with').to.equal(1);
    await tab.pass(200);
    expect(tab.names().at(-1)).to.equal('ended');
    expect(tab.last()).to.include({ final: true, expired: true });
  });

  it('works without a dialog, for applications that have their own', async () => {
    const tab = await new Tab().open(source, false);
    await tab.pass(1_090);
    await tab.monitor.extend();
    expect(tab.names()).to.deep.equal(['warn', 'extended']);
    tab.monitor.stop();
    await tab.pass(5_000);
    expect(tab.names()).to.deep.equal(['warn', 'extended']);
  });
});
