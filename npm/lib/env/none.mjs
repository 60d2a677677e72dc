// Bindings are a Worker's: elsewhere there are none.

export const env = undefined;
