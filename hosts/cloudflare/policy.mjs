// The compiled policy that is deployed. wrangler.toml says that `postern-policy` is this file;
// `./dev up` says that it is another one, which lets plain HTTP and private origins in.

export { default } from '../../build/policy.bin';
