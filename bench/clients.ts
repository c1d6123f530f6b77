/** Who asks: the same registrations at Gatehouse and at the bare provider. RFC 7591 metadata. */

export const PASSWORD = 'correct horse battery staple';

export const RESOURCE = 'https://api.bench.example';

export const SERVICE = {
  client_id: 'bench-service',
  client_secret: 'a-secret-of-the-service-that-is-long-enough',
  client_name: 'A service',
  grant_types: ['client_credentials'],
  redirect_uris: [],
  response_types: [],
};

export const REDIRECT_URI = 'https://app.bench.example/callback';

export const APP = {
  client_id: 'bench-app',
  client_secret: 'a-secret-of-the-application-that-is-long-enough',
  client_name: 'An application',
  grant_types: ['authorization_code', 'refresh_token'],
  redirect_uris: [REDIRECT_URI],
  response_types: ['code'],
};

const basic = ({ client_id: id, client_secret: secret }: { client_id: string; client_secret: string }) =>
  `Authorization: Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}\r\n`;

export const SERVICE_AUTHORIZATION = basic(SERVICE);
export const APP_AUTHORIZATION = basic(APP);
