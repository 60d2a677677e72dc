/** How https is known: by the connection that came here, or by a proxy that says it always. */
export interface AdapterOptions {
  https?: 'connection' | 'x-forwarded-proto';
}
