export { PolicyError, gate } from './entry_gate.mjs';
export { verify } from './entry_verify.mjs';
