import type { CompiledGateOptions, Gate } from './index.js';

export { PolicyError } from './index.js';
export type {
  Acknowledgement, CompiledGateOptions, DeadEvent, DecisionRecord, DeliveredEvent, Destination,
  Duration, Gate, Handler, LedgerStore,
} from './index.js';

/** The gate of `postern` without a compiler: for a policy that was compiled before. */
export function gate(options: CompiledGateOptions): Gate;
