import { rotateEncryption, rotateMfa } from './sealing.ts';
import { list, rotate } from './signing.ts';

/** What can be done about the keys that sign tokens, and those that seal what is stored. */
export const keys = { list, rotate, rotateMfa, rotateEncryption };
