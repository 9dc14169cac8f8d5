// 购物车：合计金额，满减优惠。
const cloud = require('wx-server-sdk');
const { discount, format } = require('./common/money');

cloud.init({ env: cloud.DYNAMIC_CURRENT_ENV });

exports.main = async (event) => {
  const items = event.items || [];
  const sum = items.reduce((fen, { price, count }) => fen + price * count, 0);
  const off = discount(sum);
  return {
    openid: cloud.getWXContext().OPENID,
    count: items.reduce((all, { count }) => all + count, 0),
    total: format(sum - off),
    saved: format(off),
  };
};
