// Workers, Cloudflare's and those of Vercel's edge, compile no WebAssembly at run time, and their
// scripts have few bytes.

export function compile_object() {
  throw new TypeError('A Worker has no compiler of policies: compile it when you build ' +
    '(`npx postern build`) and give the bytes as `policy`.');
}
