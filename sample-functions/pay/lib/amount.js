/** 元 → 分。金额不合法时返回 null。 */
exports.toFen = (yuan) => {
  const text = String(yuan);
  if (!/^\d{1,7}(\.\d{1,2})?$/.test(text)) return null;
  const [whole, fraction = ''] = text.split('.');
  const fen = Number(whole) * 100 + Number(fraction.padEnd(2, '0'));
  return fen > 0 ? fen : null;
};
