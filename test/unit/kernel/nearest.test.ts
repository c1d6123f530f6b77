import { expect } from 'chai';
import { nearestName } from '../../../src/kernel/nearest.ts';

it('the nearest name is near, whatever its case and separators', () => {
  const known = ['sslmode', 'application_name', 'options'];
  expect(nearestName('ssl-mode', known)).to.equal('sslmode');
  expect(nearestName('applicationName', known)).to.equal('application_name');
  expect(nearestName('otpions', known)).to.equal('options');
  expect(nearestName('colour', known)).to.equal(undefined);
});
