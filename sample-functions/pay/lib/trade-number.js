const crypto = require('crypto');

/** 商户订单号：时间（到秒）加 8 位随机数，共 22 位。 */
exports.tradeNumber = (date) => {
  const time = date.toISOString().replace(/\D/g, '').slice(0, 14);
  return time + crypto.randomInt(0, 1e8).toString().padStart(8, '0');
};
