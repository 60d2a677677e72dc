// For the entries without a compiler.

export function compile_object() {
  throw new TypeError('gate() of postern/gate has no compiler: give it a policy of `npx postern ' +
    "build`, or import { gate } from 'postern'.");
}
