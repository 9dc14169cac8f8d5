// 支付：校验金额，生成商户订单号并签名。
const cloud = require('wx-server-sdk');
const { toFen } = require('./lib/amount');
const { tradeNumber } = require('./lib/trade-number');
const { sign } = require('./lib/sign/hmac');

cloud.init({ env: cloud.DYNAMIC_CURRENT_ENV });

exports.main = async (event) => {
  const totalFee = toFen(event.amount);
  if (totalFee === null) {
    return { ok: false, message: '金额必须大于 0，最多两位小数' };
  }
  const { OPENID } = cloud.getWXContext();
  const order = {
    body: event.title || '商品',
    openid: OPENID,
    outTradeNo: tradeNumber(new Date()),
    totalFee,
  };
  // 密钥放在云函数的环境变量里，不写进代码。
  return { ok: true, payment: { ...order, sign: sign(order, process.env.PAY_KEY || '') } };
};
