export { PolicyError, gate } from './index.js';
export type {
  CompiledGateOptions, DecisionRecord, DeliveredEvent, Gate, GateOptions, Handler, LedgerStore, Route, Source,
} from './index.js';
