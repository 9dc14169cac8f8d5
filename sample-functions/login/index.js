// 登录：返回调用者的 openid，第一次来的用户会被记下。
const cloud = require('wx-server-sdk');

cloud.init({ env: cloud.DYNAMIC_CURRENT_ENV });

const users = cloud.database().collection('users');

exports.main = async () => {
  const { OPENID, APPID, UNIONID } = cloud.getWXContext();
  const { data } = await users.where({ openid: OPENID }).limit(1).get();
  const isNew = data.length === 0;
  if (isNew) {
    await users.add({ data: { openid: OPENID, createdAt: Date.now() } });
  }
  return { openid: OPENID, appid: APPID, unionid: UNIONID, isNew };
};
