// One process of the unpacked package that answers many command lines, as `npx postern` would print
// them: what a new process costs for each is a start of Node and of the modules.

const { answer } = await import(process.argv[2]);

process.on('message', async ({ number, words }) => {
  const { out, err, exit } = await answer(words);
  const text_of = (bytes) => Buffer.from(bytes).toString('latin1');
  process.send({ number, said: { code: exit, out: text_of(out), err: text_of(err) } });
});
