/** The class of the ledger's Durable Objects, which a Worker's script exports under this name. */
export declare const Ledger: new (context: any, env: any) => object;
