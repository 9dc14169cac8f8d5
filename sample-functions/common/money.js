// 金额一律以分为单位的整数计算。
const RULES = [
  { from: 20000, off: 3000 },
  { from: 10000, off: 1000 },
];

/** 满 200 减 30，满 100 减 10。 */
exports.discount = (fen) => {
  const rule = RULES.find(({ from }) => fen >= from);
  return rule ? rule.off : 0;
};

exports.format = (fen) => `¥${(fen / 100).toFixed(2)}`;
