import { parseEnv } from 'node:util';

/** The values of a file of NAME=VALUE lines, as .env files have them. */
export const read_settings = (text) => parseEnv(text);
