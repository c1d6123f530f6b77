/** Tests sign in, and fail to, more often than people do, and all from one address. Those about limits set them. */
export const NO_LIMITS = {
  MAX_FAILED_LOGIN_ATTEMPTS: '1000000',
  RATE_LIMIT_SIGN_IN_PER_ADDRESS: '0',
  RATE_LIMIT_SIGN_IN_PER_OFFICE_ADDRESS: '0',
  RATE_LIMIT_SIGN_IN_PER_IDENTIFIER: '0',
  RATE_LIMIT_SIGN_IN_PER_KNOWN_DEVICE: '0',
  RATE_LIMIT_PASSWORD_RESET_PER_ADDRESS: '0',
  RATE_LIMIT_PASSWORD_RESET_PER_ACCOUNT: '0',
  RATE_LIMIT_ACCOUNT_CREATION_PER_ADDRESS: '0',
  RATE_LIMIT_FACTOR_SETUP_PER_PERSON: '0',
  RATE_LIMIT_TOKEN_PER_CLIENT: '0',
};

/** What operators get who set nothing. */
export const DEFAULT_LIMITS = Object.fromEntries(Object.keys(NO_LIMITS).map((name) => [name, '']));
