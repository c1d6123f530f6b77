import { request } from 'node:http';
import { expect } from 'chai';
import { startNode } from '../support/processes.ts';
import { WEB_CLIENT } from '../support/relying-party.ts';
import { useRestorable } from '../support/restorable.ts';
import { testEnvironment } from '../support/server.ts';
import { serveBeside } from '../support/server-processes.ts';

/** The process has five seconds to end in, after the round that finds it: one a second here. */
const ENDS_WITHIN_MS = 30_000;

describe('the process of a server that is behind its anchor', function behind() {
  this.timeout(120_000);
  const here = useRestorable();

  it('ends with exit code 1, also where a connection is held open, and does not start again', async () => {
    const original = await here.start();
    const { issuer } = original;
    await here.anchored(original);
    await here.stop(original);
    const backup = await here.backup();
    const later = await here.start();
    await later.addClient(WEB_CLIENT);
    await here.anchored(later);
    await here.stop(later);
    const note = here.stub.kept.at(-1) as string;

    here.stub.answer = (_request, response) => void response.writeHead(503).end();
    const settings = { ...here.settings(), AUDIT_ANCHORS: `${here.stub.url}/anchors` };
    const running = await serveBeside({ database: backup, issuer }, settings, here.port);
    const held = request(running.at(`${issuer}/token`), { method: 'POST' });
    held.on('error', () => undefined);
    held.write('grant_type=');
    const began = performance.now();
    here.stub.answer = (_request, response) => void response.end(note);
    expect(await running.process.exit).to.equal(1);
    expect(performance.now() - began).to.be.below(ENDS_WITHIN_MS);
    expect(running.process.output())
      .to.include('nothing is answered any more')
      .and.to.include('gatehouse recover');
    held.destroy();

    const { PATH = '', HOME = '' } = process.env;
    const env = { PATH, HOME, ...testEnvironment(backup, here.port, settings) };
    const again = startNode(['src/main.ts'], { env });
    expect(await again.exit).to.equal(1);
    expect(again.output()).to.include('behind its newest anchor');
  });
});
