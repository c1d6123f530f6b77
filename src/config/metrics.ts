import { text, wholeNumber } from './kinds.ts';
import { optional, section, setting } from './setting.ts';

/** The settings of what operators watch. */

export const metrics = section(
  'Metrics',
  'What Prometheus, or whatever reads its format, can fetch from `/metrics`; [operations.md](operations.md) lists it. It ' +
    'names no person and no application, but says how busy and how well Gatehouse is: keep it from the public.',
  {
    port: optional('METRICS_PORT', wholeNumber({ min: 0, max: 65_535 }), {
      description:
        'The port of `/metrics`, another than `PORT`: it is never answered there. Without one there are no metrics. `0` takes a free one.',
      example: '9464',
    }),
    host: setting('METRICS_HOST', text(255, 'a host name or an IP address to listen on'), '127.0.0.1', {
      description:
        'The address to listen on for it. Where the one who fetches is on another machine, an address of the inner network.',
    }),
  },
);
