import { z } from 'zod';
import type { TrustedDeviceStore } from '../domain/trusted-devices/store.ts';
import type { FactorRemoving } from '../lifecycle/factor-removing.ts';
import { defineAct, defineRead } from './act.ts';
import { namedPerson, onePerson, onPerson } from './people/person.ts';

/** Browsers on which a person is not asked for the second factor, the last trusted first. */
const list = defineRead({
  name: 'devices.list',
  summary: 'Lists the browsers on which a person is not asked for the second factor.',
  scope: 'people:read',
  http: { method: 'GET', path: '/people/{person}/devices' },
  about: onePerson,
  input: onPerson,
  result: z.object({
    person: namedPerson,
    devices: z.array(
      z.object({
        id: z.string(),
        since: z.date(),
        until: z.date(),
        ip: z.string().nullable(),
        userAgent: z.string().nullable(),
      }),
    ),
  }),
  async run(
    { trustedDevices }: { readonly trustedDevices: Pick<TrustedDeviceStore, 'list'> },
    _input,
    { target: person },
  ) {
    const devices = (await trustedDevices.list(person.id)).map(({ idHash, since, until, ip, userAgent }) => ({
      id: idHash,
      since,
      until,
      ip: ip ?? null,
      userAgent: userAgent ?? null,
    }));
    return { person, devices };
  },
});

/** Ends the trust of one browser: the next sign-in in it asks for the second factor. Throws `device_unknown` (404). */
const remove = defineAct({
  name: 'devices.remove',
  summary: 'Has a browser of a person asked for the second factor again.',
  scope: 'people:assist',
  irreversible: false,
  http: { method: 'DELETE', path: '/people/{person}/devices/{device}' },
  about: onePerson,
  input: onPerson.extend({ device: z.string().max(100) }),
  result: z.object({ person: namedPerson, device: z.string() }),
  async run(
    { factorRemoving }: { readonly factorRemoving: Pick<FactorRemoving, 'forgetDevice'> },
    { tx, by, input: { device }, target: person },
  ) {
    await factorRemoving.forgetDevice(tx, person.id, device, by);
    return { person, device };
  },
});

/** What can be done about the devices that people trust. */
export const devices = { list, remove };
