import type { KoaContextWithOIDC, Provider } from 'oidc-provider';

type ProviderClient = InstanceType<Provider['Client']>;

/**
 * RFC 7662, section 2.1: only authenticated clients, so a public client may not ask even about its own tokens. A token of a
 * client that was deleted since reads as not active for everybody (section 2.2).
 */
export const mayIntrospect = async (
  { oidc: { provider } }: KoaContextWithOIDC,
  client: ProviderClient,
  token: { readonly clientId?: string | undefined },
): Promise<boolean> => {
  if (client.tokenEndpointAuthMethod === 'none') return false;
  if (token.clientId === client.clientId) return true;
  if ((client as { introspect_any_token?: boolean }).introspect_any_token !== true) return false;
  return token.clientId !== undefined && (await provider.Client.find(token.clientId)) !== undefined;
};
