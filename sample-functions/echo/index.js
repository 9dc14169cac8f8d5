// The cloud loads index.js with require, which takes CommonJS only. So an ES module is imported from here.
exports.main = async (event, context) => {
  const { main } = await import('./entry.mjs');
  return main(event, context);
};
