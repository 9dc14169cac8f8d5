// 下单：请 pay 云函数准备支付，再把订单写入数据库。
const cloud = require('wx-server-sdk');

cloud.init({ env: cloud.DYNAMIC_CURRENT_ENV });

exports.main = async (event) => {
  const { result } = await cloud.callFunction({
    name: 'pay',
    data: { title: event.title, amount: event.amount },
  });
  if (!result.ok) {
    return { ok: false, message: result.message };
  }
  const { outTradeNo, totalFee } = result.payment;
  const { _id } = await cloud
    .database()
    .collection('orders')
    .add({ data: { outTradeNo, totalFee, status: 'unpaid', createdAt: Date.now() } });
  return { ok: true, orderId: _id, payment: result.payment };
};
