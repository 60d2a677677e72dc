export { PolicyError, gate } from './index.js';
export type {
  Acknowledgement, CompiledGateOptions, DeadEvent, DecisionRecord, DeliveredEvent, Destination,
  Duration, Gate, GateOptions, Handler, LedgerStore, Route, Source,
} from './index.js';
