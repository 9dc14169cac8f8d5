// 日报：每天早上 9 点由定时触发器调用（见 config.json），统计前一天的订单。
const cloud = require('wx-server-sdk');
const { format } = require('./common/money');

cloud.init({ env: cloud.DYNAMIC_CURRENT_ENV });

const DAY = 24 * 60 * 60 * 1000;
const BEIJING = 8 * 60 * 60 * 1000;

/** 北京时间的某一天从何时开始。 */
function startOfDay(time) {
  return Math.floor((time + BEIJING) / DAY) * DAY - BEIJING;
}

exports.main = async (event) => {
  const end = startOfDay(event.now || Date.now());
  const { data } = await cloud.database().collection('orders').limit(1000).get();
  const yesterday = data.filter(({ createdAt }) => createdAt >= end - DAY && createdAt < end);
  const total = yesterday.reduce((sum, order) => sum + order.totalFee, 0);
  const day = new Date(end - DAY + BEIJING).toISOString().slice(0, 10);
  console.log(`${day} 共 ${yesterday.length} 单，${format(total)}`);
  return { day, orders: yesterday.length, total };
};
