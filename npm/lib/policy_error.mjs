/** A policy that cannot be used: `diagnostics` are what the compiler says, each with its `path`. */
export class PolicyError extends TypeError {
  name = 'PolicyError';
}
