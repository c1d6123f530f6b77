import packageJson from '../../package.json' with { type: 'json' };

/** Of Gatehouse, as it is released. */
export const VERSION: string = packageJson.version;
/** What it is, in a sentence. */
export const DESCRIPTION: string = packageJson.description;
