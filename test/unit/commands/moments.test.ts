import { expect } from 'chai';
import { momentOf, momentWriter, zoneOf } from '../../../src/commands/moments.ts';

const NOW = new Date('2026-11-30T12:00:00Z');
const read = (text: string, zone = 'Europe/Lisbon') => momentOf(text, '--from', zone, NOW).toISOString();

describe('a time that an operator types', () => {
  const cases: [text: string, zone: string, expected: string][] = [
    ['2026-07-01', 'Europe/Lisbon', '2026-06-30T23:00:00.000Z'],
    ['2026-07-01', 'UTC', '2026-07-01T00:00:00.000Z'],
    ['2026-11-30T14:00', 'Asia/Seoul', '2026-11-30T05:00:00.000Z'],
    ['2026-11-30 14:00:30.25', 'Asia/Seoul', '2026-11-30T05:00:30.250Z'],
    ['2026-11-30T14:00:00Z', 'Asia/Seoul', '2026-11-30T14:00:00.000Z'],
    ['2026-11-30T14:00:00+05:30', 'UTC', '2026-11-30T08:30:00.000Z'],
    // Just before and after summer time begins (01:00 does not exist) and ends.
    ['2026-03-29T00:59', 'Europe/Lisbon', '2026-03-29T00:59:00.000Z'],
    ['2026-03-29T02:00', 'Europe/Lisbon', '2026-03-29T01:00:00.000Z'],
    ['2026-10-25T02:30', 'Europe/Lisbon', '2026-10-25T02:30:00.000Z'],
    ['90m', 'UTC', '2026-11-30T10:30:00.000Z'],
    ['24h', 'UTC', '2026-11-29T12:00:00.000Z'],
    ['7d', 'UTC', '2026-11-23T12:00:00.000Z'],
  ];
  for (const [text, zone, expected] of cases) {
    it(`is ${expected} for ${text} in ${zone}`, () => {
      expect(read(text, zone)).to.equal(expected);
    });
  }

  it('is refused where it is none, with the option', () => {
    for (const text of [
      '',
      'yesterday',
      '2026-02-30',
      '2026-13-01',
      '2026-11-30T25:00',
      '30.11.2026',
      '5y',
      '-1h',
    ])
      expect(() => read(text), text)
        .to.throw('--from: expected a time')
        .with.property('code', 'time_invalid');
    expect(() => zoneOf('Mars/Olympus'))
      .to.throw('--time-zone')
      .with.property('code', 'time_zone_unknown');
    expect(zoneOf('europe/lisbon')).to.equal('Europe/Lisbon');
  });
});

describe('a time that an operator is shown', () => {
  it('is that of the zone, with its offset', () => {
    const write = (zone: string) => momentWriter(zone)('2026-07-01T23:30:09.123456Z');
    expect(write('Europe/Lisbon')).to.equal('2026-07-02 00:30:09.123 +01:00');
    expect(write('America/St_Johns')).to.equal('2026-07-01 21:00:09.123 -02:30');
    expect(write('UTC')).to.equal('2026-07-01 23:30:09.123 +00:00');
  });
});
