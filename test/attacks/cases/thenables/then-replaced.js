// verdict: contained
// without what the prelude keeps from before: escaped

/** The prelude waits for the end of `run`: whoever has replaced `then` by that time is called with its functions. */
const { then } = Promise.prototype;
const stolen = [];

Promise.prototype.then = function (done, failed) {
  stolen.push(done, failed);
  return Reflect.apply(then, this, [done, failed]);
};

export default async () => {
  await null;
  return stolen.map(String).find((text) => /\.completed\(/.test(text));
};
