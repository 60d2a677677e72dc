export { PolicyError, gate } from './index.d.ts';
export type {
  CompiledGateOptions, DecisionRecord, DeliveredEvent, Gate, GateOptions, Handler, LedgerStore, Route, Source,
} from './index.d.ts';
