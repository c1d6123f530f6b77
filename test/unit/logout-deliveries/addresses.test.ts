import { expect } from 'chai';
import { isPublicAddress, reachableAddresses } from '../../../src/domain/logout-deliveries/addresses.ts';

describe('which addresses are public', () => {
  for (const address of [
    ...[
      '0.0.0.0',
      '10.1.2.3',
      '100.64.0.1',
      '127.0.0.1',
      '127.255.255.254',
      '169.254.169.254',
      '172.31.255.255',
    ],
    ...[
      '192.0.0.1',
      '192.168.1.1',
      '198.18.0.1',
      '198.51.100.1',
      '203.0.113.9',
      '224.0.0.1',
      '255.255.255.255',
    ],
    ...[
      '::',
      '::1',
      '::ffff:8.8.8.8',
      '::ffff:7f00:1',
      '64:ff9b::8.8.8.8',
      'fc00::1',
      'fd12::1',
      'fe80::1',
      'ff02::1',
    ],
    ...[
      '2001:db8::1',
      '2001::1',
      '2002:7f00:1::',
      '3fff::1',
      'fec0::1',
      '100::1',
      'localhost',
      '',
      '1.2.3',
      'fe80::1%1',
    ],
  ]) {
    it(`not ${address || 'nothing'}`, () => {
      expect(isPublicAddress(address)).to.equal(false);
    });
  }
  for (const address of [
    '8.8.8.8',
    '172.32.0.1',
    '100.128.0.1',
    '192.169.0.1',
    '2606:4700::1111',
    '2a00:1450::1',
  ]) {
    it(`${address} is`, () => {
      expect(isPublicAddress(address)).to.equal(true);
    });
  }
});

describe('which addresses inside an operator can open', () => {
  const mayReach = reachableAddresses([
    '10.0.0.0/8',
    '192.168.7.9',
    'fd12:3456::/32',
    '::ffff:172.16.0.0/108',
  ]);
  for (const address of [
    '10.0.0.1',
    '10.255.255.255',
    '192.168.7.9',
    'fd12:3456::1',
    '172.17.0.1',
    '8.8.8.8',
  ]) {
    it(`${address}, as they have said`, () => expect(mayReach(address)).to.equal(true));
  }
  for (const address of ['192.168.7.9', 'fd12:3457::1', '::ffff:10.0.0.1', '10.1']) {
    it(`not ${address} with them`, () => expect(reachableAddresses(['10.0.0.0/8'])(address)).to.equal(false));
  }

  const all = reachableAddresses(['0.0.0.0/0', '::/0', '169.254.169.254', 'fe80::/10', '127.0.0.1', '::1']);
  for (const address of [
    ...[
      '169.254.169.254',
      '169.254.0.1',
      '127.0.0.1',
      '127.8.8.8',
      '0.0.0.0',
      '224.0.0.1',
      '255.255.255.255',
    ],
    ...['::', '::1', 'fe80::1', 'febf::1', 'fe80::1%eth0', 'ff02::1', 'fd00:ec2::254', '100.100.100.200'],
    // Of Google, Oracle, Alibaba, Scaleway; and of Azure, which looks public.
    ...['fd20:ce::254', 'FD20:CE:0::254', 'fd00:c1::a9fe:a9fe', '192.0.0.192', 'fd00:100::100:200'],
    ...['fd00:42::42', 'fd00:ec2::23', '168.63.129.16'],
    ...[
      '::ffff:169.254.169.254',
      '::ffff:a9fe:a9fe',
      '64:ff9b::a9fe:a9fe',
      '2002:a9fe:a9fe::',
      '2001:0:a9fe::',
    ],
    ...['', 'localhost', '169.254.169.254.nip.io'],
  ]) {
    it(`never ${address || 'nothing'}, though everything is listed`, () =>
      expect(all(address)).to.equal(false));
  }
  it('the rest of what is listed', () => {
    for (const address of ['10.0.0.1', '100.64.0.1', 'fd00::1', '168.63.129.17', '2606:4700::1111'])
      expect(all(address)).to.equal(true);
  });
});
