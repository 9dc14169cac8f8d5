// 问候语：按时间和节日选一句话。
const cloud = require('wx-server-sdk');
const 欢迎语 = require('./模板/欢迎语');
const { 节日祝福 } = require('./模板/节日');

cloud.init({ env: cloud.DYNAMIC_CURRENT_ENV });

const 八小时 = 8 * 60 * 60 * 1000;

exports.main = async (event) => {
  const 北京时间 = new Date((event.now || Date.now()) + 八小时);
  const 称呼 = event.name || '朋友';
  const 祝福 = 节日祝福(北京时间.getUTCMonth() + 1, 北京时间.getUTCDate());
  const 问候 = 欢迎语(北京时间.getUTCHours(), 称呼);
  return { text: 祝福 ? `${问候}${祝福}！` : 问候, openid: cloud.getWXContext().OPENID };
};
