/**
 * Members of client metadata that specifications or other products know and Gatehouse does not: each is refused by its name,
 * with what to do instead, because what is written down and not honoured is worse than what is missing.
 */

export interface Unsupported {
  /** Why, and what takes its place. Completes "NAME: …". */
  readonly reason: string;
  /** Asks for nothing: with this value the member may be there, as it is in what other products export. */
  readonly neutral?: unknown;
  /** Only tells people something. Where an earlier version has stored it, it is left out and the client goes on working. */
  readonly informative?: boolean;
}

const requestObjects: Unsupported = {
  reason:
    'request objects are not supported; to protect the request, send it to /par (require_pushed_authorization_requests)',
};
const encryption: Unsupported = {
  reason: 'encrypted tokens and answers are not supported; they travel over TLS only',
};
const mutualTls: Unsupported = { reason: 'mutual TLS is not supported; use private_key_jwt' };
const ciba: Unsupported = { reason: 'backchannel authentication (CIBA) is not supported' };
const frontChannel: Unsupported = {
  reason: 'front-channel logout is not supported, since browsers block it; use backchannel_logout_uri',
};
const management: Unsupported = {
  reason: 'is an answer of dynamic registration, and no metadata; leave it out',
};
const sectors: Unsupported = {
  reason: 'a person has one subject at all clients (subject_type "public"), so there are no sectors',
};
const answersSigned: Unsupported = {
  reason: 'this answer is not signed: it comes over TLS, from Gatehouse itself',
};
const no = <T extends Unsupported>(unsupported: T) => ({ ...unsupported, neutral: false });

/** By the names of IANA's registry "OAuth Dynamic Client Registration Metadata", and some that providers add. */
export const UNSUPPORTED: Readonly<Record<string, Unsupported>> = {
  authorization_details_types: {
    reason: 'rich authorization requests are not supported; use scopes of resources',
  },
  authorization_encrypted_response_alg: encryption,
  authorization_encrypted_response_enc: encryption,
  authorization_signed_response_alg: answersSigned,
  backchannel_authentication_request_signing_alg: ciba,
  backchannel_client_notification_endpoint: ciba,
  backchannel_token_delivery_mode: ciba,
  backchannel_user_code_parameter: no(ciba),
  claims_redirect_uris: { reason: 'user-managed access (UMA) is not supported' },
  frontchannel_logout_session_required: no(frontChannel),
  frontchannel_logout_uri: frontChannel,
  id_token_encrypted_response_alg: encryption,
  id_token_encrypted_response_enc: encryption,
  introspection_encrypted_response_alg: encryption,
  introspection_encrypted_response_enc: encryption,
  introspection_endpoint_auth_method: {
    reason: 'is the same at every endpoint; use token_endpoint_auth_method',
  },
  introspection_signed_response_alg: answersSigned,
  logo_uri: { reason: 'logos of applications are not shown; people see client_name', informative: true },
  registration_access_token: management,
  registration_client_uri: management,
  request_object_encryption_alg: encryption,
  request_object_encryption_enc: encryption,
  request_object_signing_alg: requestObjects,
  request_uris: requestObjects,
  require_signed_request_object: no(requestObjects),
  revocation_endpoint_auth_method: {
    reason: 'is the same at every endpoint; use token_endpoint_auth_method',
  },
  sector_identifier_uri: { ...sectors, informative: true },
  software_id: { reason: 'software is not told apart; use client_name', informative: true },
  software_statement: { reason: 'software statements are not verified; write their claims down as metadata' },
  software_version: { reason: 'software is not told apart; use client_name', informative: true },
  tls_client_auth_san_dns: mutualTls,
  tls_client_auth_san_email: mutualTls,
  tls_client_auth_san_ip: mutualTls,
  tls_client_auth_san_uri: mutualTls,
  tls_client_auth_subject_dn: mutualTls,
  tls_client_certificate_bound_access_tokens: no(mutualTls),
  use_mtls_endpoint_aliases: no(mutualTls),
  userinfo_encrypted_response_alg: encryption,
  userinfo_encrypted_response_enc: encryption,
  userinfo_signed_response_alg: answersSigned,
};

/** What other products call it, where the names do not resemble each other. */
export const FOREIGN_NAMES: Readonly<Record<string, string>> = {
  access_type: 'token_endpoint_auth_method',
  acr: 'default_acr_values',
  admins_only: 'first_party',
  allowed_callback_urls: 'redirect_uris',
  allowed_logout_urls: 'post_logout_redirect_uris',
  allowed_scopes: 'scope',
  audience: 'resource_scopes',
  authorization_services_enabled: 'resource_scopes',
  back_channel_logout_url: 'backchannel_logout_uri',
  callback_url: 'redirect_uris',
  callback_urls: 'redirect_uris',
  callbacks: 'redirect_uris',
  claims_policy: 'id_token_claims',
  consent_required: 'first_party',
  default_client_scopes: 'scope',
  description: 'client_name',
  direct_access_grants_enabled: 'grant_types',
  display_name: 'client_name',
  home_url: 'client_uri',
  id_token_userinfo_assertion: 'id_token_claims',
  base_url: 'client_uri',
  implicit_flow_enabled: 'response_types',
  include_claims_in_id_token: 'id_token_claims',
  internal: 'first_party',
  label: 'client_name',
  logout_url: 'post_logout_redirect_uris',
  logout_urls: 'post_logout_redirect_uris',
  max_age: 'default_max_age',
  mfa: 'second_factor',
  mfa_policy: 'second_factor',
  mfa_required: 'second_factor',
  offline: 'offline_access',
  oidc_conformant: 'id_token_signed_response_alg',
  pkce_code_challenge_method: 'require_pkce',
  privacy_url: 'policy_uri',
  protocol: 'response_types',
  protocol_mappers: 'id_token_claims',
  public: 'token_endpoint_auth_method',
  public_client: 'token_endpoint_auth_method',
  root_url: 'client_uri',
  service_accounts_enabled: 'grant_types',
  session_lifetime: 'session_absolute_seconds',
  session_timeout: 'session_idle_minutes',
  skip_consent: 'first_party',
  standard_flow_enabled: 'grant_types',
  terms_url: 'tos_uri',
  trusted: 'first_party',
  two_factor: 'second_factor',
  valid_redirect_uris: 'redirect_uris',
  web_origins: 'redirect_uris',
  allowed_origins: 'redirect_uris',
  allowed_cors_origins: 'redirect_uris',
};
