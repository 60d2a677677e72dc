export { verify } from './index.js';
export type { DeliveredEvent, Proof, Provider, Reason, Schema, Verified, VerifyOptions } from './index.js';
