export { verify } from './index.d.ts';
export type { DeliveredEvent, Proof, Provider, Reason, Schema, Verified, VerifyOptions } from './index.d.ts';
