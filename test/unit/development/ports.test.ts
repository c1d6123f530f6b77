import { createServer } from 'node:net';
import { expect } from 'chai';
import { assertFree } from '../../../src/development/ports.ts';
import { GatehouseError } from '../../../src/kernel/errors.ts';

describe('ports of a development start', () => {
  const listenOn = async (host: string) => {
    const server = createServer();
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, host, resolve));
    const address = server.address();
    const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
    return { port, close: () => new Promise((resolve) => server.close(resolve)) };
  };

  for (const host of ['127.0.0.1', '0.0.0.0', 'localhost']) {
    it(`are taken when a program listens on ${host}`, async () => {
      const { port, close } = await listenOn(host);
      const error = await assertFree(port, 'PORT').catch((reason: unknown) => reason);
      await close();
      expect(error).to.be.instanceOf(GatehouseError);
      expect((error as GatehouseError).code).to.equal('port_in_use');
      expect((error as GatehouseError).safeMessage)
        .to.include(String(port))
        .and.include('PORT');
      await assertFree(port, 'PORT');
    });
  }

  it('are always free where the system is to choose one', () => assertFree(0, 'PORT'));

  it('are looked at on the configured address only where that is not localhost', async () => {
    const { port, close } = await listenOn('127.0.0.1');
    await assertFree(port, 'PORT', '127.0.0.2').finally(close);
  });
});
